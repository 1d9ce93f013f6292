import numpy as np
import pytest

from cae.errors import CaeError
from cae.latent.principal import principal_projection


def latents(count=50, size=6):
    rng = np.random.default_rng(0)
    return (rng.normal(size=(count, size)) * np.arange(1, size + 1) + 3).astype(np.float32)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_it_is_the_singular_value_decomposition_of_what_is_centred(dimensions):
    given = latents()
    centred = given - given.mean(axis=0)
    left, widths, axes = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    found = principal_projection(given, dimensions)
    expected = (left * widths)[:, :dimensions]
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=1e-4)
    turned = axes[:dimensions] * signs[:, None]
    assert (turned.max(axis=1) == np.abs(turned).max(axis=1)).all()


def test_it_does_not_depend_on_the_order_or_on_where_the_latents_lie():
    given = latents()
    order = np.random.default_rng(1).permutation(len(given))
    plain = principal_projection(given)
    np.testing.assert_allclose(principal_projection(given[order]), plain[order], atol=1e-4)
    np.testing.assert_allclose(principal_projection(given + 5), plain, atol=1e-3)


@pytest.mark.parametrize("shape", [(0, 4), (1, 4), (2, 4), (5, 1)])
def test_few_latents_or_few_numbers_leave_axes_empty(shape):
    found = principal_projection(latents(*shape), 3)
    assert found.shape == (shape[0], 3)
    assert found.dtype == np.float32
    assert (found[:, min(shape) :] == 0).all()


def test_latents_that_are_no_numbers_are_refused():
    with pytest.raises(CaeError, match="row 1"):
        principal_projection(np.array([[0.0, 1.0], [np.nan, 1.0]]))
