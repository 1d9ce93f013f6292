import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cae.cohorts.confounding import IMAGES, TOGETHER, auc_interval, confounding_of
from cae.cohorts.variables import CATEGORY, NUMBER, Variable

RANDOM = np.random.default_rng(6)
COUNT = 200
GROUP = np.repeat([0, 1], COUNT // 2)
SCANNER = np.where(RANDOM.random(COUNT) < 0.9, GROUP, 1 - GROUP)
VALUES = {
    Variable("scanner", CATEGORY): np.where(SCANNER == 1, "new", None).astype(object),
    Variable("age", NUMBER): np.where(GROUP == 1, 50, RANDOM.choice([30, 70], COUNT))
    + RANDOM.normal(0, 5, COUNT),
    Variable("noise", NUMBER): np.where(
        RANDOM.random(COUNT) < 0.2, np.nan, RANDOM.normal(size=COUNT)
    ),
}
APART = np.arange(COUNT)
LATENTS = RANDOM.normal(size=(COUNT, 8)) + GROUP[:, None] * 0.3


def test_what_tells_the_groups_apart_is_found_and_what_does_not_is_not():
    found = confounding_of(VALUES, LATENTS, GROUP, APART, 0)
    auc = {one.by: one for one in found.predictions}
    assert list(auc) == ["Age", "Scanner", "Noise", TOGETHER, IMAGES]
    # A column that is asked alone cannot do better than by its own shares.
    assert auc["Scanner"].auc == pytest.approx(roc_auc_score(GROUP, SCANNER), abs=0.02)
    # Neither old nor young: only the square of the age tells.
    assert auc["Age"].low > 0.9
    assert not auc["Noise"].is_beyond_chance
    assert auc[TOGETHER].auc >= auc["Age"].auc - 0.02
    assert auc[IMAGES].is_beyond_chance
    assert [one.by for one in found.telling] == ["Age", "Scanner"]
    assert found.sentence.startswith("The groups differ in Age (AUC ")
    assert "Noise" not in found.sentence


def test_swapped_groups_are_told_apart_as_well():
    one = confounding_of(VALUES, LATENTS, GROUP, APART, 0)
    other = confounding_of(VALUES, LATENTS, 1 - GROUP, APART, 0)
    for first, second in zip(one.predictions, other.predictions, strict=True):
        assert first.auc == pytest.approx(second.auc, abs=0.005)


def test_few_units_and_no_column_are_said():
    few = np.r_[np.zeros(9, int), np.ones(COUNT - 9, int)]
    found = confounding_of(VALUES, LATENTS, few, APART, 0)
    assert found.predictions == ()
    assert found.sentence.startswith("One group has 9 units")
    assert "no column" in confounding_of({}, None, GROUP, APART, 0).sentence
    images = np.random.default_rng(0).normal(size=(len(GROUP), 3))
    assert "no column" in confounding_of({}, images, GROUP, APART, 0).sentence


def test_images_of_one_patient_are_in_one_fold():
    random = np.random.default_rng(0)
    patient = np.repeat(np.arange(40), 8)
    areas, held = [], 0
    for _ in range(12):
        # Images tell their patient, and nothing else; groups are drawn by chance.
        group = random.permutation(np.repeat([0, 1], 20))[patient]
        latents = random.normal(size=(40, 6))[patient] + 0.1 * random.normal(size=(320, 6))
        (images,) = confounding_of({}, latents, group, patient, 0).predictions
        areas.append(images.auc)
        held += images.low <= 0.5 <= images.high
    assert np.mean(areas) == pytest.approx(0.5, abs=0.08)
    assert held >= 10


def test_few_patients_are_said_however_many_images_there_are():
    patient = np.where(GROUP == 1, APART % 9, 100 + APART)
    found = confounding_of(VALUES, LATENTS, GROUP, patient, 0)
    assert found.sentence.startswith("One group has 9 patients")


@pytest.mark.slow
def test_the_interval_of_an_area_holds_the_truth_as_often_as_it_says():
    true, held = 0.8556, 0
    for _ in range(1_500):
        scores = np.r_[RANDOM.normal(0, 1, 30), RANDOM.normal(1.5, 1, 50)]
        auc = roc_auc_score(np.r_[np.zeros(30), np.ones(50)], scores)
        low, high = auc_interval(auc, 30, 50)
        assert low < auc < high or auc == 1
        held += low <= true <= high
    assert held / 1_500 == pytest.approx(0.95, abs=0.02)
    assert auc_interval(1.0, 20, 20)[1] == 1
    assert 0.8 < auc_interval(1.0, 20, 20)[0] < 0.95
    low, high = auc_interval(0.7, 20, 30)
    assert auc_interval(0.3, 20, 30) == pytest.approx((1 - high, 1 - low))
