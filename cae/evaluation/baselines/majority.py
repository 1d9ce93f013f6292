"""What always naming the majority class reaches."""

from typing import Any

import numpy as np

from cae.evaluation.classification import balanced_accuracy
from cae.evaluation.labels import labelled_images
from cae.progress import Progress, silent
from cae.study.study import Study


def majority(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the accuracy of always naming the majority class of the training images.

    Keys: ``classifier_accuracy`` and ``classifier_balanced_accuracy``.
    """
    labelled = labelled_images(study)
    if labelled is None:
        return {}
    labels = labelled.classes[labelled.test]
    commonest = np.bincount(labelled.classes[labelled.train]).argmax()
    predicted = np.full_like(labels, commonest)
    progress(1, 1)
    return {
        "classifier_accuracy": float((labels == commonest).mean()),
        "classifier_balanced_accuracy": balanced_accuracy(labels, predicted),
    }
