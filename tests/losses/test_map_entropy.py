import math

import pytest
import torch
from scipy.stats import bernoulli

from cae.losses.map_entropy import map_entropy


def test_is_the_mean_entropy_of_scipy():
    maps = torch.rand(2, 3, 5, 4)
    expected = bernoulli(maps.double().numpy()).entropy().mean()
    assert float(map_entropy(maps)) == pytest.approx(expected, rel=1e-4)


def test_runs_from_nothing_to_log_two():
    assert float(map_entropy(torch.tensor([0.0, 1.0]))) == pytest.approx(0, abs=1e-5)
    assert float(map_entropy(torch.tensor([0.5]))) == pytest.approx(math.log(2))


def test_certain_maps_have_a_finite_gradient():
    maps = torch.tensor([0.0, 1.0, 0.3], requires_grad=True)
    map_entropy(maps).backward()
    assert torch.isfinite(maps.grad).all()
