"""DINOv2 and whatever comes in its files, such as RAD-DINO: a vision transformer of a local folder.

``config.json``, ``model.safetensors`` and ``preprocessor_config.json`` are those that Hugging Face
has of these models. Nothing is downloaded, no code of the folder is run, nothing is unpickled.
"""

from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from cae.documents import Document, fits, read_document
from cae.errors import CaeError, DamagedFileError
from cae.model_files import WEIGHTS
from cae.storage import read_json, require_file, require_held

CONFIG, PREPROCESSING = "config.json", "preprocessor_config.json"
KIND = "dinov2"
_USUAL_SIDE = 224
# Of ImageNet, by which these models standardise.
_MEAN, _SPREAD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
_Size = Annotated[int, Field(ge=1, le=65_536)]
_Few = Annotated[int, Field(ge=1, le=128)]
_Colours = Annotated[list[float], Field(min_length=3, max_length=3)]


class _Config(Document):
    """What ``config.json`` says of the network."""

    model_type: str
    hidden_size: _Size
    num_hidden_layers: _Few
    num_attention_heads: _Few
    patch_size: _Few
    image_size: _Size
    mlp_ratio: _Few = 4
    layer_norm_eps: float = 1e-6
    use_swiglu_ffn: bool = False


class _Preprocessing(Document):
    """What ``preprocessor_config.json`` says."""

    image_mean: _Colours = _MEAN
    image_std: _Colours = _SPREAD


