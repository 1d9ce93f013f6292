import torch

from cae.losses.rectified_flow import rectified_flow_loss


def naive(velocity, start, end, time):
    """Pixel by pixel, as the equation says."""
    total, count = 0.0, 0
    for one in range(len(start)):
        t = float(time[one])
        between = (1 - t) * start[one] + t * end[one]
        found = velocity(between[None], time[one : one + 1])[0]
        for wanted, had in zip((end[one] - start[one]).ravel(), found.ravel(), strict=True):
            total += float(wanted - had) ** 2
            count += 1
    return total / count


def test_equals_a_naive_loop():
    torch.manual_seed(0)
    start, end, time = torch.randn(5, 2, 3, 3), torch.randn(5, 2, 3, 3), torch.rand(5)

    def velocity(points, time):
        return points.sin() + time.view(-1, 1, 1, 1)

    found = float(rectified_flow_loss(velocity, start, end, time))
    assert abs(found - naive(velocity, start, end, time)) < 1e-5


def test_the_straight_way_costs_nothing_and_any_other_something():
    start, end, time = torch.zeros(4, 1, 2, 2), torch.ones(4, 1, 2, 2), torch.rand(4)
    assert float(rectified_flow_loss(lambda points, time: end - start, start, end, time)) == 0
    assert float(rectified_flow_loss(lambda points, time: start, start, end, time)) == 1


def test_ends_are_seen_at_time_one_and_starts_at_zero():
    start, end = torch.randn(2, 3, 1, 4, 4)
    seen = []

    def velocity(points, time):
        seen.append(points)
        return points

    for at in (0.0, 1.0):
        rectified_flow_loss(velocity, start, end, torch.full((3,), at))
    assert torch.equal(seen[0], start)
    torch.testing.assert_close(seen[1], end)
