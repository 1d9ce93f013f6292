import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import norm

from cae.evaluation.copying import data_copying

RANDOM = np.random.default_rng(0)
TRAIN, TEST, FRESH = (RANDOM.normal(size=(count, 3)) for count in (300, 120, 150))


def test_is_the_statistic_of_all_pairs():
    found = data_copying(TRAIN, TEST, FRESH)
    of_fresh, of_test = (cdist(one, TRAIN).min(axis=1) for one in (FRESH, TEST))
    wins = (of_fresh[:, None] > of_test[None]).sum()
    z = (wins - 120 * 150 / 2) / np.sqrt(120 * 150 * 271 / 12)
    assert found.z == pytest.approx(z)
    assert found.p == pytest.approx(norm.cdf(z), abs=0.01)
    assert found.generated == pytest.approx(np.median(of_fresh))
    assert found.test == pytest.approx(np.median(of_test))


def test_fresh_samples_are_no_copies_and_copies_are():
    assert data_copying(TRAIN, TEST, FRESH).p > 0.05
    copies = TRAIN[:100] + RANDOM.normal(scale=0.01, size=(100, 3))
    found = data_copying(TRAIN, TEST, copies)
    assert found.z < -5
    assert found.p < 1e-6
    assert data_copying(TRAIN, TEST, FRESH * 3).z > 3


def test_without_samples_there_is_nothing_to_test():
    assert data_copying(TRAIN, TEST, FRESH[:0]) is None
