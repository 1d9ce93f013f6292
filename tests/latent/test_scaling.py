import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler, normalize

from cae.errors import CaeError
from cae.latent.scaling import scaled

RANDOM = np.random.default_rng(0)
VECTORS = (RANDOM.normal(size=(60, 8)) @ RANDOM.normal(size=(8, 8)) + 3).astype(np.float32)
ROWS = np.arange(40)


def test_unit_length_is_that_of_scikit_learn():
    found = scaled(VECTORS, ROWS, "unit", 0, 0)
    np.testing.assert_allclose(found.array, normalize(VECTORS), rtol=1e-5)
    assert (found.scaling, found.array.dtype) == ("unit", np.float32)


def test_standardising_learns_from_the_given_rows_alone():
    found = scaled(VECTORS, ROWS, "standard", 0, 0)
    expected = StandardScaler().fit(VECTORS[ROWS]).transform(VECTORS)
    np.testing.assert_allclose(found.array, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("count", [400, 200_000])
def test_large_numbers_are_added_up_in_64_bits(count: int):
    random = np.random.default_rng(1)
    drawn = random.normal([20_240, 120, 0], [10, 15, 1], (count, 3))
    given = np.column_stack([drawn, np.full(count, 0.1), np.full(count, 20_240.7)])
    vectors = given.astype(np.float32)
    found = scaled(vectors, np.arange(count // 2), "standard", 0, 0).array
    expected = StandardScaler().fit(vectors[: count // 2].astype(float)).transform(vectors)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert (found[:, 3:] == 0).all()
    shifted = (random.normal(size=(count, 4)) * [4, 3, 2, 1] + 1_000).astype(np.float32)
    found = scaled(shifted, np.arange(count), "none", 3, 0).array
    expected = PCA(3).fit_transform(shifted.astype(float))
    for ours, theirs in zip(found.T, expected.T, strict=True):
        assert abs(np.corrcoef(ours, theirs)[0, 1]) > 0.9999


def test_components_come_before_unit_length():
    found = scaled(VECTORS, ROWS, "unit", 3, 0)
    expected = normalize(PCA(3, random_state=0).fit(VECTORS[ROWS]).transform(VECTORS))
    np.testing.assert_allclose(found.array, expected, rtol=1e-3, atol=1e-4)


def test_nothing_is_done_where_nothing_is_asked():
    np.testing.assert_array_equal(scaled(VECTORS, ROWS, "none", 0, 0).array, VECTORS)


def test_units_that_differ_are_standardised_and_others_are_not():
    assert scaled(VECTORS, ROWS, "auto", 0, 0).scaling == "unit"
    factors = np.array([1, 1, 1, 1, 1, 1, 1e4, 1e5], np.float32)
    found = scaled(VECTORS * factors, ROWS, "auto", 0, 0)
    assert found.scaling == "standard"
    assert "units" in found.reason
    expected = scaled(VECTORS, ROWS, "standard", 0, 0).array
    np.testing.assert_allclose(found.array, expected, rtol=1e-2, atol=1e-3)


def test_a_number_that_never_differs_does_no_harm():
    vectors = VECTORS.copy()
    vectors[:, 0] = 7
    found = scaled(vectors, ROWS, "standard", 0, 0).array
    assert np.isfinite(found).all()
    assert not found[:, 0].any()


def test_what_cannot_be_is_refused():
    with pytest.raises(CaeError, match="at most 8"):
        scaled(VECTORS, ROWS, "none", 9, 0)
    empty = VECTORS.copy()
    empty[5] = 0
    with pytest.raises(CaeError, match="1 vectors are all zeros"):
        scaled(empty, ROWS, "unit", 0, 0)
    assert scaled(empty, ROWS, "standard", 0, 0).scaling == "standard"
