import numpy as np
import pandas as pd
import pytest

from cae.latent.join import join_clusters


@pytest.fixture
def groups():
    """Two groups in other directions and a third of nothing; latents and their clusters."""
    random = np.random.default_rng(0)
    centres = np.repeat(np.eye(3), 30, axis=0)
    latents = (centres + random.normal(scale=0.05, size=(90, 3))).astype(np.float32)
    clusters = pd.DataFrame(
        {
            "cluster": np.repeat([0, 1, -1], 30),
            "probability": np.repeat([0.9, 0.6, 0.0], 30).astype(np.float32),
            "outlier_score": np.repeat([0.1, 0.2, 0.9], 30).astype(np.float32),
        }
    )
    return latents, clusters


def test_a_latent_joins_the_group_it_is_in(groups):
    latents, clusters = groups
    joined = join_clusters(latents, clusters, np.eye(3))
    assert joined["cluster"].tolist() == [0, 1, -1]
    assert joined["probability"].tolist() == pytest.approx([0.9, 0.6, 0])
    assert joined["outlier_score"].tolist() == pytest.approx([0.1, 0.2, 0.9], abs=1e-6)
    assert joined.dtypes.tolist() == clusters.dtypes.tolist()


def test_a_latent_that_is_there_already_joins_as_that_one_did(groups):
    latents, clusters = groups
    joined = join_clusters(latents, clusters, latents[[3, 40, 80]])
    assert joined["cluster"].tolist() == [0, 1, -1]


def test_between_two_groups_the_probability_is_the_share_of_the_votes(groups):
    latents, clusters = groups
    query = np.array([[1.0, 1.05, 0]])
    rows = np.argsort(-(latents @ query[0]) / np.linalg.norm(latents, axis=1), kind="stable")[:15]
    cosines = latents[rows] @ query[0]
    cosines /= np.linalg.norm(latents[rows], axis=1) * np.linalg.norm(query)
    votes = {0: 0.0, 1: 0.0}
    for row, cosine in zip(rows, cosines, strict=True):
        votes[int(clusters["cluster"][row])] += 1 / (1 - cosine)
    winner = max(votes, key=votes.get)
    share = votes[winner] / sum(votes.values())
    joined = join_clusters(latents, clusters, query)
    assert joined["cluster"][0] == winner
    assert joined["probability"][0] == pytest.approx(share * {0: 0.9, 1: 0.6}[winner], rel=1e-3)


def test_far_from_all_is_an_outlier(groups):
    latents, clusters = groups
    joined = join_clusters(latents[:60], clusters[:60], np.array([[1, 0, 0], [0.3, 0, -1]]))
    assert joined["outlier_score"][0] < 0.2
    assert joined["outlier_score"][1] > 0.8
