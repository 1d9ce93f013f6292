import numpy as np
import pytest

from cae.latent.spread import evenly_spread


@pytest.mark.parametrize(
    ("count", "most", "expected"),
    [(1, 5, [0]), (3, 5, [0, 1, 2]), (11, 3, [0, 5, 10]), (100, 2, [0, 99])],
)
def test_spread_covers_first_to_last(count: int, most: int, expected: list[int]) -> None:
    assert evenly_spread(count, most).tolist() == expected


def test_spread_never_repeats() -> None:
    for count in range(1, 60):
        rows = evenly_spread(count, 36)
        assert len(np.unique(rows)) == len(rows) == min(count, 36)
        assert rows[-1] == count - 1
