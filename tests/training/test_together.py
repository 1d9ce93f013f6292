"""Two processes that train together against one that has the joint batch to itself.

Both compute in 64 bits, and nothing but weights and the order of images is drawn, so that they may
differ by no more than sums in another order do.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from cae.augment.aligned_views import AlignedViews, Layout
from cae.errors import CaeError
from cae.methods import method_named
from cae.methods.contrastive import ContrastiveAutoencoder
from cae.methods.method import Known
from cae.model import Model
from cae.progress import silent
from cae.ranks.exchange import number
from cae.sharp.model import SharpTraining
from cae.sharp.settings import SharpSettings
from cae.training.checkpoint import CHECKPOINT
from cae.training.loop import HISTORY, _shared_batch, _Trainer, fit
from tests.conftest import image_methods, settings_of

# Three batches of validation images for two processes, the last of which is no whole one.
TRAIN, VAL = np.arange(64), np.arange(64, 101)
COUNT = 101
LABELS = load_digits().target[:COUNT].astype(np.int64)
BATCH, LATENT = 16, 16
TRAININGS = [
    *(
        (method, architecture)
        for method in image_methods()
        for architecture in ("paper", "residual")
    ),
    ("contrastive", "residual-projector"),
    ("supervised", "residual"),
    ("decoder", "residual"),
    ("local", ""),
    ("local-published", ""),
    ("sharp", ""),
]
GROUPS = {
    "clinical": np.stack([LABELS, np.where(LABELS % 2, LABELS, -1)], 1),
    "supervised": LABELS,
    "pseudo-class": LABELS % 4,
}


def images() -> np.ndarray:
    small = (load_digits().images[:COUNT] * (255 / 16)).astype(np.uint8)
    return np.pad(small.repeat(3, 1).repeat(3, 2), ((0, 0), (2, 2), (2, 2)))[..., None]


def training_of(method: str, architecture: str, **changes: Any) -> dict[str, Any]:
    """What `fit` is given to train with a method."""
    latents = np.random.default_rng(0).normal(size=(COUNT, LATENT)).astype(np.float32)
    changes = {"epochs": 4, "batch": BATCH, "seed": 5, "width": 8, **changes}
    if method == "sharp":
        torch.manual_seed(0)
        shown = settings_of("autoencoder", architecture="paper", width=4, latent=LATENT)
        decoding = Model.for_images(images(), shown)

        def untrained(images: np.ndarray, settings: SharpSettings) -> SharpTraining:
            return SharpTraining.untrained(images, latents, TRAIN, decoding, settings)

        settings: Any = SharpSettings(**changes)
        return {"settings": settings, "groups": None, "untrained": untrained, "features": latents}
    if not method.startswith("local"):
        changes = {"architecture": architecture, "preset": "digits", "latent": LATENT, **changes}
    changes = {"refresh": 1, "pseudo_classes": 4, "classes": 10, "teacher_weight": 0, **changes}
    settings = settings_of(method, **{"clinical": ("digit", "odd"), **changes})
    kind = method_named(method)
    known = Known(pd.DataFrame({"id": range(COUNT)}), TRAIN, latents=latents)
    return {
        "settings": settings,
        "groups": GROUPS.get(method),
        "untrained": partial(kind.untrained, known=known),
        "features": kind.features(settings, known),
    }


class SameViews(nn.Module):
    """Makes views that do not depend on which process draws them."""

    def forward(self, images: Tensor) -> Tensor:
        return 0.8 * images.roll(1, -1) + 0.1


def same_layout(self: AlignedViews, images: Tensor) -> tuple[Tensor, Layout]:
    """Turn images by what they show."""
    turns = (1000 * images.mean((1, 2, 3))).long() % 4
    layout = Layout(turns < 2, turns, torch.ones(len(images)), torch.zeros(len(images), 2))
    return layout.apply(0.8 * images.roll(1, -1) + 0.1), layout


def same_between(self: Any, latents: Tensor) -> Tensor:
    half = len(latents) // 2
    mixed = torch.lerp(latents[:half], latents[half : 2 * half], 0.3)
    meaning = nn.functional.normalize(mixed[:, : self.semantic])
    return torch.cat([meaning, mixed[:, self.semantic :]], dim=1)


def last_positive(self: _Trainer, rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = self.state.positives[rows][:, -1].numpy()
    return found


def in_64_bits(array: np.ndarray, from_numpy: Callable[..., Tensor] = torch.from_numpy) -> Tensor:
    return from_numpy(array.astype(np.float64) if array.dtype.kind == "f" else array)


@contextmanager
def nothing_drawn_but_order(method: str) -> Iterator[None]:
    """Let weights and the order of images be all that is random, and compute in 64 bits.

    In 32 bits, sums in another order let single units of a network fall on the other side of 0.
    """
    patches = [
        patch.object(Tensor, "float", Tensor.double),
        patch.object(torch, "from_numpy", in_64_bits),
        patch.object(torch.cpu, "_is_avx512_bf16_supported", lambda: False),
        patch.object(torch.cpu, "_is_amx_tile_supported", lambda: False),
        patch.object(Model, "moves", nn.Identity()),
        patch.object(Model, "augmentation", SameViews()),
        patch.object(AlignedViews, "forward", same_layout),
        patch.object(ContrastiveAutoencoder, "points_between", same_between),
        patch.object(_Trainer, "_drawn_positives", last_positive),
        patch("cae.local.published._MIXED", (0.4, 0.4)),
    ]
    if method == "sharp":
        patches += [
            patch.object(torch, "randn_like", lambda images: 3 * images.roll(5, -1) - 1),
            patch.object(torch, "rand", lambda *size, **kind: torch.full(size, 0.4)),
        ]
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float64)
        yield


def one_step(method: str, architecture: str) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Losses, gradients and buffers after a step on this process's part of one joint batch."""
    with nothing_drawn_but_order(method):
        given = training_of(method, architecture)
        trainer = _Trainer(
            images(), TRAIN, VAL, given["settings"], given["groups"],
            given["untrained"], given["features"],
        )  # fmt: skip
        module = trainer.model.module
        for begun in ("warmed", "regional"):
            if hasattr(module, begun):
                getattr(module, begun).fill_(True)
        terms = trainer._losses(np.arange(BATCH)[trainer.number :: trainer.processes])
        trainer.fabric.backward(torch.stack(list(terms.values())).sum())
    found = {name: one.grad for name, one in module.named_parameters() if one.grad is not None}
    found |= {name: one.float() for name, one in module.named_buffers()}
    return {name: float(term) for name, term in terms.items()}, found


