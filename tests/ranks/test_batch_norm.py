import copy

import pytest
import torch
from torch import nn

from cae.ranks.batch_norm import JointBatchNorm, with_joint_batch_norm
from cae.ranks.exchange import number

CPU = torch.device("cpu")


def network(kind: str) -> nn.Sequential:
    torch.manual_seed(0)
    parts = {
        "maps": [nn.Conv2d(3, 5, 3), nn.Sequential(nn.BatchNorm2d(5), nn.ReLU())],
        "vectors": [nn.Flatten(), nn.Linear(3 * 36, 5), nn.BatchNorm1d(5)],
        "without weights": [nn.Flatten(), nn.Linear(3 * 36, 5), nn.BatchNorm1d(5, affine=False)],
    }
    built = nn.Sequential(*parts[kind])
    for part in built.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d) and part.affine:
            nn.init.uniform_(part.weight, 0.5, 2)
            nn.init.normal_(part.bias)
    return built


def images() -> torch.Tensor:
    """Far from 0 beside their spread, and of another mean in each half."""
    drawn = torch.randn(8, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    return drawn + 10 + torch.arange(8).view(-1, 1, 1, 1)


def weighed(outputs: torch.Tensor) -> torch.Tensor:
    weights = torch.arange(outputs[0].numel()).view_as(outputs[0]).sin()
    return (outputs * weights).square().flatten(1).sum(1).mean()


def joint_step(kind: str) -> dict[str, torch.Tensor]:
    trained = with_joint_batch_norm(network(kind), CPU)
    wrapped = nn.parallel.DistributedDataParallel(trained, broadcast_buffers=False)
    own = images().chunk(2)[number()].clone().requires_grad_()
    outputs = wrapped(own)
    weighed(outputs).backward()
    found = {name: one.grad for name, one in trained.named_parameters()}
    found |= dict(trained.named_buffers())
    trained.eval()
    return found | {"outputs": outputs.detach(), "later": trained(images()).detach()}


@pytest.mark.parametrize("kind", ["maps", "vectors", "without weights"])
def test_two_processes_standardise_as_one_with_the_joint_batch(together, kind):
    expected = network(kind)
    outputs = expected(images())
    weighed(outputs).backward()
    wanted = {name: one.grad for name, one in expected.named_parameters()}
    wanted |= dict(expected.named_buffers())
    expected.eval()
    wanted["later"] = expected(images()).detach()
    first, second = together(joint_step, kind)
    joined = torch.cat([first.pop("outputs"), second.pop("outputs")])
    torch.testing.assert_close(joined, outputs.detach(), rtol=1e-4, atol=1e-4)
    for name, value in wanted.items():
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0)
        torch.testing.assert_close(first[name], value, rtol=1e-4, atol=1e-4)


def test_weights_stay_the_very_same_and_one_process_computes_as_before():
    before = network("maps")
    after = copy.deepcopy(before)
    parameters = dict(after.named_parameters())
    assert with_joint_batch_norm(after, CPU) is after
    assert all(parameters[name] is one for name, one in after.named_parameters())
    assert [type(part) for part in after.modules()].count(JointBatchNorm) == 1
    assert before.state_dict().keys() == after.state_dict().keys()
    assert torch.equal(before(images()), after(images()))
    assert torch.equal(before[1][0].running_var, after[1][0].running_var)


def test_a_network_that_is_not_trained_stays_so():
    assert not with_joint_batch_norm(network("maps").eval(), CPU)[1][0].training
