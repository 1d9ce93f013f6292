"""Files that a browser sent: kept beside the studies until they are imported, and no longer.

Each upload is a folder of its own, ``.uploads/<32 hexadecimal digits>``. The file of that name and
``.json`` says which process needs it: first the one that receives it, then the one that imports it.
"""

import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cae.documents import read_document
from cae.errors import CaeError
from cae.home import studies_folder
from cae.imageset import ImageSet
from cae.process_identity import ProcessIdentity
from cae.process_note import ProcessNote, noted_process
from cae.storage import write_json

_NOTED = "upload:"
_NAME = "[0-9a-f]{32}"


def uploads_folder() -> Path:
    """Return the folder that uploads are kept in; it may not exist yet."""
    return studies_folder() / ".uploads"


def new_upload() -> Path:
    """Make an empty folder for one upload, which this process needs for now.

    Raises:
        CaeError: it cannot be made.
    """
    folder = uploads_folder() / uuid.uuid4().hex
    try:
        # What clinics upload is nobody else's who has an account on this computer.
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _note_owner(folder, ProcessIdentity.of_this_process())
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise CaeError(
            f"{folder} cannot be made ({error.strerror}); check rights and free space."
        ) from error
    return folder


def hand_over(text: str, process: int) -> None:
    """Note that another process, by its number, needs the uploads that `text` names."""
    for folder in _named(text):
        _note_owner(folder, ProcessIdentity.of(process))


def names_upload(text: str) -> bool:
    """Whether a text, such as a path or a source, names something that was uploaded."""
    return bool(_pattern().search(text))


def as_uploaded(text: str) -> str:
    """Return a text about uploaded files that names them as they were sent, not where they lie."""
    return _pattern().sub("", text)


def noted_source(spec: str) -> str:
    """Return the text by which a study notes its source.

    Of what was uploaded, and is not kept, it is the name only, as in ``upload:dicom:export.zip``.
    """
    return _NOTED + as_uploaded(spec) if names_upload(spec) else spec


def uploaded_source(noted: str) -> str | None:
    """Return the source of `noted_source` that was uploaded; None where it still lies there."""
    return noted.removeprefix(_NOTED) if noted.startswith(_NOTED) else None


def told_as_uploaded(imageset: ImageSet) -> ImageSet:
    """Return an image set whose notes and problems name uploaded files as they were sent."""
    pattern = _pattern()
    problems = imageset.problems.apply(lambda texts: texts.str.replace(pattern, "", regex=True))
    notes = tuple(pattern.sub("", note) for note in imageset.notes)
    return replace(imageset, problems=problems, notes=notes)


@contextmanager
def consumed(text: str) -> Iterator[None]:
    """Discard the uploads that `text` names when the block ends, in whatever way."""
    try:
        yield
    finally:
        discard_uploads(text)


@contextmanager
def discarded_on_failure(text: str) -> Iterator[None]:
    """Discard the uploads that `text` names if the block fails, in whatever way."""
    try:
        yield
    except BaseException:
        discard_uploads(text)
        raise


def discard_uploads(text: str) -> None:
    """Remove the uploads that a text, such as a source or a command, names."""
    for folder in _named(text):
        _discard(folder)


def discard_left_behind() -> None:
    """Remove the uploads whose process has ended without doing so."""
    known = {path.with_suffix("") for path in uploads_folder().glob("*")}
    for folder in known:
        if not _is_needed(folder):
            _discard(folder)


def _pattern() -> re.Pattern[str]:
    return re.compile(rf"{re.escape(str(uploads_folder()))}[/\\]({_NAME})[/\\]")


def _named(text: str) -> set[Path]:
    return {uploads_folder() / name for name in _pattern().findall(text)}


def _owner_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _note_owner(folder: Path, process: ProcessIdentity) -> None:
    write_json(_owner_file(folder), process.as_json())


def _is_needed(folder: Path) -> bool:
    """Whether the process that needs an upload lives, or may live on another computer."""
    try:
        owner = noted_process(read_document(_owner_file(folder), ProcessNote))
    except CaeError:
        return False
    return owner is not None and owner.is_alive


def _discard(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)
    _owner_file(folder).unlink(missing_ok=True)
