import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from cae.errors import CaeError
from cae.evaluation.finetune import few_rows, finetune, finetune_column
from cae.storage import write_array, write_json
from cae.study.study import Study
from tests.conftest import digits_imageset


@pytest.fixture(scope="module")
def digits():
    loaded = load_digits()
    return loaded.data, (loaded.target == 8).astype(int)


def test_equals_scikit_learn_step_by_step(digits):
    latents, labels = digits
    units = np.arange(400)
    found = finetune(latents[:200], labels[:200], latents[200:600], labels[200:600], units)
    spread = np.where(latents[:200].std(0) > 0, latents[:200].std(0), 1)
    train, test = ((x - latents[:200].mean(0)) / spread for x in (latents[:200], latents[200:600]))
    head = LogisticRegression(max_iter=1000).fit(train, labels[:200])
    expected = roc_auc_score(labels[200:600], head.predict_proba(test)[:, 1])
    assert found.value == pytest.approx(expected)
    assert found.low < found.value < found.high
    assert found == finetune(latents[:200], labels[:200], latents[200:600], labels[200:600], units)


def test_more_patients_narrow_the_interval_and_more_images_of_the_same_do_not(digits):
    latents, labels = digits
    train, test = (latents[:100], labels[:100]), (latents[100:250], labels[100:250])
    few = finetune(*train, *test, np.arange(150))
    repeated = np.tile(test[0], (10, 1)), np.tile(test[1], 10)
    many = finetune(*train, *repeated, np.arange(1500))
    assert many.value == pytest.approx(few.value)
    assert many.high - many.low < few.high - few.low
    of_patients = finetune(*train, *repeated, np.tile(np.arange(150), 10))
    assert (of_patients.low, of_patients.high) == pytest.approx((few.low, few.high), abs=1e-6)


def test_few_patients_have_no_interval(digits):
    latents, labels = digits
    of_nine = np.arange(150) % 9
    found = finetune(latents[:100], labels[:100], latents[100:250], labels[100:250], of_nine)
    assert found.value > 0.5
    assert found.low is None
    assert found.high is None


def test_one_class_has_no_figure(digits):
    latents, labels = digits
    assert (
        finetune(latents[:50], np.zeros(50), latents[50:90], labels[50:90], np.arange(40)) is None
    )
    assert finetune(latents[:50], labels[:50], latents[50:60], np.ones(10), np.arange(10)) is None


def test_few_rows_are_a_share_with_both_classes():
    labels = np.zeros(400, int)
    labels[7] = 1
    rows = few_rows(labels, 0.05, seed=0)
    assert 7 in rows
    assert 20 <= len(rows) <= 21
    assert np.array_equal(rows, few_rows(labels, 0.05, seed=0))
    assert not np.array_equal(rows, few_rows(labels, 0.05, seed=1))


def test_a_patient_is_drawn_whole():
    patients = np.repeat(np.arange(40), 5)
    labels = np.tile([0, 1, 0, 0, 0], 40)
    rows = few_rows(labels, 0.1, seed=0, patients=patients)
    assert len(rows) == 20
    assert all(np.isin(np.flatnonzero(patients == p), rows).all() for p in set(patients[rows]))


@pytest.fixture
def study(tmp_path):
    """Digits whose latents are their pixels."""
    study = Study.create(tmp_path / "digits", digits_imageset(400), source="digits", seed=0)
    with study.step("train", {"method": "autoencoder"}) as files:
        write_json(files.add("model/model.json"), {})
    with study.step("encode", {}) as files:
        pixels = np.asarray(study.images).reshape(400, -1)[:, ::7].astype(np.float32)
        write_array(files.add("latents.npy"), pixels)
    return study


def test_every_value_of_a_column_has_an_area(study):
    found = finetune_column(study, "label", share=0.5, seed=0)
    areas = [one["auroc"] for one in found["values"].values() if one is not None]
    assert set(found["values"]) == set(study.samples["label"].astype(str))
    assert found["mean_auroc"] == pytest.approx(np.mean(areas), abs=1e-3)
    assert found["mean_auroc"] > 0.8
    assert 0 < found["labelled_images"] < len(study.rows("train"))


def test_a_column_that_cannot_be_learnt_is_refused(study):
    with pytest.raises(CaeError, match="no column 'age'"):
        finetune_column(study, "age", 0.1, 0)
    with pytest.raises(CaeError, match="different values"):
        finetune_column(study, "id", 0.1, 0)
