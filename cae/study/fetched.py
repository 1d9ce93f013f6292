"""Studies behind an address such as ``s3://bucket/study``: copied, compared, opened read-only."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from cae.cohorts.place import FILE as COHORTS
from cae.documents import fits
from cae.errors import CaeError
from cae.home import folder_name, studies_folder
from cae.progress import Progress, silent
from cae.read_only import MARK, Copied
from cae.storage import atomic_path, read_json, write_json
from cae.stores import (
    Listing,
    Store,
    StoredFile,
    checked_address,
    is_address,
    require_room,
    with_local_paths,
)
from cae.study.locks import making
from cae.study.manifest import MANIFEST, read_manifest
from cae.study.maps import FOLDER as MAPS
from cae.study.schemas import AGREEMENTS, SMALL_FILES

# Copies of other studies than the one that is opened, those first that were not opened longest.
_MOST_BYTES_KEPT = 20 << 30
_MOST_BYTES_OF_MANIFEST = 1 << 24
# Of a file of which study.json tells no size.
_MOST_BYTES_UNTOLD = 1 << 30
_SMALL = (*SMALL_FILES, COHORTS)
_SMALL_FOLDERS = ((MAPS, (".npy", ".json")), (AGREEMENTS, (".npy", ".json")))


class _Wanted(NamedTuple):
    """A file to copy; study.json tells the hash of the most."""

    name: str
    size: int
    sha256: str | None


def study_folder(text: str, progress: Progress = silent) -> Path:
    """Return the folder of a study by its path, or the folder of a copy by its address.

    A copy has the files that study.json names, each with the hash that it tells, and is read-only,
    see `cae.read_only`. It is kept in ``.fetched`` among the studies: what has not changed since is
    not fetched again, and copies of other studies that were not opened for long make room once all
    of them have 20 GB.

    Raises:
        CaeError: there is no study, it cannot be read, finds no room, or is damaged or being
            written.
    """
    folder, differing = _copied_study(text, progress)
    if differing:
        raise CaeError(
            f"{len(differing)} files of {text} are not what its study.json says, such as "
            f"{differing[0]}; somebody may be writing it: try again, or look with: "
            f"cae verify {text}"
        )
    return folder


def study_folder_as_it_is(text: str, progress: Progress = silent) -> Path:
    """Return the same of a study that may be damaged.

    Raises:
        CaeError: there is no study, it cannot be read or finds no room.
    """
    folder, _ = _copied_study(text, progress)
    return folder


def _copied_study(text: str, progress: Progress) -> tuple[Path, list[str]]:
    """Return the folder, and which files of a copy differ from what study.json says."""
    plain = with_local_paths(text)
    if not is_address(plain):
        return Path(plain), []
    address = checked_address(plain)
    key = hashlib.sha256(address.encode()).hexdigest()[:16]
    folder = _copies() / key / (folder_name(address.rpartition("/")[2]) or "study")
    store = Store(address)
    with making(folder, patience=-1):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            differing = _bring_up_to_date(store, folder, progress)
        finally:
            # What a first attempt leaves that found no study, or was cut off before it knew of any.
            if not (folder / MARK).exists():
                _remove(folder.parent)
        # Not opened for long is told by it.
        os.utime(folder.parent)
    return folder, differing


def _copies() -> Path:
    return studies_folder() / ".fetched"


def _bring_up_to_date(store: Store, folder: Path, progress: Progress) -> list[str]:
    """Make a folder a copy of the study of a store; return the files that differ from its words."""
    listing = store.list()
    sizes = {file.name: file.size for file in listing.files}
    if MANIFEST not in sizes:
        raise CaeError(f"{store.address} is not a study: it has no {MANIFEST}.")
    if sizes[MANIFEST] > _MOST_BYTES_OF_MANIFEST:
        raise CaeError(f"{store.address}/{MANIFEST} is too large to be that of a study.")
    with tempfile.TemporaryDirectory(prefix=".manifest-", dir=folder.parent) as name:
        beside = Path(name)
        store.copy(MANIFEST, beside / MANIFEST, sizes[MANIFEST])
        manifest = read_manifest(beside)
        wanted = list(_wanted(manifest, listing))
        kept = _kept(folder, wanted)
        missing = [file for file in wanted if file.name not in kept]
        needed = sum(file.size for file in missing)
        _make_room(folder.parent, needed)
        require_room(needed, store.address, folder)
        hashes, differing = dict(kept), []
        write_json(folder / MARK, {"address": store.address, "files": hashes})
        _remove_others(folder, {file.name for file in wanted})
        for done, file in enumerate(missing, start=1):
            hashes[file.name] = _fetch(store, file, folder)
            if file.sha256 not in (None, hashes[file.name]):
                differing.append(file.name)
            write_json(folder / MARK, {"address": store.address, "files": hashes})
            progress(done, len(missing), "fetching files")
        told = {name for name, _ in _told(manifest)}
        differing += sorted(told - {file.name for file in wanted})
        with atomic_path(folder / MANIFEST) as temporary:
            shutil.copyfile(beside / MANIFEST, temporary)
    return differing


def _told(manifest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield where each file of a finished run lies, relative to the study, and its note."""
    for part in ("steps", "former"):
        for entry in manifest.get(part, {}).values():
            for name, note in entry.get("files", {}).items():
                at = note.get("at", entry.get("at", ""))
                yield (f"{at}/{name}" if at else name), note


