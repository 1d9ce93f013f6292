import pytest
import torch
from torch import nn

from cae.networks.device import best_device, device_of


def test_without_a_gpu_it_is_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert best_device() == torch.device("cpu")


def test_a_gpu_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_float32_matmul_precision()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    try:
        assert best_device() == torch.device("cuda")
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)


def test_a_network_computes_where_its_weights_are() -> None:
    assert device_of(nn.Linear(2, 2)).type == "cpu"
    assert device_of(nn.Linear(2, 2, device="meta")).type == "meta"
