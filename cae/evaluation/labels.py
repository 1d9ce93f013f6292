"""Which images of a study have labels, and what their classes are."""

from dataclasses import dataclass

import numpy as np

from cae.study.study import Study


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Labels as classes, and the rows of each split that have one.

    Attributes:
        names: what the classes are called, sorted as text.
        classes: int64, (N,), the class of every image of the study, −1 where it has no label.
        train: rows to learn from, of at least two classes.
        val: rows to choose weights by; may be empty.
        test: rows to measure on, at least one.
    """

    names: tuple[str, ...]
    classes: np.ndarray
    train: np.ndarray
    val: np.ndarray
    test: np.ndarray


def labelled_images(study: Study) -> LabelledImages | None:
    """Return the labels of a study; None where there is nothing to learn or to compare with."""
    label = study.samples["label"]
    known = label.notna().to_numpy()
    classes = np.full(len(label), -1)
    names, classes[known] = np.unique(label[known].astype(str), return_inverse=True)
    train, val, test = (rows[known[rows]] for rows in map(study.rows, ("train", "val", "test")))
    if len(test) == 0 or len(np.unique(classes[train])) < 2:
        return None
    return LabelledImages(tuple(names.tolist()), classes, train, val, test)
