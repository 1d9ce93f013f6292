import pytest

from cae.evaluation.baselines.transfer import transfer
from cae.study.study import Study
from tests.conftest import digits_imageset


@pytest.fixture
def study(tmp_path):
    return Study.create(tmp_path / "digits", digits_imageset(180), source="digits")


def test_photographs_teach_to_read_digits(study):
    figures = transfer(study)
    assert figures["classifier_accuracy"] == figures["linear_probe_accuracy"] > 0.7
    assert figures["knn_accuracy"] > 0.5


def test_without_labels_there_is_nothing(study):
    study.samples["label"] = None
    assert transfer(study) == {}
