import numpy as np
import pytest
from sklearn.datasets import make_blobs

from cae.errors import CaeError
from cae.latent.elbow import elbow


@pytest.mark.parametrize("groups", [3, 6, 10])
def test_finds_the_number_of_separate_groups(groups):
    centres = 10 * np.eye(groups, 12)
    points, _ = make_blobs(60 * groups, centers=centres, cluster_std=0.5, random_state=0)
    assert elbow(points, seed=0) == groups


def test_the_seed_decides():
    points = np.random.default_rng(0).normal(size=(300, 4))
    assert elbow(points, seed=4) == elbow(points, seed=4)


def test_few_or_equal_latents_form_two_groups():
    assert elbow(np.array([[0.0], [1.0]]), seed=0) == 2
    assert elbow(np.ones((30, 2)), seed=0) == 2


def test_one_latent_is_refused():
    with pytest.raises(CaeError, match="cannot be grouped"):
        elbow(np.ones((1, 2)), seed=0)
