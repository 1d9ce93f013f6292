from pathlib import Path

import numpy as np
import pytest

from cae.errors import CaeError
from cae.evaluation.samples import STAGES, sample_figures
from cae.latent.sample import sample_classes
from cae.methods.contrastive import ContrastiveSettings
from cae.study import steps
from cae.study.study import Study
from tests.conftest import digits_imageset

FROM_LABELS = {
    "sample_accuracy",
    "real_accuracy",
    "relative_sample_accuracy",
    "few_labels_accuracy",
    "few_labels_with_samples_accuracy",
}
OF_PLACE = {"density", "coverage", "real_density", "real_coverage"}
OF_COPYING = {"copying_z", "copying_p", "sample_distance", "test_distance"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study of digits whose model learnt enough to decode their form."""
    folder = tmp_path_factory.mktemp("samples") / "digits"
    study = Study.create(folder, digits_imageset(), source="digits", seed=0)
    settings = ContrastiveSettings(
        preset="digits",
        latent=16,
        width=8,
        epochs=12,
        batch=32,
        learning_rate=5e-3,
        teacher_weight=0,
    )
    steps.train(study, settings)
    steps.encode(study)
    return study


@pytest.fixture
def study(trained: Study) -> Study:
    """The same study, whose table the test may change."""
    return Study.open(trained.path)


def test_samples_of_a_trained_model_teach_their_classes(study: Study) -> None:
    figures = sample_figures(study)
    assert set(figures) == FROM_LABELS | OF_PLACE | OF_COPYING
    assert figures["real_accuracy"] > 0.8
    assert figures["sample_accuracy"] > 0.6
    assert (
        figures["relative_sample_accuracy"] == figures["sample_accuracy"] / figures["real_accuracy"]
    )
    assert 0.2 < figures["few_labels_accuracy"] < figures["real_accuracy"]
    assert figures["few_labels_with_samples_accuracy"] > 0.2
    assert figures["density"] > 0.1
    assert 0.1 < figures["coverage"] <= 1
    assert figures["real_coverage"] > 0.8


def test_latents_that_say_nothing_of_the_class_make_samples_worthless(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    shuffled = np.random.default_rng(0).permutation(np.asarray(study.latents))
    monkeypatch.setitem(study.__dict__, "latents", shuffled)
    figures = sample_figures(study)
    assert figures["real_accuracy"] > 0.8
    assert figures["sample_accuracy"] < 0.4


def test_same_study_same_figures_and_progress_in_stages(study: Study) -> None:
    heard = []
    first = sample_figures(study, lambda done, total, message="": heard.append((done, total)))
    assert heard == [(stage, STAGES) for stage in range(1, STAGES + 1)]
    assert sample_figures(study) == first


def test_without_labels_only_the_place_is_measured(study: Study) -> None:
    study.samples["label"] = None
    figures = sample_figures(study)
    assert {name for name in figures if figures[name] is None} == FROM_LABELS
    assert figures["real_coverage"] > 0.8


def test_without_test_images_there_are_no_figures(study: Study) -> None:
    study.samples["split"] = "train"
    assert set(sample_figures(study).values()) == {None}


def test_images_without_labels_are_left_out(study: Study) -> None:
    study.samples.loc[study.samples["label"] == "3", "label"] = None
    figures = sample_figures(study)
    assert figures["real_accuracy"] > 0.8
    assert figures["sample_accuracy"] > 0.6


def test_at_most_so_many_images_are_used(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    used = []

    def watched(latents: np.ndarray, *others: object) -> tuple:
        used.append(len(latents))
        return sample_classes(latents, *others)

    monkeypatch.setattr("cae.evaluation.samples.sample_classes", watched)
    monkeypatch.setattr("cae.evaluation.samples._MOST_IMAGES", 50)
    monkeypatch.setattr("cae.evaluation.few_labels._DECODED_AT_ONCE", 7)
    assert sample_figures(study)["real_accuracy"] > 0.3
    assert used[0] == 50


def test_a_study_that_is_not_encoded_is_a_sentence(tmp_path: Path) -> None:
    bare = Study.create(tmp_path / "bare", digits_imageset(24), source="digits")
    with pytest.raises(CaeError, match="cae encode"):
        sample_figures(bare)
