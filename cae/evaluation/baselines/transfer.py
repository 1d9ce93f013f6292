"""Transfer learning: frozen features learnt on ImageNet and a linear classifier on them."""

from typing import Any

import numpy as np

from cae.evaluation.classification import balanced_accuracy
from cae.evaluation.labels import labelled_images
from cae.evaluation.probes import linear_classifier
from cae.evaluation.representation import representation_figures
from cae.progress import Progress, silent
from cae.study.study import Study

# What the network was trained with; smaller images are enlarged.
SIDE = 224


def transfer(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the figures of EfficientNet-Lite0's pooled features, 1,280 numbers per image.

    ``classifier_accuracy`` and ``classifier_balanced_accuracy`` are of logistic regression, as is
    ``linear_probe_accuracy``. This is the baseline of Ferrante et al. 2022 (arXiv
    2209.12005), with another network.
    """
    # The network is slow to import, and few reports ask for it.
    from cae.training.teacher import pooled_features

    labelled = labelled_images(study)
    if labelled is None:
        return {}
    rows = np.concatenate([labelled.train, labelled.test])
    features = pooled_features(study.images, rows, SIDE, progress)
    train, test = np.split(features, [len(labelled.train)])
    train_labels, labels = labelled.classes[labelled.train], labelled.classes[labelled.test]
    predicted = linear_classifier(train, train_labels).predict(test)
    accuracy = float((predicted == labels).mean())
    return {
        **representation_figures(train, train_labels, test, labels, study.seed),
        "linear_probe_accuracy": accuracy,
        "classifier_accuracy": accuracy,
        "classifier_balanced_accuracy": balanced_accuracy(labels, predicted),
    }
