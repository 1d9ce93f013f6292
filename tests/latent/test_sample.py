import warnings

import numpy as np
import pytest

from cae.errors import CaeError
from cae.latent.sample import sample_cluster


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


def test_mixture_leaves_the_gap_between_two_groups_empty():
    random = np.random.default_rng(0)
    members = random.normal(scale=0.2, size=(400, 6))
    members[:200, 0] += 4
    samples = sample_cluster(members, 2000, seed=0)
    in_the_gap = (samples[:, 0] > 1) & (samples[:, 0] < 3)
    assert in_the_gap.mean() < 0.01
    assert 0.4 < (samples[:, 0] > 2).mean() < 0.6
    single = sample_cluster(members, 2000, seed=0, components=1)
    assert ((single[:, 0] > 1) & (single[:, 0] < 3)).mean() > 0.2


def test_many_groups_have_many_components():
    random = np.random.default_rng(0)
    groups = random.normal(scale=3, size=(15, 8))
    members = random.normal(scale=0.1, size=(1200, 8)) + groups.repeat(80, axis=0)

    def share_between_groups(components: int | None) -> float:
        samples = sample_cluster(members, 2000, seed=0, components=components)
        return (np.linalg.norm(samples[:, None] - groups, axis=2).min(axis=1) > 1.5).mean()

    assert share_between_groups(None) < 0.1
    assert share_between_groups(5) > 0.5


def test_samples_are_in_random_order():
    random = np.random.default_rng(0)
    members = random.normal(scale=0.1, size=(400, 2))
    members[:200, 0] += 9
    side = sample_cluster(members, 100, seed=0)[:, 0] > 4
    assert np.count_nonzero(np.diff(side)) > 20


@pytest.mark.parametrize("count", [2, 3, 10, 60])
def test_samples_stay_in_the_box_of_few_members_in_many_dimensions(count):
    members = np.random.default_rng(count).normal(size=(count, 64))
    samples = sample_cluster(members, 200, seed=0)
    assert np.isfinite(samples).all()
    centre = members.mean(axis=0)
    axes = np.linalg.svd(members - centre)[2]
    turned, drawn = (members - centre) @ axes.T, (samples - centre) @ axes.T
    # Beyond the members' own axes there is no range at all.
    assert np.abs(drawn[:, count - 1 :]).max() < 1e-4 if count <= 64 else True
    assert np.linalg.norm(drawn, axis=1).max() <= np.linalg.norm(np.abs(turned).max(axis=0)) + 1e-4


def test_two_members_give_points_between_them():
    members = np.array([[0.0, 0, 0], [3.0, 6, 0]])
    samples = sample_cluster(members, 50, seed=0)
    share = samples[:, 0] / 3
    assert share.min() >= -1e-5
    assert share.max() <= 1 + 1e-5
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
    with pytest.raises(CaeError, match="use fewer"):
        sample_cluster(oblong[:4], 3, seed=0, components=5)
    with pytest.raises(CaeError, match="no number"):
        sample_cluster(np.full((3, 3), np.nan), 3, seed=0)
