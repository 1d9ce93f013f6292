from typing import Any

import numpy as np
import pytest

from cae.decoding.rendering import AS_MEAN, LIKELY, Rendering
from cae.evaluation import few_labels
from cae.evaluation.few_labels import SAMPLES_PER_LABEL, decoded_vectors, few_label_accuracies
from cae.evaluation.finetune import few_rows
from cae.evaluation.labels import LabelledImages, labelled_images
from cae.evaluation.pixel_classifier import pixel_accuracy, pixel_vectors
from cae.latent.sample import sample_classes
from cae.study.study import Study

SHARE = 0.1


@pytest.fixture
def labelled(digits_study: Study) -> LabelledImages:
    # Six patients cannot be divided into tenths; without their names images are drawn.
    digits_study.samples["patient"] = None
    found = labelled_images(digits_study)
    assert found is not None
    return found


def accuracies(study: Study, labelled: LabelledImages, *renderings: Rendering) -> tuple:
    rows = labelled.train, labelled.test, labelled.classes
    return few_label_accuracies(study, *rows, SHARE, renderings, seed=3)


def test_labels_alone_are_those_of_the_classifier_on_them(
    digits_study: Study, labelled: LabelledImages
) -> None:
    alone, found = accuracies(digits_study, labelled)
    classes = labelled.classes
    few = labelled.train[few_rows(classes[labelled.train], SHARE, 3, None)]
    known, wanted = (pixel_vectors(digits_study.images[rows]) for rows in (few, labelled.test))
    assert alone == pixel_accuracy(known, classes[few], wanted, classes[labelled.test], 3)
    assert found == []


def test_samples_are_drawn_from_the_latents_of_known_images_alone(
    digits_study: Study, labelled: LabelledImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def watched(latents: np.ndarray, classes: np.ndarray, *others: Any) -> tuple:
        seen.append((latents, classes, *others))
        return sample_classes(latents, classes, *others)

    monkeypatch.setattr(few_labels, "sample_classes", watched)
    accuracies(digits_study, labelled, AS_MEAN)
    ((latents, classes, times, *_),) = seen
    few = labelled.train[few_rows(labelled.classes[labelled.train], SHARE, 3, None)]
    np.testing.assert_array_equal(latents, digits_study.latents[few])
    np.testing.assert_array_equal(classes, labelled.classes[few])
    assert times == SAMPLES_PER_LABEL


def test_samples_that_show_nothing_of_a_class_do_not_help(
    digits_study: Study, labelled: LabelledImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def black(study: Study, latents: np.ndarray, rendering: Rendering, apart: bool) -> np.ndarray:
        return np.zeros((len(latents), *study.images.shape[1:]), np.uint8)

    alone, (helped,) = accuracies(digits_study, labelled, AS_MEAN)
    monkeypatch.setattr(few_labels, "render", black)
    _, (hindered,) = accuracies(digits_study, labelled, AS_MEAN)
    assert hindered <= alone
    assert hindered < helped


def test_every_likely_sample_has_noise_of_its_own_whatever_is_decoded_at_once(
    digits_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    noises: list[int] = []

    def noted(study: Study, latents: np.ndarray, rendering: Rendering, apart: bool) -> np.ndarray:
        assert apart
        noises.extend(rendering.seed + number for number in range(len(latents)))
        return study.model.decode(latents)

    monkeypatch.setattr(few_labels, "render", noted)
    monkeypatch.setattr(few_labels, "_DECODED_AT_ONCE", 7)
    vectors = decoded_vectors(digits_study, digits_study.latents[:20], Rendering(LIKELY, 5))
    assert noises == list(range(5, 25))
    whole = pixel_vectors(digits_study.model.decode(digits_study.latents[:20]))
    np.testing.assert_array_equal(vectors, whole)


def test_classes_of_one_known_image_each_have_no_samples(
    digits_study: Study, labelled: LabelledImages
) -> None:
    rows = labelled.train, labelled.test, labelled.classes
    alone, found = few_label_accuracies(digits_study, *rows, 0.001, [AS_MEAN], seed=0)
    assert alone is not None
    assert found == [None]
