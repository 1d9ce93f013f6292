import numpy as np
import pytest

from cae.evaluation.labels import labelled_images
from cae.study.study import Study
from tests.conftest import digits_imageset


@pytest.fixture
def study(tmp_path):
    return Study.create(tmp_path / "digits", digits_imageset(120), source="digits")


def test_every_image_has_the_class_of_its_label(study):
    study.samples.loc[study.samples["id"] == "digit-0004", "label"] = None
    labelled = labelled_images(study)
    assert labelled.names == tuple("0123456789")
    assert labelled.classes[4] == -1
    known = labelled.classes >= 0
    assert known.sum() == 119
    named = np.array(labelled.names)[labelled.classes[known]]
    assert named.tolist() == study.samples["label"][known].tolist()


def test_rows_are_of_their_split_and_have_a_label(study):
    study.samples.loc[study.samples["split"] == "val", "label"] = None
    labelled = labelled_images(study)
    assert labelled.train.tolist() == study.rows("train").tolist()
    assert labelled.test.tolist() == study.rows("test").tolist()
    assert labelled.val.tolist() == []


@pytest.mark.parametrize("split", ["train", "test"])
def test_nothing_to_learn_or_compare_with_is_none(study, split):
    study.samples.loc[study.samples["split"] == split, "label"] = None
    assert labelled_images(study) is None


def test_one_class_is_nothing_to_learn(study):
    study.samples["label"] = "same"
    assert labelled_images(study) is None
