import numpy as np
import pandas as pd
import pytest

from cae.latent.duplicates import across_splits, near_duplicates, pair_correlations
from cae.latent.neighbour_graph import neighbour_graph
from tests.conftest import digits_imageset


@pytest.fixture
def images() -> np.ndarray:
    """60 digits; 10 and 50 are copies of 3, the latter brighter; 20 and 21 are black."""
    images = digits_imageset(60).images.copy()
    images[10] = images[3]
    images[50] = images[3] // 2 + 60
    images[20] = images[21] = 0
    return images


def graph_of(images):
    return neighbour_graph(images.reshape(len(images), -1).astype(np.float32) + 1, 15)


def duplicates_of(images, least=0.98):
    return near_duplicates(pair_correlations(images, graph_of(images)), least)


def naive_pairs(images, graph, least):
    found = {}
    for row in range(len(images)):
        for other in map(int, graph.rows[row, :5]):
            first, second = images[row].ravel(), images[other].ravel()
            flat = (first.std() == 0, second.std() == 0)
            correlation = float(all(flat)) if any(flat) else np.corrcoef(first, second)[0, 1]
            if correlation >= least:
                found[min(row, other), max(row, other)] = correlation
    return found


@pytest.mark.parametrize("least", [0.9, 0.98])
def test_agrees_with_a_naive_loop(images, monkeypatch, least):
    monkeypatch.setattr("cae.latent.duplicates._PAIRS_AT_ONCE", 7)
    found = duplicates_of(images, least)
    expected = naive_pairs(images, graph_of(images), least)
    assert set(zip(found["row"], found["other"], strict=True)) == set(expected)
    for pair in found.itertuples():
        assert pair.correlation == pytest.approx(expected[pair.row, pair.other], abs=1e-5)
    assert found["correlation"].is_monotonic_decreasing


def test_linked_images_are_one_group(images):
    found = duplicates_of(images)
    groups = [sorted({*members["row"], *members["other"]}) for _, members in found.groupby("group")]
    assert sorted(groups) == [[3, 10, 50], [20, 21]]
    assert found["group"].iloc[0] == 0


def test_groups_that_cross_splits_leak(images):
    split = np.array(["train"] * 60, dtype=object)
    found = duplicates_of(images)
    assert not across_splits(found, split).any()
    split[50] = "test"
    leaks = across_splits(found, split)
    assert leaks.tolist() == found["row"].isin([3, 10]).tolist()


def test_nothing_alike():
    noise = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), np.uint8)
    found = duplicates_of(noise)
    assert len(found) == 0
    assert across_splits(found, np.array(["train"] * 20)).shape == (0,)
    assert isinstance(found, pd.DataFrame)


def test_a_single_image(images):
    assert len(duplicates_of(images[:1])) == 0
