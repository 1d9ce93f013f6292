"""Processes as JSON files note them."""

import platform
from typing import Any

from cae.documents import Count, Document, Line, Share
from cae.process_identity import ProcessIdentity


class ProcessNote(Document):
    """What a file holds of a process; former versions did not note the host of jobs."""

    host: Line | None = None
    pid: Count | None = None
    born: Share | None = None


def noted_process(note: dict[str, Any]) -> ProcessIdentity | None:
    """Return the process that a note is of; None where it does not say which.

    Args:
        note: fits `ProcessNote`. Without a host it is of this computer.
    """
    pid, born = note.get("pid"), note.get("born")
    if pid is None or born is None:
        return None
    return ProcessIdentity(note.get("host") or platform.node(), pid, born)
