"""Parts for training and testing that share neither patients nor images that look alike."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.columns.category import NO_VALUE, category_text
from cae.errors import CaeError
from cae.progress import Progress, silent
from cae.sources.kept_in_one_split import kept_in_one_split, numbered

if TYPE_CHECKING:
    from cae.study.study import Study

FEWEST, MOST = 2, 50
LEAST_CORRELATION = 0.98
_SEED = 0


@dataclass(frozen=True, eq=False)
class Kinship:
    """Which of M images belong together, as a number per image; −1 belongs to no other.

    Attributes:
        patients: int64 (M,), images with the same number are of one patient.
        groups: int64 (M,), images with the same number are of one patient, lesion, volume or what
            else stays in one split, see `kept_in_one_split`.
        duplicates: int64 (M,), images with the same number are near-duplicates, perhaps by way of
            others; None where they were not looked for, as the study has no latents.
    """

    patients: np.ndarray
    groups: np.ndarray
    duplicates: np.ndarray | None

    def crossing(self, parts: np.ndarray) -> int:
        """Return how many images have a near-duplicate in another part."""
        return 0 if self.duplicates is None else crossing(self.duplicates, parts)

    @property
    def facts(self) -> dict[str, Any]:
        """What is told of it, JSON-able."""
        if self.duplicates is None:
            return {"near_duplicates": "not looked for, as the study is not encoded"}
        return {
            "near_duplicates": int((self.duplicates >= 0).sum()),
            "least_correlation": LEAST_CORRELATION,
        }


def kinship(study: "Study", rows: np.ndarray, progress: Progress = silent) -> Kinship:
    """Find which of the images `rows` are of one patient, belong together otherwise or look alike.

    Images that look alike are those of `cae.latent.duplicates` in the whole study.
    """
    patients = pd.factorize(study.samples["patient"].iloc[rows])[0].astype(np.int64)
    together = numbered(kept_in_one_split(study.samples)[0])[rows]
    if not study.is_done("encode"):
        return Kinship(patients, together, None)
    from cae.latent.duplicates import NEAREST_LOOKED_AT, near_duplicates, pair_correlations
    from cae.study.neighbours import neighbours_of_all

    graph = neighbours_of_all(study, NEAREST_LOOKED_AT, progress)
    found = near_duplicates(pair_correlations(study.images, graph, progress), LEAST_CORRELATION)
    groups = np.full(len(study), -1, np.int64)
    for end in ("row", "other"):
        groups[found[end]] = found["group"]
    return Kinship(patients, together, groups[rows])


def kept_together(*groupings: np.ndarray) -> np.ndarray:
    """Return groups of images that share a number in any grouping, perhaps by way of others.

    Args:
        groupings: int64 (M,) each; −1 is shared by none.

    Returns:
        int64 (M,), 0 to the number of groups − 1.

    Example:
        >>> kept_together(np.array([0, 0, 1, -1]), np.array([-1, 2, 2, -1])).tolist()
        [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = total = len(groupings[0])
    images, groups = [], []
    for grouping in groupings:
        (shared,) = np.nonzero(grouping >= 0)
        images.append(shared)
        groups.append(grouping[shared] + total)
        total += int(grouping.max(initial=-1)) + 1
    ends = np.concatenate(images), np.concatenate(groups)
    links = coo_array((np.ones(len(ends[0]), np.int8), ends), (total, total))
    found = connected_components(links, directed=False)[1][:count]
    return np.asarray(pd.factorize(found)[0], np.int64)


def stratified_folds(labels: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Divide images into folds with like shares of the labels, no group in two of them.

    By scikit-learn's StratifiedGroupKFold with seed 0: the same images have the same folds.

    Args:
        labels: (M,), texts.
        groups: int64 (M,), of what must stay together.
        count: of the folds, 2–50.

    Returns:
        int64 (M,), 0 to `count` − 1.

    Raises:
        CaeError: there are too few groups or images of every label.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    check_count(count)
    number = len(np.unique(groups))
    if number < count:
        raise CaeError(
            f"{count} folds need as many groups of images that share neither patient nor "
            f"near-duplicate, but there are {number}; ask for fewer folds."
        )
    most = int(np.unique(labels, return_counts=True)[1].max())
    if most < count:
        raise CaeError(
            f"{count} folds need a label with as many images, but none has more than {most}; ask "
            "for fewer folds."
        )
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=_SEED)
    folds = np.full(len(labels), -1, np.int64)
    with warnings.catch_warnings():
        # It warns of labels that are rarer than folds; provenance counts them.
        warnings.simplefilter("ignore", UserWarning)
        for fold, (_, held) in enumerate(splitter.split(labels, labels, groups)):
            folds[held] = fold
    if len(np.unique(folds)) < count:
        raise CaeError(
            f"Some of {count} folds would be empty, as single patients or groups of "
            "near-duplicates hold most of the images; ask for fewer folds."
        )
    return folds


def check_count(count: int) -> None:
    """Raise `CaeError` where so many folds are not offered."""
    if not FEWEST <= count <= MOST:
        raise CaeError(f"{count} folds are not offered; ask for {FEWEST} to {MOST}.")


def crossing(groups: np.ndarray, parts: np.ndarray) -> int:
    """Return how many images (M,) belong to a group that lies in several parts; −1 is no group."""
    table = pd.DataFrame({"group": groups, "part": parts})[groups >= 0]
    return int((table.groupby("group")["part"].transform("nunique") > 1).sum())


def fold_facts(folds: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Return how many images, and of which label, each fold has, JSON-able."""
    counts = pd.crosstab(folds, labels)
    return {
        "folds": int(folds.max()) + 1,
        "seed": _SEED,
        "images": np.bincount(folds).tolist(),
        "by_label": {str(name): counts[name].tolist() for name in counts},
    }


def texts_of(labels: pd.Series) -> np.ndarray:
    """Return labels as texts, those that are missing as one of their own."""
    return np.array([NO_VALUE if pd.isna(label) else category_text(label) for label in labels])
