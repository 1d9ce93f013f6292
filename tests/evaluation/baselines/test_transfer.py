import numpy as np
import pytest
import torch

from cae.evaluation.baselines.transfer import SIDE, pooled_features, transfer
from cae.model import to_tensor
from cae.networks.pretrained import PretrainedFeatures
from cae.study.study import Study
from tests.conftest import digits_imageset


@pytest.fixture
def study(tmp_path):
    return Study.create(tmp_path / "digits", digits_imageset(180), source="digits")


def test_features_are_means_over_the_place(study):
    rows, seen = np.arange(130)[::-1], []
    features = pooled_features(study.images, rows, lambda *told: seen.append(told[:2]))
    network = PretrainedFeatures(SIDE).eval()
    with torch.inference_mode():
        alone = [network(to_tensor(study.images[[row]])).mean((2, 3))[0] for row in (129, 1, 0)]
    np.testing.assert_allclose(features[[0, 128, 129]], torch.stack(alone), atol=2e-3)
    assert seen == [(128, 130), (130, 130)]


def test_photographs_teach_to_read_digits(study):
    figures = transfer(study)
    assert figures["classifier_accuracy"] == figures["linear_probe_accuracy"] > 0.7
    assert figures["knn_accuracy"] > 0.5


def test_without_labels_there_is_nothing(study):
    study.samples["label"] = None
    assert transfer(study) == {}