class _Block(nn.Module):
    """Attention and a perceptron, each after a layer norm and scaled before it is added."""

    def __init__(self, size: int, heads: int, ratio: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(size, eps), nn.LayerNorm(size, eps)
        self.attention = nn.ModuleDict(
            {
                "attention": nn.ModuleDict(
                    {name: nn.Linear(size, size) for name in ("query", "key", "value")}
                ),
                "output": nn.ModuleDict({"dense": nn.Linear(size, size)}),
            }
        )
        self.mlp = nn.ModuleDict(
            {"fc1": nn.Linear(size, ratio * size), "fc2": nn.Linear(ratio * size, size)}
        )
        self.layer_scale1 = nn.ParameterDict({"lambda1": torch.ones(size)})
        self.layer_scale2 = nn.ParameterDict({"lambda1": torch.ones(size)})

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens (N, T, d) to tokens."""
        tokens = tokens + self.layer_scale1["lambda1"] * self._attended(self.norm1(tokens))
        hidden = functional.gelu(self.mlp["fc1"](self.norm2(tokens)))
        result: Tensor = tokens + self.layer_scale2["lambda1"] * self.mlp["fc2"](hidden)
        return result

    def _attended(self, tokens: Tensor) -> Tensor:
        parts: Any = self.attention["attention"]
        query, key, value = (
            parts[name](tokens).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        output: Any = self.attention["output"]
        attended: Tensor = output["dense"](mixed.transpose(1, 2).flatten(2))
        return attended


class VisionTransformer(nn.Module):
    """DINOv2 (Oquab et al. 2023, arXiv 2304.07193), its parameters named as in its files."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        told = {name: field.default for name, field in _Config.model_fields.items()} | config
        size, patch = told["hidden_size"], told["patch_size"]
        self.patch = patch
        places = (told["image_size"] // patch) ** 2
        self.embeddings = nn.ParameterDict(
            {
                "cls_token": torch.zeros(1, 1, size),
                "mask_token": torch.zeros(1, size),
                "position_embeddings": torch.zeros(1, 1 + places, size),
            }
        )
        self.embeddings.patch_embeddings = nn.ModuleDict(
            {"projection": nn.Conv2d(3, size, patch, patch)}
        )
        block = size, told["num_attention_heads"], told["mlp_ratio"], told["layer_norm_eps"]
        self.encoder = nn.ModuleDict(
            {"layer": nn.ModuleList(_Block(*block) for _ in range(told["num_hidden_layers"]))}
        )
        self.layernorm = nn.LayerNorm(size, told["layer_norm_eps"])

    def forward(self, pixels: Tensor) -> Tensor:
        """Map standardised images (N, 3, S, S) to their class tokens (N, d)."""
        projection: Any = self.embeddings.patch_embeddings
        patches = projection["projection"](pixels)
        side = patches.shape[-1]
        tokens = patches.flatten(2).transpose(1, 2)
        tokens = torch.cat([self.embeddings["cls_token"].expand(len(tokens), -1, -1), tokens], 1)
        tokens = tokens + self._positions(side)
        layers: Any = self.encoder["layer"]
        for layer in layers:
            tokens = layer(tokens)
        classes: Tensor = self.layernorm(tokens)[:, 0]
        return classes

    def _positions(self, side: int) -> Tensor:
        """Return the embeddings of a square of patches, interpolated where it was another."""
        known: Tensor = self.embeddings["position_embeddings"]
        before = round((known.shape[1] - 1) ** 0.5)
        if before == side:
            return known
        square = known[:, 1:].unflatten(1, (before, before)).permute(0, 3, 1, 2)
        resized = functional.interpolate(square, (side, side), mode="bicubic", align_corners=False)
        return torch.cat([known[:, :1], resized.flatten(2).transpose(1, 2)], dim=1)


class FoundationModel(nn.Module):
    """A vision transformer of a folder with the preprocessing that it was trained with.

    Whole images are resized, none is cropped. An image's vector is its class token.

    Attributes:
        side: to which images are resized, pixels.
        numbers: per vector.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, folder: Path) -> None:
        """Read the model.

        Raises:
            CaeError: files are missing, damaged or of another kind.
        """
        super().__init__()
        config = _config(folder)
        self.numbers: int = config["hidden_size"]
        told = _preprocessing(folder)
        # Whole patches.
        self.side = max(1, _side(told) // config["patch_size"]) * config["patch_size"]
        self.network = _with_weights(VisionTransformer(config), folder / WEIGHTS).eval()
        for name, values in (
            ("mean", told.get("image_mean", _MEAN)),
            ("spread", told.get("image_std", _SPREAD)),
        ):
            self.register_buffer(name, torch.tensor(values).view(1, -1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, S, S) in 0–1, grey or RGB, to vectors (N, numbers)."""
        resized = functional.interpolate(
            images, size=(self.side, self.side), mode="bicubic", antialias=True
        )
        pixels = (resized.clamp(0, 1).expand(-1, 3, -1, -1) - self.mean) / self.spread
        vectors: Tensor = self.network(pixels)
        return vectors


def _config(folder: Path) -> dict[str, Any]:
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise CaeError(
                f"{folder} has no {name}; give a folder of DINOv2 or RAD-DINO in the format of "
                f"Hugging Face, with {CONFIG} and {WEIGHTS}."
            )
    found = read_json(folder / CONFIG)
    kind = found.get("model_type") if isinstance(found, dict) else None
    if kind != KIND or found.get("use_swiglu_ffn"):
        raise CaeError(
            f"{folder} holds a model of the kind {str(kind)[:60]!r}, and only {KIND} without "
            "SwiGLU is read; let its own software write the vectors, and bring these with "
            "cae build DIR --latents FILE."
        )
    return read_document(folder / CONFIG, _Config)


def _with_weights(network: VisionTransformer, file: Path) -> VisionTransformer:
    require_file(file, "download it again")
    require_held(file)
    try:
        network.load_state_dict(load_file(file))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DamagedFileError(
            file, f"it does not hold this model ({reason})", "download it again"
        ) from error
    return network


def _preprocessing(folder: Path) -> dict[str, Any]:
    if not (folder / PREPROCESSING).is_file():
        return {}
    found = read_json(folder / PREPROCESSING)
    told: dict[str, Any] = found if fits(found, _Preprocessing) else {}
    return told


def _side(told: dict[str, Any]) -> int:
    """Return the side of the square that a model takes, pixels."""
    for name in ("crop_size", "size"):
        asked = told.get(name)
        sides = asked.values() if isinstance(asked, dict) else [asked]
        known = [side for side in sides if isinstance(side, int) and 14 <= side <= 2048]
        if known:
            return known[0]
    return _USUAL_SIDE
