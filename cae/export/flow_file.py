"""How groups came about as a file: a flow diagram as SVG or PDF, or its steps as CSV."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cae.errors import CaeError
from cae.export.csv import csv_pieces
from cae.export.documented import write_documented, writer_for
from cae.export.flow import told_flow
from cae.export.flow_drawing import Flow
from cae.export.flow_page import flow_page
from cae.export.flow_picture import flow_picture
from cae.export.redaction import Disclosure, disclosure
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

# A file name without ending.
FILE_STEM = "flow"


def export_flow(
    study: "Study",
    flows: Sequence[Flow],
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write how groups came about to `out` and, beside it, its provenance as ``.provenance.json``.

    Args:
        study: that the groups are of.
        flows: name of a group and how it came about, such as `TableOne.flows`; at least one.
        out: a file that ends in .svg, .pdf or .csv; what was there is replaced.
        identifying: whether names and steps are told that may tell who a patient is.
        progress: receives files written.

    Returns:
        `out`.

    Raises:
        CaeError: the file ends otherwise, there is no flow, or the place is full or cannot be
            written to; then nothing is replaced.
    """
    out = Path(out)
    write = writer_for(out, _WRITERS)
    if not flows:
        raise CaeError("No group was selected step by step, so that there is no flow to write.")
    told = disclosure(study, identifying)
    shown = told_flows(flows, told)
    facts = {"flows": flow_facts(shown)}
    return write_documented(study, told, out, write(shown), "flow", facts, progress)


def told_flows(flows: Sequence[Flow], told: Disclosure) -> tuple[Flow, ...]:
    """Return what may be told of how groups came about, and of their names."""
    return tuple((told.text(name), told_flow(flow, told)) for name, flow in flows)


def flow_facts(flows: Sequence[Flow]) -> list[dict[str, object]]:
    """Return flows as a provenance holds them."""
    return [{"group": name, **flow.to_dict()} for name, flow in flows]


def svg_bytes(flows: Sequence[Flow]) -> bytes:
    """Return the diagram as the contents of a file."""
    return flow_picture(flows).encode("utf-8", "replace")


def _csv(flows: Sequence[Flow]) -> bytes:
    tables = [flow.table().assign(group=name) for name, flow in flows]
    table = pd.concat(tables, ignore_index=True)
    return b"".join(csv_pieces(table[["group", *table.columns.drop("group")]]))


_WRITERS: dict[str, Callable[[Sequence[Flow]], bytes]] = {
    ".svg": svg_bytes,
    ".pdf": flow_page,
    ".csv": _csv,
}
