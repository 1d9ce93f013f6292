"""What kind of images a set holds where its name does not tell, seen from the images."""

import numpy as np

from cae.number_text import percent_text

_FEWEST = 64
_LOOKED_AT = 400
_SIDE = 24
_FOLDS = 4
# Of pairs of an image and its mirror image in which a classifier knows which is which.
_SYMMETRIC = 0.8
_WITHOUT_DIRECTION = 0.65
# Of full scale, the mean difference of the largest and the smallest channel.
_LEAST_COLOUR = 0.05
_UNKNOWN = "organs"


def kind_of(images: np.ndarray, known: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the kind of images, see `cae.imageset.ImageSet`, and in a sentence what it follows.

    Coloured images are taken for stained or photographed tissue, which has no up or down. Of grey
    ones a linear classifier learns to tell an image from its mirror image and from its turns; what
    it cannot tell in images that it has not seen may be changed in views of them.

    Args:
        images: uint8, (N, S, S, C); may be memory-mapped.
        known: the kind, where something else tells it; then nothing is looked at.
    """
    if known or len(images) < _FEWEST:
        return known or _UNKNOWN, ()
    rows = np.unique(np.linspace(0, len(images) - 1, _LOOKED_AT).astype(int))
    sample = np.asarray(images[rows])
    if sample.shape[3] == 3 and _colour(sample) > _LEAST_COLOUR:
        return "cells", ("The images are coloured: their views are turned and mirrored freely.",)
    small = _thumbnails(sample)
    mirrored = told_apart(small, _thumbnails(sample[:, :, ::-1]))
    if mirrored > _SYMMETRIC:
        return _UNKNOWN, ()
    turns = (sample[:, ::-1], np.rot90(sample, axes=(1, 2)))
    known_turns = [told_apart(small, _thumbnails(turned)) for turned in turns]
    if max(mirrored, *known_turns) < _WITHOUT_DIRECTION:
        return "cells", (
            "Neither mirrored nor turned images can be told from the others: views are turned and "
            "mirrored freely.",
        )
    return "mixed", (
        "Mirror images are known from the images themselves in "
        f"{percent_text(mirrored)} of pairs only: views are mirrored.",
    )


def told_apart(images: np.ndarray, changed: np.ndarray) -> float:
    """Return in which share of pairs a linear classifier knows the image from the changed one.

    Args:
        images: (N, …).
        changed: of the same shape, image i changed.

    Returns:
        0–1, on images it did not learn from; .5 is chance.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    count = len(images)
    pixels = np.concatenate([images, changed]).reshape(2 * count, -1).astype(np.float32)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=300))
    scores = cross_val_predict(
        classifier,
        pixels,
        np.repeat([0, 1], count),
        groups=np.tile(np.arange(count), 2),
        cv=GroupKFold(_FOLDS),
        method="decision_function",
    )
    ahead = scores[count:] - scores[:count]
    return float(np.mean(ahead > 0) + np.mean(ahead == 0) / 2)


def _colour(images: np.ndarray) -> float:
    """Return how far channels (N, S, S, 3) differ, as a share of full scale."""
    return float((images.max(axis=3).astype(int) - images.min(axis=3)).mean()) / 255


def _thumbnails(images: np.ndarray) -> np.ndarray:
    """Return images (N, S, S, C) as means over a coarse grid of cells (N, 24, 24)."""
    grey = images.mean(axis=3)
    edges = np.linspace(0, grey.shape[1], min(_SIDE, grey.shape[1]) + 1).astype(int)[:-1]
    rows = np.add.reduceat(grey, edges, axis=1)
    small: np.ndarray = np.add.reduceat(rows, edges, axis=2)
    return small
