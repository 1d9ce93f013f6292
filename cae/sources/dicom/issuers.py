"""Patients whose number is said in some files with and in others without who gave it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from cae.sources.problems import Problem

NUMBERED = "numbered"
_REASON = (
    "the number of its patient was given by several issuers, and the file does not say which; it "
    "counts as another patient, whose images may lie in another split"
)


def unite_by_issuer(rows: Sequence[dict[str, Any]], files: Sequence[str]) -> list[Problem]:
    """Let a patient's number without an issuer mean the patient of that number, if there is one.

    Args:
        rows: as `facts.describe` returns them, with the pseudonyms of the patient with and
            (`NUMBERED`) without the issuer; the latter is taken out.
        files: of the rows.

    Returns:
        Files of which it is not clear whose they are, with the reason.
    """
    numbers = [row.pop(NUMBERED) for row in rows]
    with_issuer: dict[str, set[str]] = defaultdict(set)
    for row, number in zip(rows, numbers, strict=True):
        if number is not None and row["patient"] != number:
            with_issuer[number].add(row["patient"])
    unclear: dict[str, None] = {}
    for row, number, file in zip(rows, numbers, files, strict=True):
        if number is None or row["patient"] != number:
            continue
        known = with_issuer.get(number, set())
        if len(known) == 1:
            row["patient"] = next(iter(known))
        elif known:
            unclear[file] = None
    return [(file, _REASON) for file in unclear]
