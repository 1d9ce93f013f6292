"""Images and what is known about each of them."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.scratch import taken_rows

SPLITS = ("train", "val", "test")
RESERVED_COLUMNS = ("id", "split", "label", "patient")
# Every column is looked at by itself, at import and on the pages.
MOST_COLUMNS = 5_000
_NAMED = 3


@dataclass(frozen=True)
class Origin:
    """Where a column of an image set came from.

    Attributes:
        columns: columns of the source's own table; none where it came from elsewhere.
        how: what was made of them, or where else it came from, as a phrase; empty where the
            values were simply taken.

    Example:
        >>> from cae.imageset import Origin
        >>> print(Origin(("fold",), "the last fold being test"), Origin(how="drawn"), sep="; ")
        'fold', the last fold being test; drawn
    """

    columns: tuple[str, ...] = ()
    how: str = ""

    def __str__(self) -> str:
        named = " and ".join(map(repr, self.columns[:_NAMED]))
        more = len(self.columns) - _NAMED
        return ", ".join(filter(None, [named, f"{more} more" if more > 0 else "", self.how]))


def no_problems() -> pd.DataFrame:
    """Return an empty table of files that could not be used (columns file, reason)."""
    return pd.DataFrame({"file": pd.Series(dtype="str"), "reason": pd.Series(dtype="str")})


@dataclass(frozen=True)
class ImageSet:
    """N images and a table with one row per image; row i describes image i.

    Attributes:
        images: uint8, (N, H, W, C), C is 1 (grey) or 3 (RGB); memory-mapped from a nameless file
            where a source reads them, see `cae.scratch`.
        table: index 0…N−1; columns ``id`` (unique text), ``split`` (train, val, test), ``label``
            and ``patient`` (text, missing where unknown), then whatever the source brings.
        name: short name of the set, shown to people.
        kind: kind of image, which chooses the augmentation preset: chest, brain, cells,
            histology, skin, organs, mixed or digits.
        masks: uint8, (N, H, W, M), 0 is certainly outside and 255 certainly inside, or None.
        mask_names: M names.
        identifying: columns that may tell who a patient is; left out of exports unless asked for.
        problems: files or rows that could not be used, or not in full (columns file, reason).
        notes: how the source was read where it left something open, as sentences.
        credit: where the images come from and under which licence.
        origins: where columns came from that are not as the source's table has them, by name.
        originals: the file that each image came from, see `cae.sources.originals.original_table`;
            None where the source keeps images otherwise.

    Example:
        >>> import numpy as np, pandas as pd
        >>> from cae.imageset import ImageSet
        >>> columns = {"split": "train", "label": ["ill", None, "ill"], "patient": None}
        >>> table = pd.DataFrame({"id": ["a", "b", "c"], **columns})
        >>> scans = ImageSet(np.zeros((3, 28, 28, 1), np.uint8), table, name="scans")
        >>> list(scans.take(np.array([2, 0])).table["id"])
        ['c', 'a']
    """

    images: np.ndarray
    table: pd.DataFrame
    name: str
    kind: str = "organs"
    masks: np.ndarray | None = None
    mask_names: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ("patient",)
    problems: pd.DataFrame = field(default_factory=no_problems)
    notes: tuple[str, ...] = ()
    credit: str = ""
    origins: dict[str, Origin] = field(default_factory=dict)
    originals: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        _check_images(self.images)
        _check_table(self.table, len(self.images))
        if self.masks is not None:
            expected = (*self.images.shape[:3], len(self.mask_names))
            if self.masks.dtype != np.uint8 or self.masks.shape != expected:
                raise CaeError(f"The masks must be uint8 of shape {expected}.")
        if self.originals is not None and len(self.originals) != len(self.images):
            raise CaeError(
                f"There are {len(self.originals)} original files told of {len(self.images)} "
                "images; they must agree."
            )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: np.ndarray, scratch: Path | None = None) -> "ImageSet":
        """Return the image set that holds only `rows`, in that order.

        Images that are memory-mapped are copied to disk, into the folder `scratch`, others in
        memory.
        """
        return replace(
            self,
            images=_taken(self.images, rows, scratch),
            table=self.table.iloc[rows].reset_index(drop=True),
            masks=None if self.masks is None else _taken(self.masks, rows, scratch),
            originals=None
            if self.originals is None
            else self.originals.iloc[rows].reset_index(drop=True),
        )

    def limit(self, count: int, seed: int = 0) -> "ImageSet":
        """Return at most `count` images, drawn at random with each split's share kept.

        The order of rows stays. Raises `CaeError` when `count` is below 1.
        """
        rows = drawn_rows(self.table["split"], count, seed)
        return self if len(rows) == len(self) else self.take(rows)


def drawn_rows(splits: pd.Series, count: int | None, seed: int = 0) -> np.ndarray:
    """Return at most `count` rows, drawn at random with each split's share kept, ascending.

    Args:
        splits: one per row.
        count: None for all rows.
        seed: of the draw.

    Raises:
        CaeError: `count` is below 1.
    """
    if count is None or count >= len(splits):
        return np.arange(len(splits))
    if count < 1:
        raise CaeError(f"The limit is {count}, but at least one image is needed.")
    order = np.random.default_rng(seed).permutation(len(splits))
    split = splits.to_numpy()[order]
    rank_in_split = pd.Series(split).groupby(split).cumcount().to_numpy()
    size_of_split = pd.Series(split).groupby(split).transform("size").to_numpy()
    share = (rank_in_split + 0.5) / size_of_split
    return np.sort(order[np.argsort(share, kind="stable")[:count]])


def _taken(array: np.ndarray, rows: np.ndarray, scratch: Path | None) -> np.ndarray:
    return taken_rows(array, rows, scratch) if isinstance(array, np.memmap) else array[rows]


def _check_images(images: np.ndarray) -> None:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise CaeError(
            f"Images must be 8-bit grey or RGB of one size (N×H×W×1 or N×H×W×3), "
            f"but these are {images.dtype} of shape {images.shape}."
        )
    if len(images) == 0:
        raise CaeError("The image set is empty; choose a source that holds images.")


def _check_table(table: pd.DataFrame, count: int) -> None:
    missing = [column for column in RESERVED_COLUMNS if column not in table]
    if missing:
        raise CaeError(f"The table lacks the column {missing[0]!r}.")
    if len(table) != count or not table.index.equals(pd.RangeIndex(count)):
        raise CaeError(f"The table has {len(table)} rows for {count} images; they must agree.")
    if table["id"].isna().any() or not table["id"].is_unique:
        raise CaeError("Image ids must be present and unique.")
    for column in table.columns:
        if not all(issubclass(kind, Hashable) for kind in _kinds(table[column])):
            raise CaeError(
                f"The column {column!r} holds lists or tables; give every image one value."
            )
    unknown = sorted(set(table["split"]) - set(SPLITS), key=str)
    if unknown:
        raise CaeError(f"Unknown split {unknown[0]!r}; use one of {', '.join(SPLITS)}.")


def _kinds(values: pd.Series) -> set[type]:
    """Return the types of a column's values where pandas knows them as objects only."""
    return set(map(type, values)) if pd.api.types.is_object_dtype(values) else set()
