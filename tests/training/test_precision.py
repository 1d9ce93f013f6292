"""Trainings in 16 and in 32 bits, whatever the processor at hand prefers."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cae.study import steps
from cae.study.study import Study
from cae.training.loop import fit
from cae.training.precision import fabric_for
from tests.conftest import build_digits_study, image_methods, settings_of

SMALL = {
    "architecture": "paper",
    "preset": "digits",
    "clinical": ("ink", "site"),
    "latent": 8,
    "width": 4,
    "epochs": 2,
    "batch": 30,
    "teacher_weight": 0,
}


@pytest.fixture(params=[True, False], ids=["16 bits", "32 bits"], autouse=True)
def has_bf16(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: request.param)
    return bool(request.param)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return build_digits_study(tmp_path / "digits", 90)


class Product(torch.nn.Module):
    def forward(self, left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return left, left @ right


def test_only_operations_that_bear_it_are_rounded(has_bf16: bool) -> None:
    given = torch.linspace(0, 1, 256).view(16, 16)
    with torch.no_grad():
        kept, product = fabric_for("cpu").setup_module(Product())(given, given)
    assert torch.equal(kept, given)
    assert product.dtype == torch.float32
    assert torch.equal(product, given @ given) != has_bf16
    assert torch.allclose(product, given @ given, rtol=2**-6)


@pytest.mark.parametrize("method", image_methods())
def test_every_method_of_whole_images_trains(study: Study, method: str, tmp_path: Path) -> None:
    settings = settings_of(method, **SMALL)
    groups = None
    if method == "clinical":
        groups = np.stack([np.arange(len(study)) % 5, np.arange(len(study)) % 3], axis=1)
    rows = study.rows("train"), study.rows("val")
    model = fit(study.images, *rows, settings, tmp_path, groups=groups).module
    assert all(weights.dtype == torch.float32 for weights in model.parameters())


def test_local_models_decoders_and_sharp_decoders_train(study: Study) -> None:
    local = settings_of("local", width=4, embedding=6, regions=3, epochs=2, batch=16)
    steps.train(study, local)
    steps.train(study, settings_of("decoder", **SMALL))
    steps.sharpen(study, epochs=1, width=8)
    assert study.verify() == []
