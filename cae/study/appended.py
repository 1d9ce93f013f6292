"""What of an image set is new to a study, and how its table continues the study's."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.home import free_name
from cae.imageset import RESERVED_COLUMNS, ImageSet, Origin
from cae.number_text import counted
from cae.sources.kept_in_one_split import kept_with
from cae.sources.originals import unknown_originals
from cae.study.study import Study

# Larger whole numbers have neighbours that no 64-bit floating-point number tells from them.
_MOST_EXACT = 2**53


def new_images_of(study: Study, imageset: ImageSet) -> tuple[ImageSet, pd.DataFrame]:
    """Return the images that the study does not hold yet, and a problem for each other one.

    Raises:
        CaeError: it holds all of them.
    """
    wanted = [_digest(image) for image in imageset.images]
    asked = set(wanted)
    held = {
        digest: row
        for row, digest in ((row, _digest(image)) for row, image in enumerate(study.images))
        if digest in asked
    }
    is_held = np.array([digest in held for digest in wanted])
    if is_held.all():
        raise CaeError(
            f"{study.path.name} holds all {len(wanted)} images already; nothing was added."
        )
    names = imageset.table["file" if "file" in imageset.table else "id"]
    ids = study.samples["id"]
    problems = pd.DataFrame(
        [
            (names[row], f"the study holds this image already, as {ids[held[wanted[row]]]}")
            for row in np.flatnonzero(is_held)
        ],
        columns=["file", "reason"],
        dtype="str",
    )
    if not is_held.any():
        return imageset, problems
    return imageset.take(np.flatnonzero(~is_held), study.path), problems


def with_free_ids(study: Study, imageset: ImageSet) -> tuple[ImageSet, list[str]]:
    """Return the image set with ids that the study has not, and what was renamed.

    Sources mostly count images, so if one id is taken all get a prefix.
    """
    ids, taken = imageset.table["id"], set(study.samples["id"])
    if taken.isdisjoint(ids):
        return imageset, []
    number = len(study.appended) + 1
    while not taken.isdisjoint(f"added-{number}-{one}" for one in ids):
        number += 1
    renamed = f"added-{number}-" + ids
    table = imageset.table.assign(id=renamed.astype("str"))
    note = f"Ids of the study were among the new ones, so these begin with 'added-{number}-'."
    return replace(imageset, table=table), [note]


def with_known_patients(study: Study, imageset: ImageSet) -> tuple[ImageSet, list[str]]:
    """Return the image set in which patients of DICOM studies that are here are who they are here.

    Files may leave out who gave a patient his number, so that he has another pseudonym.
    """
    # Slow to import, and few studies are of DICOM.
    from cae.sources.dicom.columns import STUDY

    samples, table = study.samples, imageset.table
    if STUDY not in samples or STUDY not in table:
        return imageset, []
    known = samples.dropna(subset=[STUDY, "patient"]).groupby(STUDY)["patient"].first()
    strangers = table[~table["patient"].isin(samples["patient"])]
    of_study = strangers[STUDY].map(known)
    same = of_study.groupby(strangers["patient"]).agg(["nunique", "first"])
    names = same.loc[same["nunique"] == 1, "first"].to_dict()
    if not names:
        return imageset, []
    patients = table["patient"].map(lambda name: names.get(name, name)).astype("str")
    note = f"{len(names):,} patients are known by their examinations from images that are here."
    return replace(imageset, table=table.assign(patient=patients)), [note]


def with_kept_splits(study: Study, imageset: ImageSet) -> tuple[ImageSet, list[str]]:
    """Return the image set in which what is of one patient, lesion, volume or the like with images
    of the study has their split, and a note.
    """
    given = imageset.table["split"]
    kept = kept_with(study.samples, imageset.table).fillna(given).astype("str")
    changed = int((kept != given).sum())
    if not changed:
        return imageset, []
    note = (
        "Split as others of their patient, lesion or the like are in the study: "
        f"{counted(changed, 'image')}."
    )
    return replace(imageset, table=imageset.table.assign(split=kept)), [note]


def with_study_names(study: Study, imageset: ImageSet) -> tuple[ImageSet, list[str]]:
    """Return the image set with the study's names for columns that the sources call alike, and
    notes on labels and patients that come from other columns than the study's.

    A study has other names than its source for columns that had a role before.
    """
    samples, table = study.samples, imageset.table
    named = {
        _origin(study.origins, name): name
        for name in map(str, samples)
        if name not in RESERVED_COLUMNS
    }
    names = {
        name: ours
        for name in map(str, table)
        if name not in RESERVED_COLUMNS
        and (ours := named.get(_origin(imageset.origins, name), name)) != name
        and name not in samples
        and ours not in table
    }
    notes = []
    for role in ("label", "patient"):
        both = samples[role].notna().any() and table[role].notna().any()
        former, new = _origin(study.origins, role), _origin(imageset.origins, role)
        if both and former != new:
            notes.append(
                f"The study's {role}s are from {former} and those of the new images from {new}; "
                "look whether they mean the same."
            )
    renamed = replace(
        imageset,
        table=table.rename(columns=names),
        identifying=tuple(names.get(name, name) for name in imageset.identifying),
        origins={names.get(name, name): origin for name, origin in imageset.origins.items()},
    )
    return renamed, notes


def _origin(origins: Mapping[str, Origin], name: str) -> Origin:
    """Return where a column came from; by itself it has the source's name."""
    return origins.get(name, Origin((name,)))


