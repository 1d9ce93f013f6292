"""The table of images that are described one by one: ids, splits, labels, patients and the rest."""

from collections.abc import Sequence

import pandas as pd

from cae.imageset import Origin
from cae.sources.choices import Choices
from cae.sources.description import Description
from cae.sources.problems import Problem, summed_up
from cae.sources.scan import printable
from cae.sources.splitting import drawn_notes, drawn_origin, fill_splits, leaking_patients
from cae.sources.table import base_table


def table_of_files(
    files: Sequence[str], used: Sequence[int], description: Description, choices: Choices
) -> tuple[pd.DataFrame, dict[str, Origin], list[str]]:
    """Return the table of the files at the positions `used`, its index, and where it is from.

    Last is what had to be drawn.
    """
    places = list(used)
    known = description.table.iloc[places].reset_index(drop=True)
    ids = pd.Series([f"{number:06d}" for number in range(1, len(places) + 1)], dtype="str")
    # The prefixes keep a patient apart from a group or an image's id that happens to read the same.
    groups = "patient " + known["patient"]
    if description.groups is not None:
        groups = groups.fillna("group " + description.groups.iloc[places].reset_index(drop=True))
    given = known["split"]
    splits = fill_splits(given, groups.fillna("image " + ids))
    table = base_table(ids, splits, known["label"], known["patient"])
    table["file"] = [printable(files[place]) for place in places]
    table = table.join(known.drop(columns=["split", "label", "patient"]))
    origins = dict(description.origins)
    if origin := drawn_origin(given, origins.get("split")):
        origins["split"] = origin
    return table.set_axis(pd.Index(places, dtype=int)), origins, drawn_notes(given, choices)


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
