from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cae.evaluation.baselines import BASELINES, FIGURES
from cae.evaluation.saved import (
    REPORT,
    measure,
    measure_baselines,
    measure_marks,
    measured,
    measured_baselines,
    measured_marks,
)
from cae.methods.autoencoder import AutoencoderSettings
from cae.methods.contrastive import ContrastiveSettings
from cae.progress import Progress
from cae.storage import read_json, write_array, write_json
from cae.study import steps
from cae.study.study import Study
from cae.study.verify import verify
from tests.conftest import digits_imageset

SETTINGS = ContrastiveSettings(
    preset="digits", latent=8, width=4, epochs=1, batch=32, teacher_weight=0
)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = Study.create(tmp_path / "digits", digits_imageset(240), source="digits", seed=0)
    steps.train(study, SETTINGS)
    steps.encode(study)
    with study.step("project", {"seed": 0}) as files:
        flat = np.asarray(study.latents)[:, :2].astype(np.float32)
        write_array(files.add("projection.npy"), flat)
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
        "linear_probe_accuracy",
        "head_knn_accuracy",
        "head_linear_probe_accuracy",
        "auroc",
        "cluster_accuracy",
        "kmeans_nmi",
        "purity",
        "balanced_purity",
        "hdbscan_nmi",
        "trustworthiness",
        "neighbourhood_preservation",
        "ssim",
        "mae",
        "pca_knn_accuracy",
        "pca_kmeans_nmi",
        "sample_accuracy",
        "real_accuracy",
        "few_labels_accuracy",
        "few_labels_with_samples_accuracy",
        "coverage",
        "real_coverage",
    ]
    assert all(0 <= figures[name] <= 1 for name in shares)
    assert 0 < figures["midpoint_cosine"] <= figures["image_cosine"] <= 1
    assert figures["linear_probe_accuracy"] > figures["majority"]
    assert figures["purity"] >= figures["majority"]
    assert {"ami", "ari", "silhouette", "davies_bouldin", "stability"} <= set(figures)
    assert figures["psnr_db"] > 5


def test_confusion_and_reliability_count_test_images(study: Study) -> None:
    figures = measure(study)
    counts = np.array(figures["confusion"]["counts"])
    labels = study.samples["label"].iloc[study.rows("test")]
    assert figures["confusion"]["labels"] == sorted(set(study.samples["label"]))
    assert counts.sum(1).tolist() == labels.value_counts().sort_index().tolist()
    assert np.trace(counts) / counts.sum() == pytest.approx(figures["purity"], abs=1e-4)
    clustered = study.clusters["cluster"].iloc[study.rows("test")] >= 0
    assert sum(one["images"] for one in figures["reliability"]) == clustered.sum()
    gaps = [
        one["images"] * abs(one["share"] - one["probability"]) for one in figures["reliability"]
    ]
    expected = sum(gaps) / clustered.sum() if clustered.any() else None
    assert figures["expected_calibration_error"] == pytest.approx(expected, abs=1e-3)


def test_a_damaged_report_counts_as_none(study: Study) -> None:
    measure(study)
    (study.path / REPORT).write_text("{")
    assert measured(study) is None


def test_a_report_of_another_format_counts_as_none(study: Study) -> None:
    measure(study)
    report = read_json(study.path / REPORT)
    # As former versions wrote it: of no use, but not damaged.
    del report["figures"]["figures"]["foreign_model"]
    write_json(study.path / REPORT, {**report, "format": 4})
    assert measured(study) is None
    assert verify(study) == []


def test_a_method_that_contrasts_nothing_has_no_figures_of_a_head(study: Study) -> None:
    steps.train(study, AutoencoderSettings(preset="digits", latent=8, width=4, epochs=1, batch=32))
    steps.encode(study)
    with study.step("project", {"seed": 0}) as files:
        write_array(files.add("projection.npy"), np.array(study.latents)[:, :2])
    figures = measure(study)
    assert figures["head_knn_accuracy"] is None
    assert figures["head_linear_probe_accuracy"] is None
    assert figures["knn_accuracy"] > 0


def test_baselines_are_kept_whatever_becomes_of_map_and_clusters(study: Study) -> None:
    started: list[str] = []
    assert measured_baselines(study) is None
    found = measure_baselines(study, on_step=started.append)
    assert started == list(found) == list(BASELINES)
    assert all(tuple(figures) == FIGURES for figures in found.values())
    assert found["majority"]["knn_accuracy"] is None
    assert found["transfer"]["classifier_accuracy"] > found["majority"]["classifier_accuracy"]
    assert found["pca"]["psnr_db"] > 5
    steps.cluster(study, k=3)
    measure(study)
    assert measured_baselines(Study.open(study.path)) == found
    assert measure_baselines(study, on_step=started.append) == found
    assert len(started) == len(BASELINES)
    steps.train(study, replace(SETTINGS, latent=6))
    assert measured_baselines(study) == found
    steps.encode(study)
    assert measured_baselines(study) is None


def test_baselines_that_were_measured_before_a_cut_are_kept(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(study: Study, progress: Progress) -> dict[str, float]:
        raise KeyboardInterrupt

    def quick(study: Study, progress: Progress) -> dict[str, float]:
        return {"classifier_accuracy": 0.123456, "psnr_db": 21.987}

    for name in BASELINES:
        monkeypatch.setitem(BASELINES, name, cut_off if name == "autoencoder" else quick)
    with pytest.raises(KeyboardInterrupt):
        measure_baselines(study)
    assert measured_baselines(study) is None
    monkeypatch.setitem(BASELINES, "autoencoder", quick)
    started: list[str] = []
    found = measure_baselines(study, on_step=started.append)
    assert started == ["autoencoder", "supervised", "transfer", "teacher"]
    assert (found["pixels"]["classifier_accuracy"], found["pixels"]["psnr_db"]) == (0.1235, 21.99)


def test_planted_marks_are_kept_until_the_model_changes(study: Study) -> None:
    assert measured_marks(study) is None
    found = measure_marks(study)
    steps.cluster(study, k=3)
    measure(study)
    assert measured_marks(Study.open(study.path)) == found
    steps.sharpen(study, epochs=1, width=8)
    assert measured_marks(study) is None
    both = measure_marks(study)
    assert {row["decoded_as"] for row in both["rows"]} == {"mean", "likely"}
    report = read_json(study.path / REPORT)
    report["marks"]["figures"]["rows"][0]["lost"] = -1
    write_json(study.path / REPORT, report)
    assert measured_marks(study) is None


def test_without_labels_there_are_no_label_figures(study: Study) -> None:
    study.samples["label"] = None
    figures = measure(study)
    assert figures["knn_accuracy"] is None
    assert figures["pca_knn_accuracy"] is None
    assert figures["confusion"] is None
    assert figures["reliability"] is None
    assert figures["sample_accuracy"] is None
    assert figures["coverage"] is not None
    assert figures["psnr_db"] > 5
    assert figures["pca_psnr_db"] > 5
