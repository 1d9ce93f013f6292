"""What contrast learns to foretell: all layers of a network that learnt on ImageNet."""

from typing import Any

import numpy as np

from cae.evaluation.labels import labelled_images
from cae.evaluation.probes import linear_probe
from cae.evaluation.representation import representation_figures
from cae.progress import Progress, silent
from cae.study.study import Study


def teacher(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the figures of what a contrastive training is told by its teacher.

    These are principal components of what all layers of EfficientNet-Lite0 see, 128 numbers per
    image; ``linear_probe_accuracy`` is of logistic regression.
    """
    # Both are slow to import, and few reports ask for them.
    from cae.augment.augmentation import PRESETS
    from cae.training.teacher import teacher_features

    labelled = labelled_images(study)
    if labelled is None:
        return {}
    preset = study.parameters("train").get("preset")
    turns = PRESETS[preset].quarter_turns if preset else 1
    rows = labelled.train, labelled.test
    found = teacher_features(study.images, *rows, turns, study.seed, progress).astype(np.float32)
    train, test = (found[part] for part in rows)
    labels = tuple(labelled.classes[part] for part in rows)
    return {
        **representation_figures(train, labels[0], test, labels[1], study.seed),
        "linear_probe_accuracy": linear_probe(train, labels[0], test, labels[1])[0],
    }
