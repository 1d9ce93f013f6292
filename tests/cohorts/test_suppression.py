import itertools

import numpy as np
import pytest

from cae.cohorts.suppression import suppressed, told_count


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_count_can_be_told_to_be_small(seed):
    """Every way to fill the hidden cells is tried, knowing their sum and that none is 0."""
    random = np.random.default_rng(seed)
    counts = random.integers(0, 9, size=4)
    hidden = suppressed(counts, 3)
    assert ((counts == 0) | (counts >= 3) | hidden).all()
    if not hidden.any():
        return
    shows_nought = (counts[hidden] > 0).all()
    ways = [
        cells
        for cells in itertools.product(range(int(shows_nought), 36), repeat=int(hidden.sum()))
        if sum(cells) == counts[hidden].sum()
    ]
    largest = np.max(ways, axis=0)
    assert (largest >= 3).all() or hidden.all()


def test_as_few_as_possible_are_hidden():
    assert not suppressed(np.array([5, 9, 0]), 5).any()
    assert suppressed(np.array([5, 9, 0]), 0).sum() == 0
    assert suppressed(np.array([1, 90, 20, 30]), 5).tolist() == [True, False, True, False]
    assert suppressed(np.array([4, 4, 90]), 5).tolist() == [True, True, False]
    assert suppressed(np.array([1, 1, 90, 7]), 5).tolist() == [True, True, False, True]
    assert suppressed(np.array([2, 0, 0]), 5).all()


def test_counts_in_words() -> None:
    assert told_count(1, "patient", 0) == "1 patient"
    assert told_count(1200, "image", 5) == "1,200 images"
    assert told_count(4, "patient", 5) == "fewer than 5 patients"
    assert told_count(5, "patient", 5) == "5 patients"
