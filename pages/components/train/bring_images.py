"""The form that brings images: of files, folders and tables, MedMNIST, or the embedded set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cae.access.roles import Role
from cae.errors import CaeError
from cae.home import folder_name, free_name, studies_folder
from cae.jobs import runs
from cae.sources import Source
from cae.sources.brain import BrainSource
from cae.sources.choices import Choices
from cae.sources.dicom.source import DicomSource
from cae.sources.folder import FolderSource
from cae.sources.known import medmnist_info
from cae.sources.medmnist import MedMnistSource, available_sizes, flat_flags
from cae.sources.nifti.cutting import ALL, PLANES, Cutting
from cae.sources.nifti.source import NiftiSource
from cae.sources.npz import NpzSource
from cae.sources.parquet.source import ParquetSource
from cae.sources.picture import FORMAT_NAMES
from cae.study.pretrained import list_pretrained
from cae.uploads import discarded_on_failure
from pages.components.kit.computer_path import computer_path
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, own_rights
from pages.components.train.bring_latents import choose_latents
from pages.components.train.choose_columns import (
    Looks,
    choice_options,
    choose_columns,
    looks_at_folder,
    looks_at_images,
    looks_at_upload,
    looks_at_uploaded_images,
)
from pages.components.train.upload import keep_files, keep_folder

_TABLES = ["csv", "tsv", "txt", "xlsx", "parquet", "jsonl"]
_FIRST_SET = "pneumoniamnist"
_ON_COMPUTER = "Folder on this computer"


@dataclass(frozen=True)
class Wish:
    """What is to be imported.

    Attributes:
        suggestion: a name for the study.
        source: makes the source; what was uploaded is kept from then on, until it is imported.
        looks: what can be seen of it before; None where that would need reading it.
    """

    suggestion: str
    source: Callable[[], Source]
    looks: Looks | None = None


def bring_images() -> Path | None:
    """Show the form; when an import was started, return the folder of its study."""
    wish, choices = choose_images()
    suggestion = free_name(folder_name(wish.suggestion), is_taken) if wish else ""
    name_column, limit_column = st.columns([3, 1])
    # The key keeps what was typed, and the field itself, when another suggestion stands in it.
    name = name_column.text_input(
        "Name of the study", placeholder=suggestion, max_chars=60, key="import name"
    )
    name = name.strip() or suggestion
    problem = _name_problem(name) if name else ""
    if problem:
        name_column.error(plain_markdown(problem))
    with limit_column:
        limit = choose_limit()
    with st.expander(
        "Latents from elsewhere (optional)", key="import elsewhere", on_change="rerun"
    ) as elsewhere:
        latents = choose_latents("import latents") if elsewhere.open else None
    is_pressed = st.button(
        "Import",
        type="primary",
        icon=":material/download:",
        disabled=wish is None or choices is None or bool(problem),
    )
    refusal = st.container()
    with st.expander("Pretrained models, and where to get their images"):
        for model in list_pretrained():
            st.markdown(f"**{model.title}** · {model.images}")
    if not is_pressed or wish is None or choices is None or problem:
        return None
    with refusal, guard():
        return _start_import(wish, name, limit, choices, latents)
    return None


def choose_images() -> tuple[Wish | None, Choices | None]:
    """Show the forms of all sources, and how what is wished for would be read.

    Returns:
        What is wished for, None as long as nothing is, and what was chosen of its table, None
        where it cannot be read so.
    """
    may_name = own_rights().may_name_folders
    forms = {title: form for title, form in FORMS.items() if may_name or title != _ON_COMPUTER}
    tabs = st.tabs(
        list(forms),
        key="source",
        on_change="rerun",
    )
    wish = None
    for tab, form in zip(tabs, forms.values(), strict=True):
        if tab.open:
            with tab:
                wish = form()
    choices: Choices | None = Choices()
    if wish and wish.looks:
        choices = choose_columns(wish.looks)
    return wish, choices


def choose_limit() -> int | None:
    """Ask for the largest number of images to take; None takes all."""
    limit: int | None = st.number_input(
        "At most",
        min_value=2,
        value=None,
        placeholder="all images",
        help="Take only so many images, drawn at random with each split's share kept.",
    )
    return limit


def start_job(folder: Path, wish: Wish, arguments: Callable[[str], Sequence[str]]) -> None:
    """Start a job that reads the images wished for; `arguments` makes its command of the source.

    Raises:
        CaeError: one may not bring images, the upload is refused or the job cannot be started;
            nothing uploaded is kept.
    """
    demand(Role.ADMIN, folder)
    source = wish.source()
    with discarded_on_failure(source.spec):
        runs.start(folder, list(arguments(source.spec)))


def is_taken(name: str) -> bool:
    """Whether a study, or one that is being made, has this folder name already.

    An import that failed leaves its name to the next attempt.
    """
    folder = studies_folder() / name
    job = runs.status(folder)
    return folder.exists() or (job is not None and job.is_active)


def _name_problem(name: str) -> str:
    """Return why no new study can be called so, as a sentence; empty where one can."""
    chosen = folder_name(name)
    if not chosen:
        return f"The name {name!r} has no letter or digit; choose another name."
    if is_taken(chosen):
        return f"There is a study named {chosen!r} already; choose another name."
    return ""


def _start_import(
    wish: Wish,
    name: str,
    limit: int | None,
    choices: Choices,
    latents: Callable[[], list[str]] | None,
) -> Path:
    demand(Role.ADMIN, studies_folder() / (folder_name(name) or name))
    if problem := _name_problem(name):
        raise CaeError(problem)
    folder = studies_folder() / folder_name(name)
    options = ["--out", str(folder), f"--name={name}", *reading_options(limit, choices)]
    command = "import" if latents is None else "build"
    more = latents() if latents is not None else []
    with discarded_on_failure(" ".join(more)):
        start_job(folder, wish, lambda spec: [command, spec, *options, *more])
    return folder


def reading_options(limit: int | None, choices: Choices) -> list[str]:
    """Return how a command is told the largest number of images to take, and the choices."""
    return [*choice_options(choices), *([] if limit is None else [f"--limit={limit}"])]


def _uploaded() -> Wish | None:
    packed = st.file_uploader("A zip file of a folder with images", type="zip")
    table = st.file_uploader(
        "A table with one line per image (optional)",
        type=_TABLES,
        help="CSV, TSV, semicolon-separated, Excel (.xlsx), Parquet or JSON lines. One column "
        "names the image files or their patients. Tables inside the zip are found by themselves.",
    )
    if packed is None:
        return None
    return Wish(
        Path(packed.name).stem,
        lambda: keep_folder(packed, table),
        looks_at_upload(packed, table),
    )


def _local_folder() -> Wish | None:
    folder = computer_path("Folder", "/home/me/scans", f"{FORMAT_NAMES}, at any depth.")
    table = computer_path(
        "Table (optional)",
        "/home/me/scans.csv",
        "CSV, TSV, semicolon-separated, Excel (.xlsx), Parquet or JSON lines. Tables inside "
        "the folder are found by themselves.",
    )
    if folder is None:
        return None
    path = _existing(folder, is_folder=True)
    table_path = None if table is None else _existing(table, is_folder=False)
    if path is None or (table is not None and table_path is None):
        return None
    source = FolderSource(path, table_path)
    return Wish(path.name, lambda: source, looks_at_folder(source))


def _dicom() -> Wish | None:
    st.caption(
        "Every frame becomes an image, shown in the window that its file asks for. Patients, "
        "studies and series get pseudonyms; names, numbers, places and dates are not kept. Text "
        "that is burned into images stays there."
    )
    table = st.file_uploader(
        "A table that names patients, examinations or files (optional)",
        type=_TABLES,
        help="Rows are joined by patient, accession number, UID or file name; what may tell who a "
        "patient is is not kept. Tables in the folder are found by themselves.",
    )
    return _zip_or_path("DICOM", "/home/me/dicom", DicomSource, table)


def _nifti() -> Wish | None:
    plane_column, step_column, patch_column = st.columns([4, 3, 3])
    plane = plane_column.segmented_control(
        "Plane", (*PLANES, ALL), default=PLANES[0], required=True, key="nifti plane"
    )
    step = step_column.number_input(
        "Distance of slices in mm", min_value=0.0, value=Cutting().step_mm, help="0 takes all."
    )
    patch = patch_column.number_input(
        "Patches of so many pixels", min_value=8, value=None, placeholder="whole slices"
    )
    cutting = Cutting(plane, step, patch or 0)
    return _zip_or_path("NIfTI", "/home/me/study", lambda path: NiftiSource(path, cutting))


def _zip_or_path(
    kind: str,
    placeholder: str,
    source: Callable[..., DicomSource | NiftiSource],
    table: UploadedFile | None = None,
) -> Wish | None:
    """Ask for a zip file, or a folder or file on this computer, and make a source of it.

    A table that was uploaded is the source's second argument.
    """
    tables = [] if table is None else [table]
    upload = st.file_uploader(f"A zip file of a folder with {kind} files", type="zip")
    named = computer_path(f"or the path of {kind} on this computer", placeholder)
    if upload is not None:
        sent = Path(upload.name)
        return Wish(
            sent.stem,
            lambda: source(*keep_files(upload, *tables)),
            looks_at_uploaded_images(upload, source(sent)),
        )
    path = None if named is None else _existing(named)
    if path is None:
        return None
    return Wish(
        path.name.split(".")[0],
        lambda: source(path, *keep_files(*tables)),
        looks_at_images(source(path)),
    )


def _npz() -> Wish | None:
    upload = st.file_uploader(
        "An npz file in MedMNIST's layout",
        type="npz",
        help="Arrays train_images, val_images, test_images of shape N×H×W or N×H×W×3, and "
        "train_labels and so on, if there are labels.",
    )
    named = computer_path("or its path on this computer", "/home/me/scans.npz")
    return _upload_or_path(upload, named and _existing(named, is_folder=False), NpzSource)


def _parquet() -> Wish | None:
    upload = st.file_uploader(
        "A Parquet file with an image in each row",
        type="parquet",
        help="A column holds the bytes of image files, as data sets of Hugging Face do; the others "
        "are read as a table is.",
    )
    named = computer_path("or the path of such files on this computer", "/home/me/scans")
    return _upload_or_path(
        upload, named and _existing(named), lambda path: ParquetSource(str(path))
    )


def _upload_or_path(
    upload: UploadedFile | None, path: Path | None, source: Callable[[Path], Source]
) -> Wish | None:
    """Wish for what was uploaded, or else for what lies on this computer."""
    if upload is not None:
        return Wish(Path(upload.name).stem, lambda: source(*keep_files(upload)))
    return None if path is None else Wish(path.stem, lambda: source(path))


def _medmnist() -> Wish:
    flags = flat_flags()
    flag_column, size_column = st.columns([3, 2])
    flag = flag_column.selectbox(
        "Set", flags, index=flags.index(_FIRST_SET), format_func=_set_title, key="medmnist set"
    )
    size = size_column.segmented_control(
        "Size in pixels", available_sizes(flag), default=available_sizes(flag)[0], required=True
    )
    entry = medmnist_info()[flag]
    st.caption(f"{entry['description']} Licence: {entry['license']}.")
    return Wish(f"{entry['python_class']} {size}", lambda: MedMnistSource(flag, size))


def _brain() -> Wish:
    st.write(
        "Patches of 64×64 mm from the MNI152 average of 152 human brains, in three planes, with "
        "position and tissue fractions. It needs no download."
    )
    return Wish("brain", BrainSource)


def _set_title(flag: str) -> str:
    entry = medmnist_info()[flag]
    colour = "grey" if entry["n_channels"] == 1 else "colour"
    return f"{entry['python_class']} · {sum(entry['n_samples'].values()):,} images · {colour}"


def _existing(path: Path, *, is_folder: bool | None = None) -> Path | None:
    """Return the path that was typed, or say that it is not there; None takes either kind."""
    if path.exists() and is_folder in (None, path.is_dir()):
        return path.resolve()
    kind = {None: "folder or file", True: "folder", False: "file"}[is_folder]
    st.warning(f"There is no {kind} {plain_markdown(str(path))} on this computer.")
    return None


FORMS = {
    "Upload a folder": _uploaded,
    _ON_COMPUTER: _local_folder,
    "DICOM": _dicom,
    "NIfTI": _nifti,
    "npz file": _npz,
    "Parquet": _parquet,
    "MedMNIST": _medmnist,
    "Brain": _brain,
}
