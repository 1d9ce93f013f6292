"""A database of cohorts that does not hold what it should."""

from pathlib import Path

from cae.errors import DamagedFileError

_ADVICE = "restore it from a copy, or move it away to start without saved cohorts"


def damaged(place: Path | str, reason: BaseException | str) -> DamagedFileError:
    """Return the error that says so; `place` says where the database is."""
    return DamagedFileError(place, str(reason), _ADVICE)
