import pytest
import torch
from torch import nn

from cae.errors import CaeError
from cae.model_files import (
    DESCRIPTION,
    WEIGHTS,
    load_weights,
    network_of,
    read_description,
    require_weights,
    write_model,
)
from cae.networks import NetworkSettings


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))


def test_what_is_written_comes_back(network, tmp_path):
    write_model(tmp_path / "new", network.state_dict(), {"format": 3, "name": "x"})
    assert read_description(tmp_path / "new", 3) == {"format": 3, "name": "x"}
    other = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    load_weights(other, tmp_path / "new")
    for name, tensor in network.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor)


def test_another_version_is_a_sentence(network, tmp_path):
    write_model(tmp_path, network.state_dict(), {"format": 2})
    with pytest.raises(CaeError, match="has model format 2, but this version reads 1"):
        read_description(tmp_path, 1)


@pytest.mark.parametrize("spoil", ["remove", "cut", "other"])
def test_weights_that_do_not_fit_are_a_sentence(network, tmp_path, spoil):
    write_model(tmp_path, network.state_dict(), {"format": 1})
    file = tmp_path / WEIGHTS
    if spoil == "remove":
        file.unlink()
    elif spoil == "cut":
        file.write_bytes(file.read_bytes()[:40])
    else:
        network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    with pytest.raises(CaeError, match="damaged: it does not hold this model .*; train anew"):
        load_weights(network, tmp_path)
    assert (tmp_path / DESCRIPTION).exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"width": 10**9}, "width should be at most"),
        ({"width": "wide"}, "width: input should be a valid integer"),
        ({"depth": 3}, "depth is not known"),
    ],
)
def test_a_network_of_absurd_shape_is_a_sentence(tmp_path, changes, reason):
    with pytest.raises(CaeError, match=reason):
        network_of(NetworkSettings, changes, tmp_path)


def test_a_network_larger_than_its_weights_takes_no_memory(network, tmp_path):
    write_model(tmp_path, network.state_dict(), {"format": 1})
    with pytest.raises(CaeError, match="damaged: it does not hold this model .*; train anew"):
        require_weights(tmp_path, lambda: nn.Linear(10**6, 10**6))
    require_weights(tmp_path, lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)))
