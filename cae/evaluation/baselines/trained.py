"""Networks of the study's own kind, trained in other ways and kept under its folder."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cae.errors import CaeError
from cae.evaluation.classification import balanced_accuracy
from cae.evaluation.held_out import require_held_out
from cae.evaluation.labels import LabelledImages, labelled_images
from cae.evaluation.probes import linear_probe
from cae.evaluation.reconstruction import mean_psnr
from cae.evaluation.representation import representation_figures
from cae.progress import Progress, silent
from cae.storage import read_json, write_json
from cae.study.study import Study

if TYPE_CHECKING:
    from cae.methods.settings import TrainingSettings
    from cae.model import Model

FOLDER = "baselines"
_EXAMPLES = "examples.json"
_CHUNK = 2048


def autoencoder(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the figures of a plain autoencoder with the study's settings and images otherwise.

    It is trained at the first call; a study of that very method is measured itself. Where latents
    came from elsewhere, settings are the usual ones.
    """
    own = _own_settings(study)
    if own.method == "autoencoder" and study.can_encode:
        require_held_out(study)
        model = study.model
    else:
        settings = _as_method(own, "autoencoder")
        rows = study.learnt_rows("train"), study.learnt_rows("val")
        model = _trained(study, "autoencoder", settings, *rows, None, progress)
    test = study.rows("test")
    if len(test) == 0:
        return {}
    decoded = model.decode(_latents(model, study, test))
    figures: dict[str, Any] = {"psnr_db": mean_psnr(np.asarray(study.images[test]), decoded)}
    labelled = labelled_images(study)
    return figures if labelled is None else figures | _latent_figures(model, study, labelled)


def supervised(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the figures of the study's encoder when it is taught the labels, at the first call.

    It learns from the images that the study's model learnt from.

    ``classifier_accuracy`` and ``classifier_balanced_accuracy`` are of its own linear head, all
    others of its latents.
    """
    labelled = labelled_images(study)
    if labelled is None:
        return {}
    settings = replace(_as_method(_own_settings(study), "supervised"), classes=len(labelled.names))
    known = np.full(len(study), -1)
    train, val = (
        np.intersect1d(rows, study.learnt_rows(split), assume_unique=True)
        for rows, split in ((labelled.train, "train"), (labelled.val, "val"))
    )
    for rows in (train, val):
        known[rows] = labelled.classes[rows]
    model = _trained(study, "supervised", settings, train, val, known, progress)
    labels = labelled.classes[labelled.test]
    scores = model.head_outputs(_latents(model, study, labelled.test))
    if scores is None:
        raise TypeError("The classifier gives no scores of classes.")
    predicted = scores.argmax(axis=1)
    return {
        **_latent_figures(model, study, labelled),
        "classifier_accuracy": float((predicted == labels).mean()),
        "classifier_balanced_accuracy": balanced_accuracy(labels, predicted),
    }


def _own_settings(study: Study) -> "TrainingSettings":
    """Return how the study's encoder was trained, or would be where its latents have none."""
    from cae.study.steps import default_settings

    return study.model.settings if study.can_encode else default_settings(study)


def _as_method(settings: "TrainingSettings", method: str) -> Any:
    """Return the settings of another method that has all else in common with `settings`."""
    from cae.methods import method_named, new_settings

    shared = set(method_named(method).Settings.names()) & set(settings.names())
    return new_settings(method, **{name: getattr(settings, name) for name in sorted(shared)})


def _trained(
    study: Study,
    name: str,
    settings: "TrainingSettings",
    train: np.ndarray,
    val: np.ndarray,
    groups: np.ndarray | None,
    progress: Progress,
) -> "Model":
    """Return the model that was trained so, or train it; one that was cut off goes on.

    What was trained, wholly or in part, on other images, splits or labels is thrown away.
    """
    from cae.model import Model
    from cae.training.loop import fit

    folder = study.path / FOLDER / name
    examples = _digest(study, train, val, groups)
    if _learnt_from(folder) == examples:
        found = _finished(folder)
        if found is not None and found.settings == settings:
            return found
    with study.working():
        if _learnt_from(folder) != examples:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            write_json(folder / _EXAMPLES, examples)
        fit(study.images, train, val, settings, folder, progress, groups)
    return Model.load(folder)


def _learnt_from(folder: Path) -> Any:
    """Return the `_digest` that was noted of a training; None where there is none."""
    try:
        return read_json(folder / _EXAMPLES)
    except CaeError:
        return None


def _digest(study: Study, train: np.ndarray, val: np.ndarray, groups: np.ndarray | None) -> str:
    """Return a hash of what is learnt from: the images, which of them, and their labels."""
    digest = hashlib.sha256(study.pixels_digest.encode())
    for part in (train, val, np.empty(0, np.int64) if groups is None else groups):
        digest.update(len(part).to_bytes(8, "little") + np.asarray(part, np.int64).tobytes())
    return digest.hexdigest()


def _finished(folder: Path) -> "Model | None":
    """Return the model in `folder`; None where there is none, none yet, or a damaged one."""
    from cae.model import Model
    from cae.model_files import DESCRIPTION
    from cae.training.checkpoint import CHECKPOINT

    if (folder / CHECKPOINT).exists() or not (folder / DESCRIPTION).exists():
        return None
    try:
        return Model.load(folder)
    except CaeError:
        return None


def _latent_figures(model: "Model", study: Study, labelled: LabelledImages) -> dict[str, float]:
    train, test = (_latents(model, study, rows) for rows in (labelled.train, labelled.test))
    parts = train, labelled.classes[labelled.train], test, labelled.classes[labelled.test]
    return {
        **representation_figures(*parts, study.seed),
        "linear_probe_accuracy": linear_probe(*parts)[0],
    }


def _latents(model: "Model", study: Study, rows: np.ndarray) -> np.ndarray:
    chunks = (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
    return np.concatenate([model.encode(study.images[chunk]) for chunk in chunks])
