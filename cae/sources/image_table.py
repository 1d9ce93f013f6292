"""The table of images from files: ids, splits, labels, patients and all further columns."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from cae.imageset import Origin
from cae.sources.choices import NONE, Choices
from cae.sources.description import Description
from cae.sources.own_columns import kept_names
from cae.sources.printable import printable
from cae.sources.problems import Problem, summed_up
from cae.sources.split_words import folder_splits
from cae.sources.splitting import (
    FOLDER_NAMES,
    drawn_notes,
    drawn_origin,
    fill_splits,
    leaking_patients,
)
from cae.sources.table import base_table, text_column


class ImageTable(NamedTuple):
    """The table of images, and what is told of it.

    Attributes:
        table: one row per image.
        identifying: its columns of the description that may tell who a patient is.
        origins: where columns are from that are not as the description's table has them, by name.
        notes: those of the description, and what had to be drawn, as sentences.
    """

    table: pd.DataFrame
    identifying: tuple[str, ...]
    origins: dict[str, Origin]
    notes: list[str]


def image_table(
    description: Description,
    own: pd.DataFrame,
    together: pd.Series,
    choices: Choices,
    in_folders: Sequence[str] = (),
) -> ImageTable:
    """Return the table of images that are described one by one.

    Patients stay in one split; where a split is not given, it is drawn. A column of the
    description whose name one of `own` has gets ``(table)`` behind it.

    Args:
        description: of these images, (N,).
        own: what the files themselves tell of each, (N,).
        together: what is to stay in one split where no patient is known; missing where nothing is.
        choices: what a person says about tables; no folder gives splits against these.
        in_folders: path of each image's file, (N,), where folders may be called after splits and
            the description does not know them.
    """
    known = description.table
    further = known.drop(columns=["split", "label", "patient"])
    ids = pd.Series([f"{number:06d}" for number in range(1, len(known) + 1)], dtype="str")
    table = base_table(ids, known["split"], known["label"], known["patient"]).join(own)
    names = kept_names(map(str, further), table.columns)
    origins = dict(description.origins)
    for name, kept in names.items():
        if name != kept:
            origins[kept] = origins.pop(name, Origin((name,)))
    given = known["split"]
    if in_folders and choices.split != NONE:
        by_folder = text_column(folder_splits(in_folders))
        if given.isna().all() and by_folder.notna().any():
            origins["split"] = Origin(how=FOLDER_NAMES)
        given = given.fillna(by_folder)
    # The prefixes keep a patient apart from a group or an image's id that happens to read the same.
    groups = ("patient " + known["patient"]).fillna(together).fillna("image " + ids)
    table["split"] = fill_splits(given, groups)
    if origin := drawn_origin(given, origins.get("split")):
        origins["split"] = origin
    return ImageTable(
        table.join(further.rename(columns=names)),
        tuple(names.get(name, name) for name in description.identifying),
        origins,
        [*map(printable, description.notes), *drawn_notes(given, choices)],
    )


def table_of_files(
    files: Sequence[str], used: Sequence[int], description: Description, choices: Choices
) -> ImageTable:
    """Return the table of the files at the positions `used`, which are its index.

    Args:
        files: path of each.
        used: positions in `files`.
        description: of all `files`, whose folders it knows.
        choices: what a person says about tables.
    """
    places = list(used)
    known = description.table.iloc[places].reset_index(drop=True)
    together = text_column([None] * len(places))
    if description.groups is not None:
        together = "group " + description.groups.iloc[places].reset_index(drop=True)
    own = pd.DataFrame({"file": text_column(printable(files[place]) for place in places)})
    found = image_table(replace(description, table=known), own, together, choices)
    return found._replace(table=found.table.set_axis(pd.Index(places, dtype=int)))


def leaks(table: pd.DataFrame) -> list[Problem]:
    """Report every patient that the given splits tear apart, by the first image concerned."""
    leaking = leaking_patients(table["split"], table["patient"])
    rows = table[table["patient"].isin(leaking)].drop_duplicates("patient")
    return summed_up(
        [
            (
                file,
                f"its patient has images in several splits: {', '.join(leaking[patient])}",
            )
            for file, patient in zip(rows["file"], rows["patient"], strict=True)
        ],
        "splits",
        lambda count, first: (
            f"{count:,} patients have images in several splits, such as that of {first[0]}"
        ),
    )
