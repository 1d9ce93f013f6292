import numpy as np
import pytest

from cae.evaluation.coverage import density_and_coverage


def naive(real: np.ndarray, generated: np.ndarray, k: int) -> tuple[float, float]:
    """Equations 4 and 5 of Naeem et al. 2020, one pair at a time."""
    radii = []
    for i, one in enumerate(real):
        others = [np.linalg.norm(one - other) for j, other in enumerate(real) if j != i]
        radii.append(sorted(others)[k - 1])
    hits = 0
    covered = set()
    for sample in generated:
        for i, (one, radius) in enumerate(zip(real, radii, strict=True)):
            if np.linalg.norm(sample - one) < radius:
                hits += 1
                covered.add(i)
    return hits / (k * len(generated)), len(covered) / len(real)


@pytest.mark.parametrize(("count", "drawn", "k"), [(40, 25, 5), (7, 60, 3), (2, 5, 1)])
def test_equals_the_naive_loop(count, drawn, k):
    random = np.random.default_rng(count)
    real, generated = random.normal(size=(count, 6)), random.normal(0.3, 0.8, size=(drawn, 6))
    expected = naive(real, generated, k)
    assert density_and_coverage(real, generated, k) == pytest.approx(expected)


def test_many_samples_are_compared_in_parts(monkeypatch):
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(50, 4)), random.normal(size=(31, 4))
    whole = density_and_coverage(real, generated)
    monkeypatch.setattr("cae.evaluation.coverage._ROWS_AT_ONCE", 7)
    assert density_and_coverage(real, generated) == pytest.approx(whole)


def test_the_same_distribution_has_the_values_of_the_paper():
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(2, 2000, 8))
    density, coverage = density_and_coverage(real, generated)
    assert density == pytest.approx(1, abs=0.05)
    assert coverage == pytest.approx(1 - 2**-5, abs=0.02)


def test_samples_far_away_have_nothing_and_samples_of_one_mode_cover_it_only():
    random = np.random.default_rng(0)
    real = random.normal(size=(200, 3))
    real[100:] += 50
    assert density_and_coverage(real, np.full((20, 3), 1000.0)) == (0, 0)
    density, coverage = density_and_coverage(real, random.normal(size=(500, 3)))
    assert density > 0.7
    assert 0.4 < coverage <= 0.5


def test_moving_and_scaling_both_changes_nothing():
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(60, 5)), random.normal(size=(40, 5))
    moved = density_and_coverage(real * 3 + 7, generated * 3 + 7)
    assert moved == pytest.approx(density_and_coverage(real, generated))


def test_too_few_images_have_none():
    points = np.random.default_rng(0).normal(size=(5, 2))
    assert density_and_coverage(points, points, k=5) is None
    assert density_and_coverage(points, points[:0], k=2) is None
