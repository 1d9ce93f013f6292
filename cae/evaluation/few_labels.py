"""What generated samples add to a few images with known labels."""

from collections.abc import Iterable

import numpy as np

from cae.decoding.rendering import AS_MEAN, Rendering, render
from cae.evaluation.finetune import few_rows
from cae.evaluation.pixel_classifier import pixel_accuracy, pixel_vectors
from cae.latent.sample import sample_classes
from cae.study.study import Study

SAMPLES_PER_LABEL = 10
_DECODED_AT_ONCE = 1_024


def few_label_accuracies(
    study: Study,
    train: np.ndarray,
    test: np.ndarray,
    classes: np.ndarray,
    share: float,
    renderings: Iterable[Rendering],
    seed: int,
) -> tuple[float | None, list[float | None]]:
    """Return how often test images are told right by few labels, and by these and samples.

    Of the training images, or their patients, a share has known labels. For each of them ten
    samples are drawn from the latents of these images alone, and decoded. The classifier is that
    of `pixel_accuracy`.

    Args:
        study: that is encoded.
        train: rows of which some become known.
        test: rows to measure on, at least one.
        classes: (N,), of every image of the study.
        share: of the training images that are known, 0–1.
        renderings: how samples are shown; likely ones are drawn one noise apart.
        seed: of which labels are known and of the samples.

    Returns:
        The accuracy (0–1) of the labels alone, and of labels and samples for each rendering; None
        where a single class is known, and where no class has two known images to draw like.

    Raises:
        CaeError: a rendering is likely and the study has no sharp decoder.
    """
    patients = study.samples["patient"].iloc[train]
    named = patients.astype(str).to_numpy() if patients.notna().all() else None
    few = train[few_rows(classes[train], share, seed, named)]
    known, wanted = (pixel_vectors(study.images[rows]) for rows in (few, test))
    alone = pixel_accuracy(known, classes[few], wanted, classes[test], seed)
    latents, drawn = sample_classes(
        study.latents[few], classes[few], SAMPLES_PER_LABEL, seed, study.latent_space
    )
    if not len(latents):
        return alone, [None for _ in renderings]
    both = np.concatenate([classes[few], drawn])
    found = []
    for rendering in renderings:
        vectors = np.concatenate([known, decoded_vectors(study, latents, rendering)])
        found.append(pixel_accuracy(vectors, both, wanted, classes[test], seed))
    return alone, found


def decoded_vectors(
    study: Study, latents: np.ndarray, rendering: Rendering = AS_MEAN
) -> np.ndarray:
    """Return the images of latents (N, d) as `pixel_vectors` does, each with noise of its own.

    Never are all of them in memory in full size.
    """
    chunks = []
    for start in range(0, len(latents), _DECODED_AT_ONCE):
        noise = Rendering(rendering.kind, rendering.seed + start, rendering.steps)
        part = render(study, latents[start : start + _DECODED_AT_ONCE], noise, apart=True)
        chunks.append(pixel_vectors(part))
    return np.concatenate(chunks)
