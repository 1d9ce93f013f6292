"""Bring more images into a study, with its model and on its map, while all else stays."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.scratch import ScratchArray, chunks_of
from cae.seed import require_seed
from cae.storage import remove_scratch, write_array, write_array_in_chunks, write_table
from cae.study.appended import (
    joined_originals,
    joined_samples,
    new_images_of,
    with_columns_aside,
    with_days_continued,
    with_free_ids,
    with_kept_splits,
    with_known_patients,
    with_study_names,
)
from cae.study.step import LOCAL_STEPS, MAP_STEPS
from cae.study.step_files import StepFiles
from cae.study.study import Study
from cae.uploads import noted_source, told_as_uploaded

if TYPE_CHECKING:
    from cae.sources import Source

_CHUNK = 1024

# The files of a step, by its name.
FilesOf = Callable[[str], StepFiles]


def append(
    study: Study,
    source: "Source",
    limit: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> int:
    """Add the images of `source` to a study, and return how many there were to add.

    They are encoded with the study's model, placed where their nearest images lie on its map,
    and join the clusters of these. Nothing is trained, drawn or grouped anew: row i stays the
    same image in every file, with the same values, and new rows come behind. Images that the
    study holds already are left out. Patients who have a split keep it. All takes effect at once,
    when it is done; a study whose append is cut off is as it was.

    Args:
        study: one with a map and clusters that are up to date.
        source: where the images come from; a folder's are brought to the study's size. Its table
            is read with the study's choices of columns, where it has none of its own.
        limit: the largest number of images to take, None for all.
        seed: draws the images that `limit` keeps.
        progress: told how far it is.

    Raises:
        CaeError: the study lacks a step, the images do not fit it or are in it already, or
            another process works on the study.
    """
    require_seed(seed)
    with study.working():
        remove_scratch(study.path)
        _require_whole(study)
        fitting, inherited = _fitting_source(source, study)
        try:
            imageset = told_as_uploaded(fitting.load(progress, limit, seed, study.path))
        except CaeError as error:
            raise _with_inherited(error, inherited) from error
        imageset, notes = _prepared(study, imageset)
        note = {
            "source": noted_source(source.spec),
            "first_row": len(study),
            "images": len(imageset),
            "problems": [len(study.problems), len(study.problems) + len(imageset.problems)],
            "limit": limit,
            "seed": seed,
            "notes": [*imageset.notes, *notes],
        }
        with study.appending(note, imageset.identifying) as files:
            _write_images(study, imageset, files)
            _write_results(study, imageset, files, progress)
    return len(imageset)


def _require_whole(study: Study) -> None:
    if study.brought:
        raise CaeError(
            f"The latents of {study.path.name} came from elsewhere ({study.brought['file']}), so "
            "new images can be placed only where theirs come, too; build a study of all images "
            "with a file that holds the vectors of all."
        )
    steps = [*MAP_STEPS, *(step for step in LOCAL_STEPS if study.is_done(step))]
    for step in steps:
        study.require_current(step)


def _fitting_source(source: "Source", study: Study) -> tuple["Source", dict[str, str]]:
    """Return the source with the study's size where it can bring images to any, and the choices
    that it has from the study.

    Its table is read as the study's now is: else label or patient would mean two things. What
    names the images, and how the table is written, is known of the study's own source alone.
    """
    from cae.sources import choices_of, has_table, with_choices, with_size
    from cae.sources.choices import Choices
    from cae.sources.roles import ROLES

    source = with_size(source, study.images.shape[1])
    if not has_table(source):
        return source, {}
    is_own, given = source.spec == study.manifest["source"], choices_of(source).given()
    inherited = {
        name: column
        for name, column in study.choices.items()
        if name not in given and (is_own or name in ROLES)
    }
    return with_choices(source, Choices(**inherited, **given)), inherited


def _with_inherited(error: CaeError, inherited: dict[str, str]) -> CaeError:
    """Return an error that also says what was read as the study was, if anything was."""
    if not inherited:
        return error
    told = ", ".join(f"{role}: {column}" for role, column in inherited.items())
    return CaeError(
        f"{error} The study was read with these choices ({told}), and so were the new images; "
        "choose for these, too, where theirs are others, or none."
    )


def _prepared(study: Study, imageset: ImageSet) -> tuple[ImageSet, list[str]]:
    """Return what of an image set is to be added, and what became of the rest, as sentences."""
    imageset = _in_form(study, imageset)
    imageset, problems = new_images_of(study, imageset)
    imageset, id_notes = with_free_ids(study, imageset)
    imageset, patient_notes = with_known_patients(study, imageset)
    imageset, split_notes = with_kept_splits(study, imageset)
    imageset, name_notes = with_study_names(study, imageset)
    imageset, day_notes = with_days_continued(study, imageset)
    imageset, aside_notes = with_columns_aside(study, imageset)
    problems = pd.concat([imageset.problems, problems], ignore_index=True)
    return replace(imageset, problems=problems), [
        *id_notes,
        *patient_notes,
        *split_notes,
        *name_notes,
        *day_notes,
        *aside_notes,
    ]


def _in_form(study: Study, imageset: ImageSet) -> ImageSet:
    """Return an image set with the channels and masks of a study.

    Raises:
        CaeError: it has other sizes, colours that the study has not, or lacks masks.
    """
    from cae.sources.fitting import fit_channels

    size, channels = study.images.shape[1:3], study.images.shape[3]
    if imageset.images.shape[1:3] != size:
        height, width = imageset.images.shape[1:3]
        raise CaeError(
            f"The new images measure {width}×{height} pixels and those of {study.path.name} "
            f"{size[1]}×{size[0]}; bring images of that size."
        )
    if imageset.images.shape[3] > channels:
        raise CaeError(
            f"The new images have colours and those of {study.path.name} have none; "
            "make them grey first."
        )
    images = imageset.images
    if images.shape[3] < channels:
        coloured = ScratchArray(study.images.shape[1:], study.path)
        for chunk in chunks_of(images):
            coloured.append(fit_channels(chunk, channels))
        images = coloured.array()
    names = tuple(study.manifest["mask_names"])
    if names and imageset.mask_names != names:
        raise CaeError(
            f"The images of {study.path.name} have masks ({', '.join(names)}) and the new ones "
            f"have others or none ({', '.join(imageset.mask_names) or 'none'}); add such masks."
        )
    if names or imageset.masks is None:
        return replace(imageset, images=images)
    note = f"{study.path.name} has no masks, so that those of the new images are left out."
    return replace(
        imageset, images=images, masks=None, mask_names=(), notes=(*imageset.notes, note)
    )


def _write_images(study: Study, imageset: ImageSet, files: FilesOf) -> None:
    """Write the next generation of what the import wrote."""
    to = files("import")
    _extend(study.images, imageset.images, to.add("images.npy"))
    write_table(to.add("samples.parquet"), joined_samples(study.samples, imageset.table))
    problems = pd.concat([study.problems, imageset.problems], ignore_index=True)
    write_table(to.add("problems.parquet"), problems)
    if imageset.masks is not None and study.masks is not None:
        _extend(study.masks, imageset.masks, to.add("masks.npy"))
    originals = joined_originals(study, imageset)
    if originals is not None:
        write_table(to.add("originals.parquet"), originals)


def _write_results(study: Study, imageset: ImageSet, files: FilesOf, progress: Progress) -> None:
    """Write the next generation of latents, map, clusters and, where there are some, areas."""
    from cae.latent.join import join_clusters
    from cae.latent.place import place

    latents = np.concatenate(
        [study.model.encode(part) for part in _parts(imageset.images, progress)]
    )
    known = study.latents
    _extend(known, latents, files("encode").add("latents.npy"))
    points = place(known, study.projection, latents)
    map_points = np.concatenate([study.projection, points]).astype(study.projection.dtype)
    write_array(files("project").add("projection.npy"), map_points)
    clusters = pd.concat(
        [study.clusters, join_clusters(known, study.clusters, latents)], ignore_index=True
    )
    write_table(files("cluster").add("clusters.parquet"), clusters)
    if study.is_done("areas"):
        from cae.study.steps import areas_of

        areas = pd.concat(
            [study.areas, areas_of(study.local_model, imageset.images, progress)],
            ignore_index=True,
        )
        write_table(files("areas").add("local/areas.parquet"), areas)


def _parts(images: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
    for start in range(0, len(images), _CHUNK):
        progress(start, len(images), "encoding images")
        yield images[start : start + _CHUNK]
    progress(len(images), len(images), "encoding images")


def _extend(known: np.ndarray, new: np.ndarray, path: Path) -> None:
    """Write an array with more rows, of which only some are in memory at once."""
    chunks = itertools.chain(chunks_of(known), chunks_of(new))
    shape = (len(known) + len(new), *known.shape[1:])
    write_array_in_chunks(path, chunks, shape, known.dtype)
