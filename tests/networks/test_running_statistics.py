import pytest
import torch
from torch import nn

from cae.networks.running_statistics import last_batch_statistics, running_statistics
from cae.ranks.batch_norm import JointBatchNorm


@pytest.fixture(params=[nn.BatchNorm2d, JointBatchNorm])
def network(request):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 3, 3), request.param(3), nn.ReLU(), nn.Conv2d(3, 1, 1))


def draws(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def test_what_passes_is_treated_as_the_last_batch_was(network):
    images, other = draws(64, 2, 9, 9), 5 * draws(3, 2, 9, 9)
    network(draws(32, 2, 9, 9) + 2)
    before = running_statistics(network)
    expected = network(images)
    with last_batch_statistics(before):
        again, alone = network(images), network(torch.cat([other, images]))[3:]
    # The running variance is of the population, by which a batch is not divided.
    torch.testing.assert_close(again, expected, rtol=1e-2, atol=1e-3)
    torch.testing.assert_close(alone, again)


def test_nothing_is_learnt_of_what_passes_and_training_goes_on(network):
    before = running_statistics(network)
    network(draws(8, 2, 9, 9))
    learnt = {name: one.clone() for name, one in network.named_buffers()}
    with last_batch_statistics(before):
        network(5 * draws(8, 2, 9, 9))
    assert all(torch.equal(one, learnt[name]) for name, one in network.named_buffers())
    assert network[1].training


def test_weights_learn_of_what_passes(network):
    before = running_statistics(network)
    first = network(draws(8, 2, 9, 9)).sum()
    with last_batch_statistics(before):
        second = network(5 * draws(8, 2, 9, 9)).sum()
    own, joint = (
        torch.autograd.grad(loss, network[0].weight, retain_graph=True)[0]
        for loss in (first, first + second)
    )
    assert bool(joint.isfinite().all())
    assert not torch.equal(own, joint)


def test_a_network_in_use_keeps_its_running_statistics(network):
    images = draws(8, 2, 9, 9)
    network.eval()
    before = running_statistics(network)
    expected = network(images)
    with last_batch_statistics(before):
        torch.testing.assert_close(network(images), expected)
    assert not network[1].training
    assert before == {}


def test_running_statistics_are_a_copy(network):
    before = running_statistics(network)
    ((mean, variance),) = before.values()
    network(draws(8, 2, 9, 9))
    assert torch.equal(mean, torch.zeros(3))
    assert torch.equal(variance, torch.ones(3))
