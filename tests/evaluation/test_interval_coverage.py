import numpy as np

from cae.evaluation.interval_coverage import interval_coverage


def test_draws_like_the_truth_cover_what_their_number_allows():
    drawn = np.random.default_rng(0).integers(0, 256, (17, 40, 16, 16, 1))
    found = interval_coverage(drawn[0].astype(np.uint8), drawn[1:].astype(np.uint8))
    assert abs(found - 15 / 17) < 0.01


def test_narrow_draws_cover_less_and_wide_ones_all():
    truth = np.random.default_rng(0).normal(128, 20, (10, 16, 16, 1)).round().astype(np.uint8)
    narrow = np.random.default_rng(1).normal(128, 4, (16, 10, 16, 16, 1)).round().astype(np.uint8)
    assert interval_coverage(truth, narrow) < 0.5
    wide = np.stack([np.zeros_like(truth), *[truth] * 14, np.full_like(truth, 255)])
    assert interval_coverage(truth, wide) == 1
