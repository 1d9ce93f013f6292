"""Divide images into train, val and test so that no patient is in two of them."""

import hashlib
from collections import defaultdict
from collections.abc import Hashable
from typing import Any

import pandas as pd

from cae.imageset import SPLITS, Origin
from cae.sources.choices import NONE, Choices
from cae.sources.split_words import TRAIN_OR_VAL

DRAWN, FOLDER_NAMES = "drawn", "names of folders"
# Of fewer images no split can be drawn that has all three.
_FEWEST_SPLIT = 10
SHARES = {"train": 0.7, "test": 0.2, "val": 0.1}


def fill_splits(given: pd.Series, groups: pd.Series) -> pd.Series:
    """Return `given` with a split wherever it is missing.

    Images of one group stay together: they join the split that one of them was given, else the
    groups without any are shared out 70 : 10 : 20, larger ones first, equal ones in the order of
    their names' SHA-256. The same groups are always shared out alike.

    Groups that are given ``trainval`` are shared out between these two alone, 7 : 1.

    Args:
        given: train, val, test, trainval or missing, one per image.
        groups: patient, or the image's own id where the patient is not known, one per image.
    """
    split_of = given.groupby(groups).first().dropna()
    chosen: dict[Hashable, str] = split_of[split_of != TRAIN_OR_VAL].to_dict()
    sizes = groups[~groups.isin(split_of.index)].value_counts()
    chosen |= _shared_out(sizes, SHARES)
    undecided = groups[groups.map(split_of) == TRAIN_OR_VAL].value_counts()
    chosen |= _shared_out(undecided, {split: SHARES[split] for split in ("train", "val")})
    return given.where(given != TRAIN_OR_VAL, None).fillna(groups.map(chosen)).astype("str")


def drawn_notes(given: pd.Series, choices: Choices | None = None) -> list[str]:
    """Return the sentence that announces splits which were not given, if there are such.

    It counts nothing, as images may be left out or added after it is written.

    Args:
        given: what `fill_splits` took.
        choices: what a person said; a split that was wished for needs no excuse.
    """
    if not (given.isna() | (given == TRAIN_OR_VAL)).any():
        return []
    if not given.isna().all():
        return ["A split was drawn for the images without one."]
    is_wished = choices is not None and choices.split == NONE
    return ["A split was drawn." if is_wished else "No split is given, so one was drawn."]


def lacking_notes(splits: pd.Series) -> list[str]:
    """Return the sentence that tells which splits no image is in, and what follows from that."""
    follows = {
        "train": "nothing can be trained",
        "val": "training cannot stop by itself",
        "test": "nothing is measured on images that are new to a model",
    }
    lacking = [split for split in SPLITS if not (splits == split).any()]
    if not lacking or len(splits) < _FEWEST_SPLIT:
        return []
    told = " and ".join(follows[split] for split in lacking)
    return [
        f"No image is in {' or '.join(lacking)}, so that {told}; cae columns DIR --split none "
        "draws another split."
    ]


def drawn_origin(given: pd.Series, origin: Origin | None) -> Origin | None:
    """Return where splits came from that `fill_splits` made of `given`, which had an `origin`."""
    if given.isna().all():
        return Origin(how=DRAWN)
    if origin is None or not (given.isna() | (given == TRAIN_OR_VAL)).any():
        return origin
    how = ", ".join(filter(None, [origin.how, f"else {DRAWN}"]))
    return Origin(origin.columns, how)


def _shared_out(sizes: pd.Series, shares: dict[str, float]) -> dict[Hashable, str]:
    """Return the split of every group, so that the numbers of images come near to the shares."""
    chosen: dict[Hashable, str] = {}
    filled: dict[str, int] = defaultdict(int)
    size_of: dict[Hashable, int] = sizes.to_dict()
    for group in sorted(size_of, key=lambda group: (-size_of[group], _digest(str(group)))):
        split = min(shares, key=lambda split: filled[split] / shares[split])
        filled[split] += size_of[group]
        chosen[group] = split
    return chosen


def leaking_patients(splits: pd.Series, patients: pd.Series) -> dict[str, list[str]]:
    """Return the patients whose images are in several splits, and in which."""
    pairs = pd.DataFrame({"split": splits, "patient": patients}).dropna().drop_duplicates()
    found = pairs.groupby("patient")["split"].agg(sorted)
    several: dict[Any, list[str]] = found[found.map(len) > 1].to_dict()
    return several


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
