"""The figures of a study, kept beside what they were measured from."""

from typing import Any

from cae.errors import CaeError
from cae.evaluation.report import evaluate
from cae.progress import Progress, silent
from cae.storage import read_json, write_json
from cae.study import STEPS, Study

REPORT = "report.json"


def measure(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Evaluate a study, keep the figures in its ``report.json``, and return them.

    Raises:
        CaeError: the study is not encoded and projected, or its folder cannot be written to.
    """
    figures = evaluate(study, progress)
    try:
        write_json(study.path / REPORT, {"measured_from": _digests(study), "figures": figures})
    except OSError as error:
        raise CaeError(
            f"{study.path / REPORT} cannot be written ({error.strerror}); "
            "make the folder writable and measure again."
        ) from error
    return figures


def measured(study: Study) -> dict[str, Any] | None:
    """Return the figures that `measure` kept; None if there are none or the study has changed."""
    if not (study.path / REPORT).exists():
        return None
    try:
        report = read_json(study.path / REPORT)
    except CaeError:
        return None
    if report.get("measured_from") != _digests(study):
        return None
    return report.get("figures")


def _digests(study: Study) -> dict[str, str]:
    return {step: study.digest(step) for step in STEPS}
