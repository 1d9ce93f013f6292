import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness

from cae.errors import CaeError
from cae.latent.neighbour_graph import neighbour_graph
from cae.latent.project import project


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_digits().data[:300].astype(np.float32)


@pytest.fixture(scope="module")
def mapped(digits) -> np.ndarray:
    return project(digits, seed=0)


def test_map_keeps_neighbourhoods(digits, mapped):
    assert mapped.shape == (300, 2)
    assert mapped.dtype == np.float32
    shuffled = np.random.default_rng(0).permutation(mapped)
    kept = trustworthiness(digits, mapped, n_neighbors=10, metric="cosine")
    by_chance = trustworthiness(digits, shuffled, n_neighbors=10, metric="cosine")
    assert kept > 0.9 > 0.7 > by_chance


def test_seed_decides(digits, mapped):
    assert np.array_equal(project(digits, seed=0), mapped)
    assert not np.array_equal(project(digits, seed=1), mapped)


def test_a_given_graph_of_more_neighbours_gives_the_same_map(digits, mapped):
    assert np.array_equal(project(digits, seed=0, graph=neighbour_graph(digits, 40)), mapped)


def test_progress_follows_the_epochs_and_nothing_is_printed(digits, capfd):
    seen = []
    project(digits, 0, progress=lambda done, total, message="": seen.append((done, total, message)))
    percent = [done for done, _, _ in seen]
    assert percent == sorted(percent)
    assert (percent[0], percent[-1]) == (0, 100)
    assert {total for _, total, _ in seen} == {100}
    assert sum("epoch" in message for _, _, message in seen) > 2
    assert capfd.readouterr() == ("", "")


def test_what_umap_compiled_is_kept_for_other_processes(mapped):
    script = """if True:
        import numpy as np
        from cae.latent.project import project

        project(np.random.default_rng(0).random((40, 8)), seed=0)
        from umap import umap_

        for compiled in (umap_.smooth_knn_dist, umap_.compute_membership_strengths):
            print(sum(compiled.stats.cache_hits.values()))
    """
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [int(hits) > 0 for hits in ran.stdout.split()] == [True, True]


def test_no_warning_reaches_the_user(digits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        project(digits[:10], seed=0)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 15, 16])
def test_few_latents(digits, count):
    mapped = project(digits[:count], seed=0)
    assert mapped.shape == (count, 2)
    assert np.isfinite(mapped).all()
    assert len(np.unique(mapped, axis=0)) == count


def test_two_latents_keep_their_distance():
    mapped = project(np.array([[0.0, 3.0, 0.0], [4.0, 0.0, 0.0]]), seed=0)
    assert np.linalg.norm(mapped[0] - mapped[1]) == pytest.approx(5)


def test_equal_latents_lie_at_one_place():
    assert np.array_equal(project(np.ones((40, 8)), seed=0), np.zeros((40, 2)))
    assert project(np.empty((0, 8)), seed=0).shape == (0, 2)


def test_zero_vectors_are_placed():
    latents = np.random.default_rng(0).normal(size=(40, 8))
    latents[:10] = 0
    assert np.isfinite(project(latents, seed=0)).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_bad_values_are_a_sentence(digits, value):
    latents = digits.copy()
    latents[7, 3] = value
    with pytest.raises(CaeError, match="row 7"):
        project(latents, seed=0)


def test_umap_is_loaded_only_when_used():
    code = "import sys, cae.latent.project, cae.latent.place; assert 'umap' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
