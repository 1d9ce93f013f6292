import warnings

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from cae.errors import CaeError
from cae.latent.sample import sample_classes
from cae.latent.sample import sample_cluster as sample
from cae.latent.space import LatentSpace


def sample_cluster(members: np.ndarray, n: int, seed: int) -> np.ndarray:
    return sample(members, n, seed, LatentSpace())


@pytest.fixture
def oblong() -> np.ndarray:
    """600 members whose dimensions depend on each other."""
    random = np.random.default_rng(0)
    return random.normal(size=(600, 3)) @ random.normal(size=(3, 10)) + random.normal(size=10) * 5


def test_samples_have_the_members_mean_and_covariance(oblong):
    samples = sample_cluster(oblong, 20_000, seed=0)
    assert samples.shape == (20_000, 10)
    assert samples.dtype == np.float32
    spread = oblong.std(axis=0).max()
    np.testing.assert_allclose(samples.mean(axis=0), oblong.mean(axis=0), atol=0.05 * spread)
    expected = np.cov(oblong.T)
    error = np.linalg.norm(np.cov(samples.T) - expected) / np.linalg.norm(expected)
    assert error < 0.1


def test_seed_decides(oblong):
    first = sample_cluster(oblong, 5, seed=3)
    assert np.array_equal(first, sample_cluster(oblong, 5, seed=3))
    assert not np.array_equal(first, sample_cluster(oblong, 5, seed=4))
    assert len(np.unique(first, axis=0)) == 5


def test_the_gaps_between_groups_stay_empty():
    random = np.random.default_rng(0)
    groups = random.normal(scale=3, size=(15, 8))
    members = random.normal(scale=0.1, size=(1200, 8)) + groups.repeat(80, axis=0)
    samples = sample_cluster(members, 2400, seed=0)
    away = np.linalg.norm(samples[:, None] - groups, axis=2)
    assert away.min(axis=1).max() < 1
    assert np.bincount(away.argmin(axis=1)).tolist() == [160] * 15


def test_samples_follow_a_curve_that_a_gaussian_would_leave():
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 500)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    samples = sample_cluster(circle, 2000, seed=0)
    assert np.linalg.norm(samples, axis=1) == pytest.approx(1, abs=0.02)


def test_samples_stay_in_the_space_of_latents():
    space = LatentSpace(3)
    members = space.onto(np.random.default_rng(0).normal(size=(200, 8)))
    samples = sample(members, 500, 0, space)
    assert np.linalg.norm(samples[:, :3], axis=1) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(np.cov(samples[:, 3:].T), np.cov(members[:, 3:].T), atol=0.25)


def test_samples_are_as_far_from_members_as_others_like_these_are():
    """A sample that is a member's copy would lie nearer, one off the members farther."""
    drawn = np.random.default_rng(0).normal(size=(4_000, 4))
    members, others = drawn[:2_000], drawn[2_000:]
    finder = NearestNeighbors(n_neighbors=1).fit(members)
    usual = np.median(finder.kneighbors(others)[0])
    ours = np.median(finder.kneighbors(sample_cluster(members, 2_000, seed=0))[0])
    assert 0.8 < ours / usual < 1.1


def test_samples_are_in_random_order():
    random = np.random.default_rng(0)
    members = random.normal(scale=0.1, size=(400, 2))
    members[:200, 0] += 9
    side = sample_cluster(members, 100, seed=0)[:, 0] > 4
    assert np.count_nonzero(np.diff(side)) > 20


@pytest.mark.parametrize("count", [2, 3, 10, 60])
def test_few_members_in_many_dimensions_span_all_samples(count):
    members = np.random.default_rng(count).normal(size=(count, 64))
    samples = sample_cluster(members, 200, seed=0)
    assert np.isfinite(samples).all()
    centre = members.mean(axis=0)
    axes = np.linalg.svd(members - centre)[2]
    drawn = (samples - centre) @ axes.T
    assert np.abs(drawn[:, count - 1 :]).max() < 1e-4


def test_two_members_give_points_on_the_line_through_them():
    members = np.array([[0.0, 0, 0], [3.0, 6, 0]])
    samples = sample_cluster(members, 500, seed=0)
    share = samples[:, 0] / 3
    assert share.mean() == pytest.approx(0.5, abs=0.1)
    assert share.std() == pytest.approx(0.5, abs=0.1)
    np.testing.assert_allclose(samples[:, 1], share * 6, atol=1e-4)


def test_equal_members_give_themselves():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples = sample_cluster(np.full((40, 5), 2.5), 3, seed=0)
    np.testing.assert_allclose(samples, 2.5, atol=1e-4)


def test_many_members_are_thinned(monkeypatch, oblong):
    monkeypatch.setattr("cae.latent.sample._MOST_MEMBERS", 100)
    samples = sample_cluster(oblong, 500, seed=0)
    np.testing.assert_allclose(
        samples.mean(axis=0), oblong.mean(axis=0), atol=0.4 * oblong.std(axis=0).max()
    )


def test_bad_arguments_are_sentences(oblong):
    for few in (oblong[:0], oblong[:1]):
        with pytest.raises(CaeError, match="two or more"):
            sample_cluster(few, 3, seed=0)
    with pytest.raises(CaeError, match="at least one"):
        sample_cluster(oblong, 0, seed=0)
    with pytest.raises(CaeError, match="no number"):
        sample_cluster(np.full((3, 3), np.nan), 3, seed=0)


def test_as_many_samples_as_asked_for_each_class_lie_near_it() -> None:
    random = np.random.default_rng(0)
    classes = np.array([4] * 30 + [7] * 10 + [9])
    latents = random.normal(scale=0.1, size=(41, 3)) + classes[:, None]
    drawn, of_class = sample_classes(latents, classes, 3, 0, LatentSpace())
    assert drawn.dtype == np.float32
    assert dict(zip(*np.unique(of_class, return_counts=True), strict=True)) == {4: 90, 7: 30}
    assert np.abs(drawn - of_class[:, None]).max() < 1


def test_classes_of_one_have_no_samples() -> None:
    drawn, classes = sample_classes(np.ones((3, 2)), np.arange(3), 1, 0, LatentSpace())
    assert drawn.shape == (0, 2)
    assert len(classes) == 0
