"""Survival curves as a file: their steps as CSV, or a picture as SVG."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cae.cohorts.groups import distinct_names
from cae.cohorts.time_to_event import Survival
from cae.errors import CaeError
from cae.export.csv import csv_pieces
from cae.export.documented import write_documented, writer_for
from cae.export.kaplan_meier_picture import kaplan_meier_picture
from cae.export.redaction import Disclosure, disclosure
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

# A file name without ending.
FILE_STEM = "survival"


def export_survival(
    study: "Study",
    found: Survival,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write survival curves to `out` and, beside it, their provenance as ``.provenance.json``.

    The provenance holds every figure, remark and step of each group's history, too.

    Args:
        study: that the groups were taken from.
        found: as `cae.cohorts.survival` returns it.
        out: a file that ends in .csv or .svg; what was there is replaced.
        identifying: whether names and values are told that may tell who a patient is.
        progress: receives files written.

    Returns:
        `out`.

    Raises:
        CaeError: the file ends otherwise, time or event may tell who a patient is though that
            stays here, or the place is full or cannot be written to; then nothing is replaced.
    """
    out = Path(out)
    write = writer_for(out, _WRITERS)
    told = disclosure(study, identifying)
    for column in (found.time, found.event):
        if column in told.left_out:
            raise CaeError(
                f"The column {column!r} may tell who a patient is, so that curves of it stay here; "
                "ask for what is identifying, or choose another column."
            )
    shown = _told(found, told)
    columns = [found.time, found.event]
    return write_documented(
        study, told, out, write(shown), "survival", shown.to_dict(), progress, columns=columns
    )


def _told(found: Survival, told: Disclosure) -> Survival:
    """Return what may be told of survival."""
    names = distinct_names([told.text(group.name) for group in found.groups])
    return replace(
        found,
        groups=tuple(
            replace(group, name=name) for group, name in zip(found.groups, names, strict=True)
        ),
        remarks=tuple(replace(one, text=told.text(one.text)) for one in found.remarks),
    )


def _csv(found: Survival) -> bytes:
    return b"".join(csv_pieces(found.table()))


def _svg(found: Survival) -> bytes:
    return kaplan_meier_picture(found).encode("utf-8", "replace")


_WRITERS: dict[str, Callable[[Survival], bytes]] = {".csv": _csv, ".svg": _svg}
