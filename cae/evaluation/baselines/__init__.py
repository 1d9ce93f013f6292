"""What else describes the same images, measured as a model's latents are: one file per way."""

from collections.abc import Callable
from typing import Any

from cae.evaluation.baselines.majority import majority
from cae.evaluation.baselines.pixels import pca, pixels
from cae.evaluation.baselines.teacher import teacher
from cae.evaluation.baselines.trained import autoencoder, supervised
from cae.evaluation.baselines.transfer import transfer
from cae.progress import Progress, silent
from cae.study.study import Study

FIGURES = (
    "knn_accuracy",
    "linear_probe_accuracy",
    "cluster_accuracy",
    "kmeans_nmi",
    "purity",
    "balanced_purity",
    "classifier_accuracy",
    "classifier_balanced_accuracy",
    "psnr_db",
)
BASELINES: dict[str, Callable[[Study, Progress], dict[str, Any]]] = {
    "majority": majority,
    "pixels": pixels,
    "pca": pca,
    "autoencoder": autoencoder,
    "supervised": supervised,
    "transfer": transfer,
    "teacher": teacher,
}
_DIGITS = {"psnr_db": 2}


def measure_baseline(study: Study, name: str, progress: Progress = silent) -> dict[str, Any]:
    """Return all of `FIGURES` on the test split; None where one has no meaning or no labels.

    They mean what they mean in `cae.evaluation.evaluate`; ``classifier_accuracy`` and
    ``classifier_balanced_accuracy`` (averaged over classes) are of a classifier that names labels
    itself. Only training and validation images are learnt from.

    Args:
        study: a trained study.
        name: a key of `BASELINES`.
        progress: told how far it is.

    Raises:
        CaeError: the study is not trained, or another process works on it.
    """
    found = BASELINES[name](study, progress)
    return {
        figure: None if found.get(figure) is None else round(found[figure], _DIGITS.get(figure, 4))
        for figure in FIGURES
    }


__all__ = ["BASELINES", "FIGURES", "measure_baseline"]
