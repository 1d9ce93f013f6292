"""A file with its provenance beside it: the file, what explains it, and where it comes from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cae.errors import CaeError
from cae.export.archive import Entries, Entry, write_files
from cae.export.contents import json_bytes
from cae.export.provenance import PROVENANCE, provenance
from cae.export.redaction import Disclosure
from cae.progress import Progress

if TYPE_CHECKING:
    from cae.study.study import Study

What = TypeVar("What")


def provenance_file(out: Path) -> Path:
    """Return the file beside `out` that holds its provenance."""
    return out.with_name(f"{out.name}.{PROVENANCE}")


def writer_for(
    out: Path, writers: Mapping[str, Callable[[What], bytes]]
) -> Callable[[What], bytes]:
    """Return the writer of the ending that `out` has.

    Args:
        out: the file that is asked for.
        writers: what returns the contents of a file, by its ending with the dot, in small letters.

    Raises:
        CaeError: the file ends otherwise.
    """
    write = writers.get(out.suffix.lower())
    if write is None:
        raise CaeError(f"{out.name} ends in none of {', '.join(writers)}; name the file so.")
    return write


def write_documented(
    study: "Study",
    told: Disclosure,
    out: Path,
    content: bytes | Iterable[bytes],
    kind: str,
    facts: Mapping[str, Any],
    progress: Progress,
    *,
    columns: Sequence[str] = (),
    beside: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a file and its provenance, which notes the file's SHA-256; all of them or none.

    Args:
        study: that the file comes from.
        told: what may be told of it.
        out: the file; what was there is replaced.
        content: its bytes, which need not fit into memory together.
        kind: of the export, see `provenance`.
        facts: of this kind, JSON-able and told already as far as they may be.
        progress: receives files written.
        columns: those of the study's samples that the file holds where they may be told.
        beside: further files, by what follows the name of `out` in theirs.

    Returns:
        `out`.

    Raises:
        CaeError: the place is full or cannot be written to; then nothing is replaced.
    """
    further = beside or {}

    def entries() -> Entries:
        entry = Entry(out.name, content)
        yield entry
        progress(1, 2 + len(further), "files")
        for number, (ending, picture) in enumerate(further.items(), start=2):
            yield Entry(f"{out.name}{ending}", picture)
            progress(number, 2 + len(further), "files")
        origin = provenance(study, told, kind, {**facts, "sha256": entry.sha256}, columns=columns)
        yield Entry(provenance_file(out).name, json_bytes(origin))
        progress(2 + len(further), 2 + len(further), "files")

    write_files(out.parent, entries())
    return out
