"""Studies that are copies of what lies elsewhere, and are looked at only."""

from pathlib import Path

from cae.documents import Document, Line, Text, read_document
from cae.errors import CaeError

# Lies in the folder of such a study.
MARK = ".read-only.json"


class Copied(Document):
    """What the mark holds: of which address the folder is a copy, and the hashes of its files."""

    address: Text
    files: dict[Line, Line] = {}


def address_of(folder: Path) -> str | None:
    """Return the address that the study in a folder was copied from; None of any other study."""
    if not (folder / MARK).is_file():
        return None
    address: str = read_document(folder / MARK, Copied)["address"]
    return address


def refusal(folder: Path) -> str:
    """Return why the study in a folder cannot be changed, in a sentence; empty where it can.

    It is a copy of one that lies elsewhere: what is written there would be gone with the copy.
    """
    address = address_of(folder)
    if address is None:
        return ""
    return (
        f"The study {address} is opened read-only; copy its folder to this computer to change it, "
        "or keep cohorts in a PostgreSQL, which CAE_DATABASE names."
    )


def require_writable(folder: Path) -> None:
    """Raise `CaeError` with its `refusal` where the study in a folder cannot be changed."""
    if reason := refusal(folder):
        raise CaeError(reason)


def require_there(folder: Path) -> None:
    """Raise `CaeError` unless the folder of a study is there, which somebody may have renamed.

    A lock or a file would make it anew, and what is saved there would be lost to everybody.
    """
    if not folder.is_dir():
        raise CaeError(
            f"The study {folder} is not there any more, so nothing was changed; somebody has "
            "renamed or deleted it. Open it by its present name."
        )
