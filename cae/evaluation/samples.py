"""How far generated samples can stand in for real images."""

from typing import Any, NamedTuple

import numpy as np

from cae.decoding.rendering import AS_MEAN
from cae.evaluation.copying import data_copying
from cae.evaluation.coverage import density_and_coverage
from cae.evaluation.few_labels import decoded_vectors, few_label_accuracies
from cae.evaluation.labels import labelled_images
from cae.evaluation.pixel_classifier import pixel_accuracy, pixel_vectors, principal_components
from cae.latent.sample import sample_classes
from cae.progress import Progress, silent
from cae.study.study import Study

STAGES = 5
_KNOWN_SHARE = 0.05
_MOST_IMAGES = 10_000
_LABEL_FIGURES = (
    "sample_accuracy",
    "real_accuracy",
    "relative_sample_accuracy",
    "few_labels_accuracy",
    "few_labels_with_samples_accuracy",
)
_PLACE_FIGURES = ("density", "coverage", "real_density", "real_coverage")
_COPYING_FIGURES = ("copying_z", "copying_p", "sample_distance", "test_distance")
_ALL_FIGURES = (*_LABEL_FIGURES, *_PLACE_FIGURES, *_COPYING_FIGURES)


class _Images(NamedTuple):
    """Images as `pixel_vectors`, (N, D), and the class of each, (N,)."""

    vectors: np.ndarray
    classes: np.ndarray


def sample_figures(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return what decoded samples are worth beside real images, JSON-able.

    Samples are drawn from the training latents of each class, as many as it has images, and
    decoded; without labels all images are one class. The classifier is that of `pixel_accuracy`
    and is measured on real test images. Of each split at most 10,000 images, drawn at random,
    are used.

    - ``sample_accuracy`` of a classifier that learnt from samples alone (classification accuracy
      score, Ravuri & Vinyals 2019, arXiv 1905.10887), ``real_accuracy`` of one that learnt from the
      real training images, and ``relative_sample_accuracy``, the first as a share of the second.
    - ``few_labels_accuracy`` where 5 % of the training images, or patients, have known labels, and
      ``few_labels_with_samples_accuracy`` where for each of them ten samples, drawn from the
      latents of these images only, are added.
    - ``density`` and ``coverage`` of as many samples as there are test images, or as were drawn,
      among the test images in principal components of the pixels; ``real_density`` and
      ``real_coverage`` of as many real training images.
    - ``copying_z`` and ``copying_p``: whether samples lie nearer to training images than test
      images do, see `data_copying`, in principal components of the pixels of decoded images, so
      that like is compared with like; ``sample_distance`` and ``test_distance`` are the median
      distances.

    All are None without test images or without a model that decodes, and those of classifiers
    without labels.

    Raises:
        CaeError: the study is not encoded.
    """
    study.require("encode")
    if not study.can_decode:
        return dict.fromkeys(_ALL_FIGURES)
    train, test, classes, is_labelled = _rows(study)
    random = np.random.default_rng(study.seed)
    train, test = _some(train, _MOST_IMAGES, random), _some(test, _MOST_IMAGES, random)
    latents, drawn_classes = sample_classes(
        study.latents[train], classes[train], 1, study.seed, study.latent_space
    )
    if len(test) == 0 or len(latents) == 0:
        return dict.fromkeys(_ALL_FIGURES)
    real = _Images(pixel_vectors(study.images[train]), classes[train])
    wanted = _Images(pixel_vectors(study.images[test]), classes[test])
    samples = _Images(decoded_vectors(study, latents), drawn_classes)
    progress(1, STAGES, "samples")
    figures: dict[str, Any] = dict.fromkeys(_LABEL_FIGURES)
    if is_labelled:
        figures |= _class_figures(samples, real, wanted, study.seed)
        progress(2, STAGES, "learning from samples")
        alone, (with_samples,) = few_label_accuracies(
            study, train, test, classes, _KNOWN_SHARE, [AS_MEAN], study.seed
        )
        figures |= {
            "few_labels_accuracy": alone,
            "few_labels_with_samples_accuracy": with_samples,
        }
    progress(3, STAGES, "learning from few labels")
    figures |= _place_figures(samples, real, wanted, random, study.seed)
    progress(4, STAGES, "coverage")
    figures |= _copying_figures(study, train, test, samples)
    progress(STAGES, STAGES, "copying")
    return figures


def _copying_figures(
    study: Study, train: np.ndarray, test: np.ndarray, samples: _Images
) -> dict[str, float | None]:
    """Compare samples and test images with training images, all of them decoded."""
    of_train, of_test = (
        decoded_vectors(study, np.asarray(study.latents[rows])) for rows in (train, test)
    )
    components = principal_components(of_train, study.seed)
    parts = [components.transform(one) for one in (of_train, of_test, samples.vectors)]
    found = data_copying(*parts)
    if found is None:
        return dict.fromkeys(_COPYING_FIGURES)
    return {
        "copying_z": found.z,
        "copying_p": found.p,
        "sample_distance": found.generated,
        "test_distance": found.test,
    }


def _rows(study: Study) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """Return train and test rows, the class of every image, and whether these are labels."""
    labelled = labelled_images(study)
    if labelled is None:
        return study.rows("train"), study.rows("test"), np.zeros(len(study), np.int64), False
    return labelled.train, labelled.test, labelled.classes, True


def _some(rows: np.ndarray, most: int, random: np.random.Generator) -> np.ndarray:
    """Return at most `most` of the rows, drawn at random, in rising order."""
    return rows if len(rows) <= most else np.sort(random.choice(rows, most, replace=False))


def _class_figures(
    samples: _Images, real: _Images, test: _Images, seed: int
) -> dict[str, float | None]:
    from_samples = pixel_accuracy(*samples, *test, seed)
    from_real = pixel_accuracy(*real, *test, seed)
    return {
        "sample_accuracy": from_samples,
        "real_accuracy": from_real,
        "relative_sample_accuracy": from_samples / from_real
        if from_samples and from_real
        else None,
    }


def _place_figures(
    samples: _Images, real: _Images, test: _Images, random: np.random.Generator, seed: int
) -> dict[str, float | None]:
    components = principal_components(real.vectors, seed)
    wanted = components.transform(test.vectors)
    figures: dict[str, float | None] = {}
    for prefix, images in (("", samples), ("real_", real)):
        rows = _some(np.arange(len(images.vectors)), len(wanted), random)
        found = density_and_coverage(wanted, components.transform(images.vectors[rows]))
        density, coverage = found or (None, None)
        figures |= {f"{prefix}density": density, f"{prefix}coverage": coverage}
    return figures
