import numpy as np
import pytest

from cae.evaluation.baselines.teacher import teacher
from cae.evaluation.baselines.transfer import transfer
from cae.evaluation.labels import labelled_images
from cae.evaluation.probes import knn_accuracy
from cae.study.study import Study
from cae.training.teacher import teacher_features
from tests.conftest import digits_imageset


@pytest.fixture
def study(tmp_path):
    return Study.create(tmp_path / "digits", digits_imageset(400), source="digits")


def test_early_layers_read_digits_better_than_the_last_alone(study, monkeypatch):
    monkeypatch.setattr(study, "parameters", lambda step: {"preset": "digits"})
    figures = teacher(study)
    assert figures["knn_accuracy"] > transfer(study)["knn_accuracy"]
    labelled = labelled_images(study)
    features = teacher_features(study.images, labelled.train, labelled.test, 1, study.seed)
    rows = labelled.train, labelled.test
    parts = [(features[part].astype(float), labelled.classes[part]) for part in rows]
    assert figures["knn_accuracy"] == pytest.approx(knn_accuracy(*parts[0], *parts[1]), abs=0.01)


def test_turned_images_are_as_good_where_any_turn_may_be(study, monkeypatch):
    monkeypatch.setattr(study, "parameters", lambda step: {"preset": "cells"})
    before = teacher(study)
    turned = np.rot90(study.images, axes=(1, 2)).copy()
    monkeypatch.setattr(Study, "images", turned)
    assert teacher(study)["knn_accuracy"] == pytest.approx(before["knn_accuracy"], abs=0.02)


def test_without_labels_there_is_nothing(study):
    study.samples["label"] = None
    assert teacher(study) == {}
