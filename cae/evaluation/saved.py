"""The figures of a study, kept beside what they were measured from."""

from typing import Any

from cae.documents import fits
from cae.errors import CaeError
from cae.evaluation.baselines import BASELINES, measure_baseline
from cae.evaluation.planted_marks import planted_mark_figures
from cae.evaluation.report import evaluate
from cae.progress import Progress, silent
from cae.storage import read_json, write_json
from cae.study.schemas import Report
from cae.study.step import MAP_STEPS
from cae.study.steps import StepStart, unheard
from cae.study.study import Study

REPORT = "report.json"
# Reports of another format lack figures, or have some that were measured in another way.
_FORMAT = 6
_FIGURES, _BASELINES, _MARKS = "figures", "baselines", "marks"
# Baselines know the images and the training settings; map and clusters do not matter to them, nor
# to marks.
_MEASURED_FROM = {
    _FIGURES: MAP_STEPS,
    _BASELINES: ("import", "train"),
    _MARKS: ("import", "train", "encode", "sharpen"),
}


def measure(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Evaluate a study, keep the figures in its ``report.json``, and return them.

    Raises:
        CaeError: the study is not encoded and projected, or its folder cannot be written to.
    """
    figures = evaluate(study, progress)
    _keep(study, _FIGURES, figures)
    return figures


def measured(study: Study) -> dict[str, Any] | None:
    """Return the figures that `measure` kept; None if there are none or the study has changed."""
    return _kept(study, _FIGURES)


def measure_baselines(
    study: Study, progress: Progress = silent, on_step: StepStart = unheard
) -> dict[str, dict[str, Any]]:
    """Return the figures of every baseline, measuring and keeping those that are not kept yet.

    Args:
        study: a trained study.
        progress: told how far the present baseline is.
        on_step: called with a baseline's name when it starts.

    Raises:
        CaeError: the study is not trained, another process works on it, or its folder cannot be
            written to.
    """
    found = _kept(study, _BASELINES) or {}
    for name in BASELINES:
        if name not in found:
            on_step(name)
            found = {**found, name: measure_baseline(study, name, progress)}
            _keep(study, _BASELINES, found)
    return found


def measured_baselines(study: Study) -> dict[str, dict[str, Any]] | None:
    """Return the baselines that `measure_baselines` kept; None if any of them is missing."""
    found = _kept(study, _BASELINES)
    return found if found is not None and set(found) == set(BASELINES) else None


def measure_marks(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return how many planted marks decoding loses and invents, measured unless it is kept.

    Raises:
        CaeError: marks cannot be planted, see `planted_mark_figures`, or the study's folder cannot
            be written to.
    """
    figures = measured_marks(study)
    if figures is None:
        figures = planted_mark_figures(study, progress)
        _keep(study, _MARKS, figures)
    return figures


def measured_marks(study: Study) -> dict[str, Any] | None:
    """Return what `measure_marks` kept; None if there is nothing or the study has changed."""
    return _kept(study, _MARKS)


def _keep(study: Study, part: str, figures: dict[str, Any]) -> None:
    part_of_report = {"measured_from": _digests(study, part), "figures": figures}
    try:
        with study.editing():
            report = {**_read(study), "format": _FORMAT, part: part_of_report}
            write_json(study.path / REPORT, report)
    except OSError as error:
        raise CaeError(
            f"{study.path / REPORT} cannot be written ({error.strerror}); "
            "make the folder writable and measure again."
        ) from error


def _kept(study: Study, part: str) -> dict[str, Any] | None:
    entry = _read(study).get(part)
    if not entry or entry["measured_from"] != _digests(study, part):
        return None
    figures: dict[str, Any] = entry["figures"]
    return figures


def _read(study: Study) -> dict[str, Any]:
    """Return what the report holds; nothing where it is missing, damaged or of another format."""
    if not (study.path / REPORT).exists():
        return {}
    try:
        report = read_json(study.path / REPORT)
    except CaeError:
        return {}
    return report if fits(report, Report) and report["format"] == _FORMAT else {}


def _digests(study: Study, part: str) -> dict[str, str]:
    steps = ["encode", study.model_step] if study.brought else []
    return {step: study.digest(step) for step in (*_MEASURED_FROM[part], *steps)}
