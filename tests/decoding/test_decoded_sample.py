import numpy as np
import pandas as pd
import pytest

from cae.decoding.decoded_sample import cluster_members, decode_samples
from cae.errors import CaeError
from cae.latent.sample import sample_cluster
from cae.storage import write_table
from cae.study.study import Study
from tests.conftest import digits_imageset

LIKE = {"kind": "cluster", "cluster": 3}


def with_clusters(study: Study, numbers: np.ndarray) -> Study:
    table = pd.DataFrame({"cluster": numbers, "probability": 1.0, "outlier_score": 0.0})
    with study.step("cluster", {"method": "kmeans"}) as files:
        write_table(files.add("clusters.parquet"), table)
    return Study.open(study.path)


def test_samples_are_drawn_like_the_rows_decoded_and_compared(digits_study):
    rows = cluster_members(digits_study, 3)
    assert (digits_study.clusters["cluster"].iloc[rows] == 3).all()
    assert len(rows) == (digits_study.clusters["cluster"] == 3).sum()
    samples = decode_samples(digits_study, rows, LIKE, 5, seed=1)
    latents = np.asarray(digits_study.latents)
    assert np.array_equal(
        samples.latents, sample_cluster(latents[rows], 5, 1, digits_study.latent_space)
    )
    assert np.array_equal(samples.images, digits_study.model.decode(samples.latents))
    unit = latents / np.linalg.norm(latents, axis=1, keepdims=True)
    drawn = samples.latents / np.linalg.norm(samples.latents, axis=1, keepdims=True)
    distances = 1 - drawn @ unit.T
    assert np.array_equal(samples.nearest_rows, distances.argmin(axis=1))
    assert samples.nearest_distances == pytest.approx(distances.min(axis=1), abs=1e-5)
    assert (samples.like, samples.members, samples.seed, len(samples)) == (LIKE, len(rows), 1, 5)


def test_seed_decides(digits_study):
    rows = cluster_members(digits_study, 3)
    first, again, other = (
        decode_samples(digits_study, rows, LIKE, 4, seed).images for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("cluster", "sentence"),
    [
        (-1, r"Unclustered images \(-1\) are no cluster; choose one of 0, 1, 2, 3, 4, 5, 6, 7"),
        (8, "no cluster 8"),
        (-2, "no cluster -2"),
    ],
)
def test_what_is_no_cluster_is_a_sentence(digits_study, cluster, sentence):
    with pytest.raises(CaeError, match=sentence):
        cluster_members(digits_study, cluster)


def test_many_clusters_are_named_by_their_range(digits_study):
    study = with_clusters(digits_study, np.arange(360) % 30)
    with pytest.raises(CaeError, match="choose one of 0 to 29"):
        cluster_members(study, 30)


def test_a_study_without_clusters_is_a_sentence(digits_study, tmp_path):
    study = with_clusters(digits_study, np.full(360, -1))
    with pytest.raises(CaeError, match="are unclustered, so there is no cluster"):
        cluster_members(study, 0)
    bare = Study.create(tmp_path / "bare", digits_imageset(12), source="digits")
    with pytest.raises(CaeError, match="cae cluster"):
        cluster_members(bare, 0)


@pytest.mark.parametrize(
    ("rows", "n", "sentence"),
    [
        ([3], 4, "two or more"),
        ([3, 4], 0, "ask for 1 to 10,000"),
        ([3, 4], 10_001, "ask for 1 to 10,000"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(digits_study, rows, n, sentence):
    with pytest.raises(CaeError, match=sentence):
        decode_samples(digits_study, np.array(rows), {"kind": "selection"}, n, seed=0)
