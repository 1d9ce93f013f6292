import pytest

from cae.evaluation.baselines.majority import majority
from cae.study.study import Study
from tests.conftest import digits_imageset


@pytest.fixture
def study(tmp_path):
    return Study.create(tmp_path / "digits", digits_imageset(120), source="digits")


def test_names_the_commonest_training_label(study):
    train = study.samples.loc[study.rows("train"), "label"]
    test = study.samples.loc[study.rows("test"), "label"]
    figures = majority(study)
    assert figures["classifier_accuracy"] == pytest.approx((test == train.mode()[0]).mean())
    assert figures["classifier_balanced_accuracy"] == pytest.approx(1 / test.nunique())


def test_without_labels_there_is_nothing(study):
    study.samples["label"] = None
    assert majority(study) == {}