def with_days_continued(study: Study, imageset: ImageSet) -> tuple[ImageSet, list[str]]:
    """Return the image set with days of DICOM counted on from those of patients who are known."""
    # Slow to import, and few studies are of DICOM.
    from cae.sources.dicom.columns import DAYS, STUDY, continued_days

    samples, table = study.samples, imageset.table
    if not {DAYS, STUDY, "patient"} <= {*samples} & {*table}:
        return imageset, []
    days = continued_days(samples, table)
    lost = int((days.isna() & table[DAYS].notna()).sum())
    notes = [
        f"Of patients who are known, but without {DAYS}: {counted(lost, 'image')}. Nothing tells "
        "how long after the studies that are here theirs were made. To have it, import all into "
        "another study."
    ]
    continued = replace(imageset, table=table.assign(**{DAYS: days}))
    return continued, notes if lost else []


def columns_aside(samples: pd.DataFrame, table: pd.DataFrame) -> dict[str, str]:
    """Return the columns of `table` that cannot continue those of `samples`, and names for them.

    Whole numbers and others are of one kind, as long as each keeps its value; text and numbers are
    not.
    """

    def cannot(name: str, values: pd.Series) -> bool:
        return name in samples and not _are_alike(samples[name], values)

    return {
        name: free_name(f"{name} (added)", partial(cannot, values=table[name]))
        for name in map(str, table)
        if cannot(name, table[name])
    }


def with_columns_aside(study: Study, imageset: ImageSet) -> tuple[ImageSet, list[str]]:
    """Return the image set with other names for columns that cannot continue the study's.

    What may tell who a patient is may do so under its other name, too.
    """
    table = imageset.table
    aside = columns_aside(study.samples, table)
    identifying = {*imageset.identifying, *(name for name in aside if name in study.identifying)}
    notes = [
        f"The values of {name!r} are of another kind than the study's, so they are in {other!r}."
        for name, other in aside.items()
    ]
    renamed = replace(
        imageset,
        table=table.rename(columns=aside),
        identifying=tuple(aside.get(name, name) for name in table if name in identifying),
        origins={aside.get(name, name): origin for name, origin in imageset.origins.items()},
    )
    return renamed, notes


def joined_samples(samples: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the rows of `table` behind those of `samples`, whose values all stay.

    Columns that only one of them has are missing in the other's rows; what both have is of one
    kind, see `columns_aside`.
    """
    columns = [*samples, *(name for name in table if name not in samples)]
    joined = {
        name: _joined(samples.get(name), table.get(name), len(samples), len(table))
        for name in columns
    }
    return pd.DataFrame(joined)


def joined_originals(study: Study, imageset: ImageSet) -> pd.DataFrame | None:
    """Return the files that the images of both came from, those of `imageset` behind.

    They are missing where nothing was noted of them; None where nothing was of any.
    """
    known, new = study.originals, imageset.originals
    if known is None and new is None:
        return None
    first = unknown_originals(len(study)) if known is None else known
    second = unknown_originals(len(imageset)) if new is None else new
    return pd.concat([first, second], ignore_index=True)


def _digest(image: np.ndarray) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(image).data).digest()


def _are_alike(first: pd.Series, second: pd.Series) -> bool:
    """Whether the values of both can be in one column without change."""
    if first.isna().all() or second.isna().all() or first.dtype == second.dtype:
        return True
    kinds = {_kind(first), _kind(second)}
    if kinds == {"whole", "number"}:
        wholes = next(part for part in (first, second) if _kind(part) == "whole").dropna()
        return bool(wholes.abs().max() <= _MOST_EXACT)
    return len(kinds) == 1 and "other" not in kinds


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "bool"
    if pd.api.types.is_numeric_dtype(values):
        return "whole" if pd.api.types.is_integer_dtype(values) else "number"
    if pd.api.types.is_string_dtype(values):
        return "text"
    return "date" if pd.api.types.is_datetime64_any_dtype(values) else "other"


def _joined(
    first: pd.Series | None, second: pd.Series | None, first_count: int, second_count: int
) -> pd.Series:
    """Return one column of both, in a type that holds what is missing without changing the rest."""
    known = [part for part in (first, second) if part is not None]
    present = next((part for part in known if part.notna().any()), known[0])
    has_gaps = any(part is None or part.isna().any() for part in (first, second))
    dtype = present.dtype
    if {"whole", "number"} <= {_kind(part) for part in known if part.notna().any()}:
        dtype = np.dtype(np.float64)
    elif has_gaps and _kind(present) in ("whole", "bool"):
        dtype = present.iloc[:0].convert_dtypes().dtype
    parts = [
        pd.Series([pd.NA] * count, dtype="object") if part is None else part.astype("object")
        for part, count in ((first, first_count), (second, second_count))
    ]
    values = pd.concat(parts, ignore_index=True)
    return values.where(values.notna(), None).astype(dtype)
