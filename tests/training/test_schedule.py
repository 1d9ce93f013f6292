import pytest
import torch

from cae.training.schedule import warm_up_then_cosine


def rates(steps):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    schedule = warm_up_then_cosine(optimiser, steps)
    found = []
    for _ in range(steps):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return found


def test_rises_for_a_tenth_and_then_falls_towards_zero():
    found = rates(100)
    assert found[:10] == pytest.approx([0.2 * step for step in range(1, 11)])
    assert all(a >= b for a, b in zip(found[10:], found[11:], strict=False))
    assert found[55] == pytest.approx(1.0)
    assert 0 < found[-1] < 0.01


@pytest.mark.parametrize("steps", [1, 2, 3, 9, 10, 11])
def test_short_trainings_reach_the_full_rate(steps):
    assert max(rates(steps)) == 2.0