@pytest.mark.parametrize(("method", "architecture"), TRAININGS)
def test_losses_and_gradients_are_those_of_one_process(together, method, architecture):
    losses, expected = one_step(method, architecture)
    (first, found), (second, others) = together(one_step, method, architecture)
    assert losses.keys() == first.keys() == second.keys()
    for name, loss in losses.items():
        # A mean over images is one of each part; what compares images is the same for both.
        assert (first[name] + second[name]) / 2 == pytest.approx(loss, rel=1e-9), name
    assert expected.keys() == found.keys() == others.keys()
    for name, value in expected.items():
        assert torch.equal(found[name], others[name]), name
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-9, msg=name)


def trained(folder: Path, given: dict[str, Any], progress: Any = silent) -> dict[str, Tensor]:
    return fit(images(), TRAIN, VAL, folder=folder, progress=progress, **given).module.state_dict()


def short_training(method: str, architecture: str, folder: Path) -> dict[str, Tensor]:
    with nothing_drawn_but_order(method):
        return trained(folder / str(number()), training_of(method, architecture))


def losses_in(folder: Path) -> list[dict[str, float]]:
    records = map(json.loads, (folder / HISTORY).read_text().splitlines())
    return [{k: v for k, v in one.items() if k.startswith(("train_", "val_"))} for one in records]


@pytest.mark.parametrize(
    ("method", "architecture"),
    [
        ("autoencoder", "residual"),
        ("prototypes", "residual"),
        ("pseudo-class", "residual"),
        ("sharp", ""),
        pytest.param("local", "", marks=pytest.mark.slow),
    ],
)
def test_a_training_ends_with_the_weights_of_one_process(together, tmp_path, method, architecture):
    """Through all stages of a method, with losses of validation images from uneven batches."""
    alone, joint = tmp_path / "alone", tmp_path / "joint"
    expected = short_training(method, architecture, alone)
    found, others = together(short_training, method, architecture, joint)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        assert torch.equal(found[name], others[name]), name
        torch.testing.assert_close(found[name], value, rtol=1e-6, atol=1e-7, msg=name)
    for record, wanted in zip(losses_in(joint / "0"), losses_in(alone / "0"), strict=True):
        assert record == pytest.approx(wanted, rel=1e-6)
    assert not (joint / "1").exists()


DRAWN = {"architecture": "residual", "preset": "digits", "epochs": 4, "batch": 16, "seed": 5}
DRAWN |= {"width": 4, "latent": 8, "refresh": 1, "pseudo_classes": 4, "teacher_weight": 1}


def training_that_draws(
    method: str, folder: Path, has_bf16: bool, stopped_in: int = 0
) -> tuple[dict[str, Tensor], list[float]]:
    """Weights, and numbers as they would be drawn for the views of each epoch."""
    drawn = {}

    def progress(done: int, total: int, message: str = "") -> None:
        if message.startswith(f"epoch {stopped_in} "):
            raise KeyboardInterrupt
        state = torch.get_rng_state()
        drawn.setdefault(message[:7], float(torch.rand(())))
        torch.set_rng_state(state)

    weights: dict[str, Tensor] = {}
    with patch.object(torch.cpu, "_is_avx512_bf16_supported", lambda: has_bf16):
        try:
            weights = trained(folder, {"settings": settings_of(method, **DRAWN)}, progress)
        except KeyboardInterrupt:
            assert stopped_in
    return weights, [one for epoch, one in drawn.items() if epoch.startswith("epoch")]


def test_resumed_it_ends_with_the_same_weights(together, tmp_path):
    whole, _ = together(training_that_draws, "pseudo-class", tmp_path / "whole", False)
    together(training_that_draws, "pseudo-class", tmp_path / "cut", False, 4)
    assert (tmp_path / "cut" / CHECKPOINT).exists()
    resumed = together(training_that_draws, "pseudo-class", tmp_path / "cut", False)
    for weights, drawn in resumed:
        assert len(drawn) == 1
        assert all(torch.equal(weights[name], value) for name, value in whole[0].items())


@pytest.mark.parametrize("has_bf16", [True, False], ids=["16 bits", "32 bits"])
def test_each_draws_its_own_views_and_all_have_the_same_weights(together, tmp_path, has_bf16):
    (first, drawn), (second, others) = together(
        training_that_draws, "contrastive", tmp_path, has_bf16
    )
    assert len(drawn) == len(others) == 4
    assert not set(drawn) & set(others)
    for name, value in first.items():
        assert value.isfinite().all(), name
        assert torch.equal(value, second[name]), name


def test_processes_share_batches_evenly():
    assert _shared_batch(64, 1) == _shared_batch(64, 2) == 64
    assert _shared_batch(64, 3) == 63
    with pytest.raises(CaeError, match="4 processes cannot share batches of 3 images"):
        _shared_batch(3, 4)
