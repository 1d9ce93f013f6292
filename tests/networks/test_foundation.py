"""Checked once against transformers 5.24 (the same to the last bit), and here against torch."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from cae.errors import CaeError
from cae.networks.foundation import FoundationModel
from cae.study.embed import embed_latents
from cae.study.study import Study
from tests.conftest import digits_imageset

SIZE, HEADS, LAYERS, PATCH, TRAINED, SIDE = 16, 2, 2, 14, 56, 28
MEAN, SPREAD = [0.5, 0.4, 0.3], [0.2, 0.25, 0.3]
CONFIG = {
    "model_type": "dinov2",
    "hidden_size": SIZE,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "patch_size": PATCH,
    "image_size": TRAINED,
    "mlp_ratio": 4,
    "layer_norm_eps": 1e-6,
    "use_swiglu_ffn": False,
}


def random_weights() -> dict[str, torch.Tensor]:
    """The names and shapes that files of DINOv2 and RAD-DINO have."""
    shapes = {
        "embeddings.cls_token": (1, 1, SIZE),
        "embeddings.mask_token": (1, SIZE),
        "embeddings.position_embeddings": (1, 1 + (TRAINED // PATCH) ** 2, SIZE),
        "embeddings.patch_embeddings.projection.weight": (SIZE, 3, PATCH, PATCH),
        "embeddings.patch_embeddings.projection.bias": (SIZE,),
        "layernorm.weight": (SIZE,),
        "layernorm.bias": (SIZE,),
    }
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for name in ("attention.query", "attention.key", "attention.value", "output.dense"):
            shapes[f"{layer}.attention.{name}.weight"] = (SIZE, SIZE)
            shapes[f"{layer}.attention.{name}.bias"] = (SIZE,)
        shapes |= {f"{layer}.norm{n}.{w}": (SIZE,) for n in (1, 2) for w in ("weight", "bias")}
        shapes |= {f"{layer}.layer_scale{n}.lambda1": (SIZE,) for n in (1, 2)}
        shapes |= {f"{layer}.mlp.fc1.weight": (4 * SIZE, SIZE), f"{layer}.mlp.fc1.bias": (64,)}
        shapes |= {f"{layer}.mlp.fc2.weight": (SIZE, 4 * SIZE), f"{layer}.mlp.fc2.bias": (SIZE,)}
    torch.manual_seed(0)
    return {name: torch.randn(shape) * 0.3 for name, shape in shapes.items()}


WEIGHTS = random_weights()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny DINOv2 of random weights, in the files that DINOv2 and RAD-DINO come in."""
    path = tmp_path / "Tiny DINO"
    path.mkdir()
    save_file(WEIGHTS, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps(CONFIG))
    told = {"image_mean": MEAN, "image_std": SPREAD, "crop_size": {"height": SIDE, "width": SIDE}}
    (path / "preprocessor_config.json").write_text(json.dumps(told))
    return path


def expected_vectors(images: torch.Tensor) -> torch.Tensor:
    """The same network built of torch's own encoder layers."""
    w = WEIGHTS
    pixels = (images - torch.tensor(MEAN)[:, None, None]) / torch.tensor(SPREAD)[:, None, None]
    name = "embeddings.patch_embeddings.projection"
    patches = functional.conv2d(pixels, w[f"{name}.weight"], w[f"{name}.bias"], PATCH)
    known = w["embeddings.position_embeddings"]
    before = TRAINED // PATCH
    square = known[0, 1:].T.reshape(1, SIZE, before, before)
    places = functional.interpolate(square, (SIDE // PATCH,) * 2, mode="bicubic")
    tokens = (patches + places).flatten(2).transpose(1, 2)
    first = (w["embeddings.cls_token"] + known[:, :1]).expand(len(images), -1, -1)
    tokens = torch.cat([first, tokens], 1)
    for number in range(LAYERS):
        block = nn.TransformerEncoderLayer(
            SIZE, HEADS, 4 * SIZE, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True
        ).eval()
        at = f"encoder.layer.{number}"
        inner = f"{at}.attention.attention"
        one, two = w[f"{at}.layer_scale1.lambda1"], w[f"{at}.layer_scale2.lambda1"]
        state = {
            "self_attn.out_proj.weight": one[:, None] * w[f"{at}.attention.output.dense.weight"],
            "self_attn.out_proj.bias": one * w[f"{at}.attention.output.dense.bias"],
            "linear1.weight": w[f"{at}.mlp.fc1.weight"],
            "linear1.bias": w[f"{at}.mlp.fc1.bias"],
            "linear2.weight": two[:, None] * w[f"{at}.mlp.fc2.weight"],
            "linear2.bias": two * w[f"{at}.mlp.fc2.bias"],
        }
        for part in ("weight", "bias"):
            whole = [w[f"{inner}.{one_of}.{part}"] for one_of in ("query", "key", "value")]
            state[f"self_attn.in_proj_{part}"] = torch.cat(whole)
            state |= {f"norm{n}.{part}": w[f"{at}.norm{n}.{part}"] for n in (1, 2)}
        block.load_state_dict(state)
        tokens = block(tokens)
    norm = w["layernorm.weight"], w["layernorm.bias"]
    return functional.layer_norm(tokens, (SIZE,), *norm, 1e-6)[:, 0]


def test_vectors_are_those_of_torchs_own_transformer(folder):
    images = torch.rand(3, 3, SIDE, SIDE)
    network = FoundationModel(folder)
    with torch.inference_mode():
        found, expected = network(images), expected_vectors(images)
    assert (network.side, network.numbers) == (SIDE, SIZE)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    with torch.inference_mode():
        grey = network(images[:, :1])
        torch.testing.assert_close(grey, network(images[:, :1].expand(-1, 3, -1, -1)))


def test_a_study_takes_the_vectors_of_a_folder(folder, tmp_path):
    study = Study.create(tmp_path / "digits", digits_imageset(40), source="digits")
    embed_latents(study, str(folder))
    assert study.brought["numbers"] == SIZE
    pixels = torch.from_numpy(np.array(study.images[[7]])).permute(0, 3, 1, 2) / 255
    with torch.inference_mode():
        vector = FoundationModel(folder)(pixels).numpy()[0]
    np.testing.assert_allclose(study.latents[7], vector / np.linalg.norm(vector), atol=1e-4)


@pytest.mark.parametrize(
    ("file", "contents", "words"),
    [
        (
            "model.safetensors",
            b"damaged",
            "damaged: it does not hold this model .*; download it again",
        ),
        (
            "config.json",
            json.dumps({**CONFIG, "hidden_size": 8}).encode(),
            "does not hold this model",
        ),
        ("config.json", json.dumps({**CONFIG, "model_type": "clip"}).encode(), "kind 'clip'"),
        ("config.json", json.dumps({"model_cfg": {}}).encode(), "kind 'None'"),
        ("config.json", json.dumps({**CONFIG, "patch_size": "x"}).encode(), "config.json"),
        ("config.json", b"[1]", "kind 'None'"),
    ],
)
def test_other_folders_are_refused_with_a_sentence(folder, file, contents, words):
    (folder / file).write_bytes(contents)
    with pytest.raises(CaeError, match=words):
        FoundationModel(folder)


def test_a_folder_without_the_files_is_refused(tmp_path):
    with pytest.raises(CaeError, match=r"has no config\.json"):
        FoundationModel(tmp_path)
