"""What two studies agree about, kept with the first of them."""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cae.documents import fits
from cae.errors import CaeError
from cae.evaluation.two_studies.comparison import Agreement, agreement_of
from cae.progress import Progress, silent
from cae.storage import read_json, write_json
from cae.study.schemas import AGREEMENTS, KeptAgreement
from cae.study.study import Study

# Of another format are those that lack figures, or have some that were measured in another way.
_FORMAT = 2
_STEPS = ("import", "encode", "cluster")


def measure_agreement(first: Study, second: Study, progress: Progress = silent) -> Agreement:
    """Compare two studies, keep what was found in the first, and return it, see `agreement_of`.

    Raises:
        CaeError: they cannot be compared, or the first study's folder cannot be written to.
    """
    found = agreement_of(first, second, progress)
    file = _file(first, second)
    content = {
        "format": _FORMAT,
        "measured_from": _digests(first, second),
        "agreement": found.to_dict(),
    }
    try:
        with first.editing():
            write_json(file, content)
    except OSError as error:
        raise CaeError(
            f"{file} cannot be written ({error.strerror}); make the folder writable and compare "
            "again."
        ) from error
    return found


def measured_agreement(first: Study, second: Study) -> Agreement | None:
    """Return what `measure_agreement` kept; None if there is nothing or a study has changed."""
    file = _file(first, second)
    if not file.exists():
        return None
    try:
        kept = read_json(file)
        if not fits(kept, KeptAgreement) or kept["format"] != _FORMAT:
            return None
        if kept["measured_from"] != _digests(first, second):
            return None
        found = TypeAdapter(Agreement).validate_python(kept["agreement"])
    except (CaeError, ValidationError):
        return None
    return found if _is_of(found, first) else None


def _file(first: Study, second: Study) -> Path:
    return first.path / AGREEMENTS / f"{second.path.name}.json"


def _digests(first: Study, second: Study) -> dict[str, Any]:
    return {
        f"{which} {step}": study.digest(step)
        for which, study in (("first", first), ("second", second))
        for step in _STEPS
    }


def _is_of(found: Agreement, first: Study) -> bool:
    """Whether all images that a comparison names exist."""
    return all(0 <= row < len(first) for row in found.arrangement.apart)
