"""Everything that is wrong with a study's files, found by reading all of them."""

from collections.abc import Iterator
from pathlib import Path

from cae.cohorts.place import FILE
from cae.documents import read_document
from cae.errors import CaeError, DamagedFileError
from cae.study.folder import Damage
from cae.study.label_corrections import files_aside
from cae.study.maps import FOLDER
from cae.study.schemas import (
    AGREEMENTS,
    SMALL_FILES,
    KeptAgreement,
    KeptMap,
    LabelCorrections,
)
from cae.study.study import Study

# What a study shows of the files of its steps.
_SHOWN = {
    "samples": ("import", "samples.parquet"),
    "images": ("import", "images.npy"),
    "masks": ("import", "masks.npy"),
    "originals": ("import", "originals.parquet"),
    "problems": ("import", "problems.parquet"),
    "model": ("train", "model/model.json"),
    "latents": ("encode", "latents.npy"),
    "projection": ("project", "projection.npy"),
    "clusters": ("cluster", "clusters.parquet"),
    "sharp_model": ("sharpen", "sharp/model.json"),
    "local_model": ("local", "local/model.json"),
    "areas": ("areas", "local/areas.parquet"),
}


def verify(study: Study) -> list[Damage]:
    """Return what is wrong with a study: its hashes, and whatever cannot be read as it should.

    A study of somebody else may have files that fit their hashes and are no good nonetheless.
    Files that belong to no step have an empty one.
    """
    found = study.verify()
    known = {(damage.step, damage.file) for damage in found}
    misread = [*_of_steps(study), *_of_small_files(study)]
    return [*found, *(one for one in misread if (one.step, one.file) not in known)]


def _of_steps(study: Study) -> Iterator[Damage]:
    shown = dict(_SHOWN)
    if study.brought:
        del shown["model"]
        if study.can_decode:
            shown["model"] = ("decoder", "decoder/model.json")
    for name, (step, file) in shown.items():
        if study.is_done(step):
            try:
                getattr(study, name)
            except CaeError as error:
                yield Damage(file, _told(error), step)


def _of_small_files(study: Study) -> Iterator[Damage]:
    schemas = {study.path / name: schema for name, schema in SMALL_FILES.items()}
    schemas |= dict.fromkeys(sorted((study.path / FOLDER).glob("*.json")), KeptMap)
    schemas |= dict.fromkeys(files_aside(study.path), LabelCorrections)
    schemas |= dict.fromkeys(sorted((study.path / AGREEMENTS).glob("*.json")), KeptAgreement)
    for path, schema in schemas.items():
        if path.exists():
            try:
                read_document(path, schema)
            except CaeError as error:
                yield Damage(_within(path, study), _told(error), "")
    try:
        study.cohorts.list()
        study.cohorts.deleted()
    except CaeError as error:
        yield Damage(FILE, _told(error), "")


def _told(error: CaeError) -> str:
    """Return what is wrong; the file and what to do about it are said beside it."""
    return error.damage if isinstance(error, DamagedFileError) else error.reason


def _within(path: Path, study: Study) -> str:
    return path.relative_to(study.path).as_posix()
