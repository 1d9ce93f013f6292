import numpy as np
import pytest

from cae.latent.neighbour_index import NeighbourIndex, _approximate
from cae.latent.neighbours import unit_vectors


@pytest.mark.parametrize("most_exact", [1000, 10])
def test_the_nearest_of_others_than_those_that_are_searched(monkeypatch, most_exact):
    monkeypatch.setattr("cae.latent.neighbour_index.MOST_EXACT", most_exact)
    random = np.random.default_rng(0)
    held, queries = (unit_vectors(random.normal(size=(n, 6))) for n in (800, 50))
    found = NeighbourIndex(held, 5).nearest(queries)
    expected = np.argsort(-queries @ held.T, axis=1)[:, :5]
    shared = [len(set(one) & set(other)) / 5 for one, other in zip(found, expected, strict=True)]
    assert np.mean(shared) > (0.9 if most_exact == 10 else 0.99)


def test_images_that_occur_often_are_searched_in_no_more_lists_than_others():
    # Of fifty that differ by less than single precision tells an approximate search may find any.
    random = np.random.default_rng(0)
    often = random.normal(size=(400, 64))[random.integers(0, 400, 20_000)]
    jittered = often + 1e-7 * random.normal(size=often.shape)
    index = _approximate(unit_vectors(jittered.astype(np.float32)), 16)
    assert index.nprobe == 8
