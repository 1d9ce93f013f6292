from pathlib import Path

import numpy as np
import pytest

from cae import steps
from cae.evaluation.saved import REPORT, measure, measured
from cae.storage import write_array
from cae.study import Study
from cae.training.settings import TrainingSettings
from tests.conftest import digits_imageset

SETTINGS = TrainingSettings(preset="digits", latent=8, width=4, epochs=1, batch=32)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = Study.create(tmp_path / "digits", digits_imageset(240), source="digits", seed=0)
    steps.train(study, SETTINGS)
    steps.encode(study)
    with study.step("project", {"seed": 0}) as files:
        flat = np.asarray(study.latents)[:, :2].astype(np.float32)
        write_array(study.path / files.add("projection.npy"), flat)
    steps.cluster(study)
    return study


def test_figures_are_kept_until_the_study_changes(study: Study) -> None:
    assert measured(study) is None
    figures = measure(study)
    assert measured(study) == figures
    assert measured(Study.open(study.path)) == figures
    steps.cluster(study, k=3)
    assert measured(study) is None


def test_figures_are_complete_and_in_range(study: Study) -> None:
    figures = measure(study)
    shares = [
        "majority",
        "knn_accuracy",
        "linear_accuracy",
        "auroc",
        "kmeans_accuracy",
        "kmeans_nmi",
        "many_to_one_accuracy",
        "balanced_accuracy",
        "hdbscan_nmi",
        "trustworthiness",
        "kept_neighbours",
        "ssim",
        "mae",
        "pca_knn_accuracy",
        "pca_kmeans_nmi",
        "sample_accuracy",
        "real_accuracy",
        "few_accuracy",
        "few_with_samples_accuracy",
        "coverage",
        "real_coverage",
    ]
    assert all(0 <= figures[name] <= 1 for name in shares)
    assert figures["linear_accuracy"] > figures["majority"]
    assert figures["many_to_one_accuracy"] >= figures["majority"]
    assert {"ami", "ari", "silhouette", "davies_bouldin", "stability"} <= set(figures)
    assert figures["psnr_db"] > 5


def test_a_damaged_report_counts_as_none(study: Study) -> None:
    measure(study)
    (study.path / REPORT).write_text("{")
    assert measured(study) is None


def test_without_labels_there_are_no_label_figures(study: Study) -> None:
    study.samples["label"] = None
    figures = measure(study)
    assert figures["knn_accuracy"] is None
    assert figures["pca_knn_accuracy"] is None
    assert figures["sample_accuracy"] is None
    assert figures["coverage"] is not None
    assert figures["psnr_db"] > 5
    assert figures["pca_psnr_db"] > 5
