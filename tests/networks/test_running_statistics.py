import pytest
import torch
from torch import nn

from cae.networks.running_statistics import kept_statistics, running_statistics
from cae.ranks.batch_norm import JointBatchNorm


@pytest.fixture(params=[nn.BatchNorm2d, JointBatchNorm])
def network(request):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 3, 3), request.param(3), nn.ReLU(), nn.Conv2d(3, 1, 1))


def draws(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.mark.parametrize("context", [running_statistics, kept_statistics])
def test_statistics_stay_as_they_are_and_are_followed_again_later(network, context):
    network(draws(8, 2, 9, 9))
    statistics = {name: one.clone() for name, one in network.named_buffers()}
    with context(network):
        network(5 * draws(8, 2, 9, 9))
    assert all(torch.equal(one, statistics[name]) for name, one in network.named_buffers())
    assert network[1].training
    network(5 * draws(8, 2, 9, 9))
    assert not torch.equal(network[1].running_mean, statistics["1.running_mean"])


def test_with_running_statistics_images_pass_as_when_the_network_is_used(network):
    images = draws(8, 2, 9, 9)
    network(images)
    with running_statistics(network):
        found = network(images)
    torch.testing.assert_close(found, network.eval()(images))


def test_with_kept_statistics_images_pass_as_in_training(network):
    images = draws(8, 2, 9, 9)
    with kept_statistics(network):
        found = network(images)
    torch.testing.assert_close(found, network(images))


@pytest.mark.parametrize("context", [running_statistics, kept_statistics])
def test_a_network_in_use_stays_in_use(network, context):
    images = draws(8, 2, 9, 9)
    expected = network.eval()(images)
    with context(network):
        torch.testing.assert_close(network(images), expected)
    assert not network[1].training
