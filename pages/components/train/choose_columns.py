"""How a folder and its table would be read, before import, and other columns in their roles."""

import tempfile
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cae.columns.overview import overview
from cae.errors import CaeError
from cae.imageset import SPLITS, Origin
from cae.number_text import counted
from cae.sources.choices import NONE, Choices
from cae.sources.dicom.source import DicomSource
from cae.sources.folder import FolderSource
from cae.sources.nifti.source import NiftiSource
from cae.sources.preview import Examples, Preview, Shown
from cae.sources.roles import ROLES
from cae.sources.table_file import TABLE_SUFFIXES
from cae.sources.unzip import unpack_members, unpack_tables
from cae.sources.walk import last_change
from pages.components.kit.cache import cache_data
from pages.components.kit.contact_sheet import sheet_of
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.train.columns_table import columns_table

# The encodings in which tables are commonly written, the most common first.
_ENCODINGS = (
    ("utf-8", "cp1252", "cp1250", "mac_roman", "cp850", "iso8859_15", "cp1251", "koi8_r")
    + ("cp1253", "cp1254", "cp1255", "cp1256", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr")
    + ("utf-16",)
)
_EXAMPLES = 16
# In boxes, what was found out where it is no single column.
_FOUND = ""
_UNNAMED = "No column of the table is known to name the images; choose the one that does."
_NOTHING = {"label": "no labels", "patient": "not known", "split": "draw a new one"}


@dataclass(frozen=True)
class Looks:
    """What can be seen of a source before it is imported; both raise `CaeError`.

    Attributes:
        examples: some of its images.
        preview: how it would be read with what a person says about its table; None where that
            would need reading all files.
    """

    examples: Callable[[], Examples]
    preview: Callable[[Choices], Preview] | None = None


def choose_columns(looks: Looks) -> Choices | None:
    """Show how a source would be read, and boxes in which that can be changed.

    Returns:
        What was chosen otherwise than it was found; None where the source cannot be read so.
    """
    if looks.preview is None:
        _show_examples(looks.examples)
        return Choices()
    try:
        found = looks.preview(Choices())
    except CaeError as error:
        st.error(plain_markdown(str(error)))
        return None
    choices = _boxes(found) if found.columns else Choices()
    shown = found if choices == Choices() else looks.preview(choices)
    if shown.refused:
        st.error(plain_markdown(shown.refused))
        return None
    _show(shown)
    _show_examples(looks.examples)
    return choices


def choice_options(choices: Choices) -> list[str]:
    """Return choices as options of ``cae import``."""
    options = {"image": "--image-column"}
    return [f"{options.get(n, f'--{n}')}={value}" for n, value in choices.given().items()]


def looks_at_folder(source: FolderSource) -> Looks:
    """Return what can be seen of a folder of this computer before it is imported."""
    changed = last_change(source.folder, TABLE_SUFFIXES)
    named = source.table.stat().st_mtime_ns if source.table is not None else 0
    return Looks(
        lambda: _examples(str(source.folder), changed, source),
        lambda choices: _preview(source.folder, source.table, choices, (changed, named)),
    )


def looks_at_images(source: DicomSource | NiftiSource) -> Looks:
    """Return some images of a folder, a zip file or a file of this computer."""
    path = source.path
    changed = max(path.stat().st_mtime_ns, last_change(path, ()))
    if path.is_file() and zipfile.is_zipfile(path):
        key = f"{source.spec} {changed}"
        return Looks(
            lambda: _examples_of_zip(key, path, lambda folder: replace(source, path=folder))
        )
    return Looks(lambda: _examples(source.spec, changed, source))


def looks_at_upload(packed: UploadedFile, table: UploadedFile | None) -> Looks:
    """Return what can be seen of an uploaded zip of a folder, with its table."""
    ids = (packed.file_id, table.file_id if table else "")
    return Looks(
        lambda: _examples_of_zip(packed.file_id, packed, FolderSource),
        lambda choices: _preview_of_upload(ids, choices, packed, table),
    )


def looks_at_uploaded_images(packed: UploadedFile, source: DicomSource | NiftiSource) -> Looks:
    """Return some images of an uploaded zip of a folder, read like `source` but for its path."""
    key = f"{source.spec} {packed.file_id}"
    return Looks(lambda: _examples_of_zip(key, packed, lambda folder: replace(source, path=folder)))


@cache_data(max_entries=16, show_spinner="Looking at some images…")
def _examples(spec: str, changed: int, _source: Shown) -> Examples:
    return _source.examples(_EXAMPLES)


@cache_data(max_entries=16, show_spinner="Looking at some images…")
def _examples_of_zip(
    key: str, _packed: UploadedFile | Path, _make: Callable[[Path], Shown]
) -> Examples:
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        folder = Path(scratch).resolve() / Path(_packed.name).stem
        packed = stack.enter_context(_packed.open("rb")) if isinstance(_packed, Path) else _packed
        try:
            source = _make(unpack_tables(packed, folder))
            unpack_members(packed, folder, source.example_files(_EXAMPLES))
            return source.examples(_EXAMPLES)
        except CaeError as error:
            # Nobody knows the folder that it was unpacked to.
            raise CaeError(str(error).replace(f"{folder.parent}/", "")) from error


@cache_data(max_entries=16, show_spinner="Looking at the folder…")
def _preview(
    folder: Path, table: Path | None, choices: Choices, changed: tuple[int, ...]
) -> Preview:
    return FolderSource(folder, table, choices=choices).preview()


@cache_data(max_entries=16, show_spinner="Looking at the zip file…")
def _preview_of_upload(
    ids: tuple[str, str], choices: Choices, _packed: UploadedFile, _table: UploadedFile | None
) -> Preview:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        try:
            images = unpack_tables(_packed, folder / Path(_packed.name).stem)
            table = None
            if _table is not None:
                table = folder / Path(_table.name).name
                table.write_bytes(_table.getvalue())
            found = FolderSource(images, table, choices=choices).preview()
        except CaeError as error:
            raise CaeError(str(error).replace(f"{folder}/", "")) from error
    return replace(found, refused=found.refused.replace(f"{folder}/", ""))


def _boxes(found: Preview) -> Choices:
    """Show a box per role, and return what is chosen otherwise than it was found."""
    places = st.columns(2) + st.columns(2)
    image = _role_box(places[0], "Names the images", "image", found, found.origins.get("file"))
    roles = {
        role: _role_box(place, role.capitalize(), role, found, found.origins.get(role))
        for place, role in zip(places[1:], ROLES, strict=True)
    }
    return Choices(image=image, encoding=_encoding_box(found.guessed_encoding), **roles)


def _role_box(
    place: "st.delta_generator.DeltaGenerator",
    title: str,
    role: str,
    found: Preview,
    origin: Origin | None,
) -> str | None:
    """Return the column that is chosen in a box; None where it is the one that was found."""
    columns = [column for column in found.columns if column != NONE]
    of_nothing = [NONE] if role in _NOTHING else []
    usual = _FOUND
    if origin is None or (role == "split" and origin == Origin(how="drawn")):
        usual = NONE if of_nothing else _FOUND
    elif len(origin.columns) == 1 and origin.columns[0] in columns:
        usual = origin.columns[0]
    options = [_FOUND] * (usual == _FOUND) + columns + of_nothing
    chosen = place.selectbox(
        title,
        options,
        index=options.index(usual),
        format_func=lambda one: {_FOUND: str(origin or "found by itself")}.get(
            one, _NOTHING.get(role, one) if one == NONE else one
        ),
        key=f"{role} column, {usual} of {', '.join(found.columns)}",
    )
    return None if chosen == usual else chosen


def _encoding_box(guessed: str) -> str | None:
    """Return the encoding that is chosen where one had to be guessed; None for the guess."""
    if not guessed:
        return None
    options = list(dict.fromkeys((guessed, *_ENCODINGS)))
    chosen = st.selectbox(
        "How the table is written",
        options,
        format_func=lambda one: f"{one} (guessed)" if one == guessed else one,
        help="The table does not say it itself; choose another if letters look wrong below.",
        key=f"encoding {guessed}",
    )
    return None if chosen == guessed else chosen


def _show_examples(examples: Callable[[], Examples]) -> None:
    try:
        found = examples()
    except CaeError as error:
        st.error(plain_markdown(str(error)))
        return
    st.html(sheet_of(found.images, found.files))
    st.caption("Some of the images, as they will be seen.")


def _show(preview: Preview) -> None:
    count = len(preview.table)
    if preview.columns:
        named = " and ".join(map(repr, preview.origins.get("file", Origin()).columns))
        words = f"{preview.matched:,} of {count:,} images have a row of the table"
        show = st.info if preview.matched == count else st.warning
        show(f"{plain_markdown(named)} names the images; {words}." if named else _UNNAMED)
    splits = preview.table["split"].value_counts()
    parts = ", ".join(f"{splits[split]:,} {split}" for split in SPLITS if split in splits)
    # Names of files and columns may be anything, so they are no Markdown.
    st.text("\n".join([f"{counted(count, 'image')}: {parts}.", *preview.notes]))
    with st.expander(f"{preview.table.shape[1]} columns"):
        columns_table(overview(preview.table, preview.origins, preview.identifying))
    if len(preview.problems):
        with st.expander(f"{counted(len(preview.problems), 'remark')} on files and rows"):
            st.dataframe(preview.problems, hide_index=True, width="stretch")
