"""Divide images into train, val and test so that no patient is in two of them."""

import hashlib
from collections import defaultdict

import pandas as pd

SHARES = {"train": 0.7, "test": 0.2, "val": 0.1}


def fill_splits(given: pd.Series, groups: pd.Series) -> pd.Series:
    """Return `given` with a split wherever it is missing.

    Images of one group stay together: they join the split that one of them was given, else the
    groups without any are shared out 70 : 10 : 20, larger ones first, equal ones in the order of
    their names' SHA-256. The same groups are always shared out alike.

    Args:
        given: train, val, test or missing, one per image.
        groups: patient, or the image's own id where the patient is not known, one per image.
    """
    chosen = given.groupby(groups).first().dropna().to_dict()
    sizes = groups[~groups.isin(chosen)].value_counts().to_dict()
    filled: dict[str, int] = defaultdict(int)
    for group in sorted(sizes, key=lambda group: (-sizes[group], _digest(group))):
        split = min(SHARES, key=lambda split: filled[split] / SHARES[split])
        filled[split] += sizes[group]
        chosen[group] = split
    return given.fillna(groups.map(chosen)).astype("str")


def leaking_patients(splits: pd.Series, patients: pd.Series) -> dict[str, list[str]]:
    """Return the patients whose images are in several splits, and in which."""
    pairs = pd.DataFrame({"split": splits, "patient": patients}).dropna().drop_duplicates()
    found = pairs.groupby("patient")["split"].agg(sorted)
    return found[found.map(len) > 1].to_dict()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