def _wanted(manifest: dict[str, Any], listing: Listing) -> Iterator[_Wanted]:
    """Yield what of a listing is of the study: files of runs, and the small ones beside them."""
    told = dict(_told(manifest))
    for file in listing.files:
        note = told.get(file.name)
        if note is not None:
            yield _Wanted(file.name, file.size, note["sha256"])
        elif _is_small(file):
            yield _Wanted(file.name, file.size, None)


def _is_small(file: StoredFile) -> bool:
    folder, _, name = file.name.rpartition("/")
    is_one = file.name in _SMALL or any(
        folder == one and name.casefold().endswith(suffixes) for one, suffixes in _SMALL_FOLDERS
    )
    return is_one and file.size <= _MOST_BYTES_UNTOLD


def _kept(folder: Path, wanted: list[_Wanted]) -> dict[str, str]:
    """Return the files of a copy that need not be fetched again, and their hashes."""
    with suppress(CaeError):
        noted = read_json(folder / MARK)
        hashes: dict[str, str] = noted["files"] if fits(noted, Copied) else {}
        return {
            file.name: file.sha256
            for file in wanted
            if file.sha256 is not None
            and hashes.get(file.name) == file.sha256
            and _size(folder / file.name) == file.size
        }
    return {}


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _fetch(store: Store, file: _Wanted, folder: Path) -> str:
    """Copy a file into the copy of a study, and return its hash."""
    digest = hashlib.sha256()
    with atomic_path(folder / file.name) as temporary:
        store.copy(file.name, temporary, file.size, digest.update)
    return digest.hexdigest()


def _remove_others(folder: Path, names: set[str]) -> None:
    """Remove what a study has no more; what was worked out of it on this computer stays."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        is_own = name in (MARK, MANIFEST) or name.startswith("derived/")
        if path.is_file() and name not in names and not is_own:
            path.unlink()


def _make_room(own: Path, needed: int) -> None:
    """Remove copies of other studies until all have no more than 20 GB."""
    others = [path for path in _copies().iterdir() if path.is_dir() and path != own]
    others.sort(key=lambda path: path.stat().st_mtime)
    sizes = {path: sum(_size(file) or 0 for file in path.rglob("*")) for path in others}
    total = needed + sum(sizes.values())
    for path in others:
        if total <= _MOST_BYTES_KEPT:
            return
        _remove(path)
        total -= sizes[path]


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
