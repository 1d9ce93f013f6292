import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness

from cae.errors import CaeError
from cae.latent.landmark_projection import project_by_landmarks
from cae.latent.project import project


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_digits().data[:900].astype(np.float32)


@pytest.fixture(scope="module")
def mapped(digits) -> np.ndarray:
    return project_by_landmarks(digits, 0, 15, 0.1, landmarks=300)


def test_landmarks_lie_as_if_there_were_no_others(digits, mapped):
    rows = np.sort(np.random.default_rng(0).choice(900, 300, replace=False))
    assert np.array_equal(mapped[rows], project(digits[rows], 0, 15, 0.1))


def test_the_others_lie_by_what_they_are_like(digits, mapped):
    assert mapped.shape == (900, 2)
    assert mapped.dtype == np.float32
    kept = trustworthiness(digits, mapped, n_neighbors=10, metric="cosine")
    whole = trustworthiness(digits, project(digits, 0, 15, 0.1), n_neighbors=10, metric="cosine")
    assert whole > kept > 0.93


def test_one_that_is_like_a_landmark_lies_on_it(digits):
    twice = np.concatenate([digits[:100], digits[:100]])
    found = project_by_landmarks(twice, 1, 15, 0.1, landmarks=150)
    rows = np.random.default_rng(1).choice(200, 150, replace=False)
    alone = [row for row in np.setdiff1d(np.arange(200), rows) if (row + 100) % 200 in rows]
    assert alone
    others = found[[(row + 100) % 200 for row in alone]]
    np.testing.assert_allclose(found[alone], others, atol=1e-2)


def test_parts_change_nothing_and_are_told(monkeypatch, digits, mapped):
    monkeypatch.setattr("cae.latent.landmark_projection._ROWS_AT_ONCE", 128)
    told = []
    found = project_by_landmarks(
        digits, 0, 15, 0.1, lambda *moment: told.append(moment), landmarks=300
    )
    np.testing.assert_allclose(found, mapped, atol=1e-3)
    assert told[-1] == (900, 900, "placing the others")


def test_in_space(digits):
    assert project_by_landmarks(digits, 0, 15, 0.1, dimensions=3, landmarks=100).shape == (900, 3)


def test_a_value_that_is_no_number_is_a_sentence_before_anything_is_done(digits):
    broken = digits.copy()
    broken[70, 3] = np.nan
    with pytest.raises(CaeError, match="row 70"):
        project_by_landmarks(broken, 0, 15, 0.1, landmarks=100)
