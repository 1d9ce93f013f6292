"""Image sets in MedMNIST's layout: {train,val,test}_images and _labels in one .npz file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.imageset import MOST_COLUMNS, SPLITS, ImageSet, drawn_rows
from cae.progress import Progress, silent
from cae.scratch import ScratchArray
from cae.sources.fitting import fit_square, next_size
from cae.sources.kind import kind_of
from cae.sources.known import known_set
from cae.sources.labels import label_columns
from cae.sources.npz_file import Header, NpzFile
from cae.sources.places import absolute
from cae.sources.room import require_disk
from cae.sources.table import base_table

_MOST_MASKS = 64
_MASKS_AT_ONCE = 1024
_LAYOUT = (
    "train_images, val_images or test_images of shape N×H×W (grey) or N×H×W×3 (RGB), "
    "with train_labels and so on beside them"
)


@dataclass(frozen=True)
class NpzSource:
    """An .npz file in MedMNIST's layout, grey or RGB; splits and labels may be missing.

    Images that are no square of 28, 32, 64, 128 or 224 pixels are resized without distortion to
    the next larger of these sizes and padded with black. 8-bit values are taken as they are,
    others are scaled to 0–255, see `_scaling`. Class names come from an array ``class_names`` in
    the file or from what is known of a set with the file's name. ``train_masks`` and so on are
    N×H×W or N×H×W×M, and what is not 0 lies inside; ``mask_names`` may name the M structures.
    """

    file: Path

    @classmethod
    def from_argument(cls, argument: str) -> "NpzSource":
        """Return the source that ``npz:ARGUMENT`` names."""
        if not argument:
            raise CaeError("The source 'npz' lacks a file; write npz:FILE.")
        return cls(absolute(argument))

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"npz:{self.file}"

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Read the file, or `limit` images of it drawn with `seed`.

        Raises:
            CaeError: the file is missing, damaged, hostile or not in MedMNIST's layout.
        """
        known = known_set(self.file.stem)
        with NpzFile(self.file) as npz:
            counts = _counts(npz)
            table = _read_table(npz, counts, known.class_names)
            rows = drawn_rows(table["split"], limit, seed)
            images = _read_images(npz, counts, rows, progress, scratch)
            masks, mask_names = _read_masks(npz, counts, rows, scratch)
        kind, seen = kind_of(images, known.kind)
        return ImageSet(
            images=images,
            table=table.iloc[rows].reset_index(drop=True),
            name=self.file.stem,
            kind=kind,
            masks=masks,
            mask_names=mask_names,
            notes=seen,
            credit=known.credit,
        )


def _counts(npz: NpzFile) -> dict[str, int]:
    """Return the number of images of each split that has any."""
    headers = {
        split: npz.headers[f"{split}_images"]
        for split in SPLITS
        if f"{split}_images" in npz.headers
    }
    if not headers:
        found = ", ".join(sorted(npz.headers)) or "nothing"
        raise CaeError(f"{npz.path} holds {found}; it needs {_LAYOUT}.")
    for split, header in headers.items():
        _check_images(npz.path, split, header)
    shapes = {header.shape[1:] for header in headers.values()}
    if len(shapes) > 1:
        sizes = " and ".join("×".join(map(str, shape)) for shape in sorted(shapes))
        raise CaeError(f"The splits of {npz.path} differ in size ({sizes}); make them agree.")
    counts = {split: header.shape[0] for split, header in headers.items() if header.shape[0]}
    if not counts:
        raise CaeError(f"{npz.path} holds no image; it needs {_LAYOUT}.")
    return counts


def _check_images(path: Path, split: str, header: Header) -> None:
    shape = header.shape
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[-1] not in (1, 3)):
        raise CaeError(
            f"{split}_images in {path} has the shape {'×'.join(map(str, shape))}; images must be "
            "N×H×W (grey) or N×H×W×3 (RGB, channels last), and volumes are not supported."
        )
    if header.dtype.kind not in "buif":
        raise CaeError(
            f"{split}_images in {path} holds {header.dtype} values; it needs 8-bit numbers."
        )
    if min(shape[1:3]) < 2:
        raise CaeError(
            f"The images in {path} measure {shape[1]}×{shape[2]} pixels, which shows nothing; "
            "use larger images."
        )


def _read_images(
    npz: NpzFile,
    counts: dict[str, int],
    rows: np.ndarray,
    progress: Progress,
    scratch: Path | None,
) -> np.ndarray:
    """Return the images in `rows`, counted over all splits."""
    headers = [npz.headers[f"{split}_images"] for split in counts]
    total = len(rows)
    size = next_size(max(headers[0].shape[1:3]))
    channels = 3 if headers[0].shape[3:] == (3,) else 1
    require_disk(total * size * size * channels, f"The file {npz.path}", scratch)
    low, factor = _scaling(npz, counts)
    images = ScratchArray((size, size, channels), scratch)
    for split, start in _starts(counts).items():
        for block in _wanted_blocks(npz, f"{split}_images", rows - start):
            if block.dtype != np.uint8:
                block = np.rint((block.astype(np.float64) - low) * factor).astype(np.uint8)
            squares = np.empty((len(block), size, size, channels), np.uint8)
            for place, image in enumerate(block):
                squares[place] = fit_square(image, size)
            images.append(squares)
            progress(len(images), total, "reading images")
    return images.array()


def _read_masks(
    npz: NpzFile, counts: dict[str, int], rows: np.ndarray, scratch: Path | None
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Return the masks of the images in `rows`, 0 or 255, and their names; none where it has none.

    A split without masks has empty ones.
    """
    shapes = {
        split: npz.headers[f"{split}_masks"].shape
        for split in counts
        if f"{split}_masks" in npz.headers
    }
    if not shapes:
        return None, ()
    for split, shape in shapes.items():
        expected = npz.headers[f"{split}_images"].shape[:3]
        if shape[:3] != expected or len(shape) not in (3, 4):
            raise CaeError(
                f"{split}_masks in {npz.path} has the shape {'×'.join(map(str, shape))}; each "
                f"image needs a mask of its size, {'×'.join(map(str, expected))}."
            )
    depths = {shape[3] if len(shape) == 4 else 1 for shape in shapes.values()}
    if len(depths) > 1 or not 1 <= max(depths) <= _MOST_MASKS:
        raise CaeError(
            f"The splits of {npz.path} have {' and '.join(map(str, sorted(depths)))} masks per "
            f"image; give each the same 1 to {_MOST_MASKS}."
        )
    (depth,) = depths
    size = next_size(max(npz.headers[f"{next(iter(shapes))}_images"].shape[1:3]))
    require_disk(len(rows) * size * size * depth, f"The masks of {npz.path}", scratch)
    masks = ScratchArray((size, size, depth), scratch)
    for split, start in _starts(counts).items():
        if split not in shapes:
            absent = int(np.count_nonzero((rows >= start) & (rows < start + counts[split])))
            for first in range(0, absent, _MASKS_AT_ONCE):
                at_once = min(_MASKS_AT_ONCE, absent - first)
                masks.append(np.zeros((at_once, size, size, depth), np.uint8))
            continue
        for block in _wanted_blocks(npz, f"{split}_masks", rows - start):
            inside = np.where(block != 0, np.uint8(255), np.uint8(0))
            inside = inside.reshape(*inside.shape[:3], depth)
            squares = np.empty((len(block), size, size, depth), np.uint8)
            for place, mask in enumerate(inside):
                for number in range(depth):
                    one = fit_square(mask[..., number], size)
                    squares[place, ..., number] = one.reshape(size, size)
            masks.append(squares)
    return masks.array(), _mask_names(npz, depth)


def _mask_names(npz: NpzFile, depth: int) -> tuple[str, ...]:
    if "mask_names" not in npz.headers:
        return ("mask",) if depth == 1 else tuple(f"mask {n + 1}" for n in range(depth))
    names = tuple(_text(value) for value in npz.read("mask_names").ravel())
    if len(set(names)) != depth:
        raise CaeError(
            f"{npz.path} has {depth} masks per image but {len(set(names))} different mask_names; "
            "give each its own."
        )
    return names


def _starts(counts: dict[str, int]) -> dict[str, int]:
    """Return at which row, counted over all splits, each split begins."""
    ends = np.cumsum(list(counts.values()))
    return {
        split: int(end) - count for (split, count), end in zip(counts.items(), ends, strict=True)
    }


def _wanted_blocks(npz: NpzFile, name: str, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield those of an array's rows that are among `rows`, in blocks."""
    seen = 0
    for block in npz.blocks(name):
        yield block[np.isin(np.arange(seen, seen + len(block)), rows)]
        seen += len(block)


def _scaling(npz: NpzFile, counts: dict[str, int]) -> tuple[float, float]:
    """Return (low, factor) with which (value − low) · factor lies within 0–255 in the whole file.

    8-bit values and others that fill no more than 0–255 stay as they are, fractions within 0–1
    are multiplied by 255, anything else is stretched from the file's smallest to largest value.
    """
    dtypes = [npz.headers[f"{split}_images"].dtype for split in counts]
    if all(dtype == np.uint8 for dtype in dtypes):
        return 0.0, 1.0
    low, high = np.inf, -np.inf
    for split in counts:
        for block in npz.blocks(f"{split}_images"):
            if not np.isfinite(block).all():
                raise CaeError(
                    f"{split}_images in {npz.path} holds values that are no numbers "
                    "(NaN or infinity); replace them."
                )
            low, high = min(low, float(block.min())), max(high, float(block.max()))
    if low >= 0 and high <= 1 and all(dtype.kind in "bf" for dtype in dtypes):
        return 0.0, 255.0
    if low >= 0 and high <= 255:
        return 0.0, 1.0
    return low, 255.0 / (high - low) if high > low else 0.0


def _read_table(npz: NpzFile, counts: dict[str, int], known_names: tuple[str, ...]) -> pd.DataFrame:
    ids = [f"{split}-{number:06d}" for split, count in counts.items() for number in range(count)]
    splits = [split for split, count in counts.items() for _ in range(count)]
    table = base_table(ids, splits)
    labelled = [split for split in counts if f"{split}_labels" in npz.headers]
    if not labelled:
        return table
    names = known_names
    if "class_names" in npz.headers:
        names = tuple(_text(value) for value in npz.read("class_names").ravel())
    labels = np.concatenate([_labels(npz, split, counts[split]) for split in labelled])
    rows = np.flatnonzero(table["split"].isin(labelled))
    columns = label_columns(labels, names)
    # All at once: one by one, thousands of columns would take minutes.
    found = pd.DataFrame(columns).set_axis(rows).reindex(table.index)
    return pd.concat([table.drop(columns=list(columns), errors="ignore"), found], axis=1)[
        [*table, *(name for name in columns if name not in table)]
    ]


def _labels(npz: NpzFile, split: str, count: int) -> np.ndarray:
    """Return the labels of one split, (N, K)."""
    shape = npz.headers[f"{split}_labels"].shape
    if len(shape) not in (1, 2) or shape[0] != count or 0 in shape:
        raise CaeError(
            f"{npz.path} has {count} {split}_images but {split}_labels of shape "
            f"{'×'.join(map(str, shape))}; each image needs one row of labels."
        )
    if shape[1:] > (MOST_COLUMNS,):
        raise CaeError(
            f"{npz.path} has {shape[1]:,} labels for each image, but {MOST_COLUMNS:,} columns is "
            "the limit; leave out labels."
        )
    widths = {
        header.shape[1:] or (1,) for name, header in npz.headers.items() if name.endswith("_labels")
    }
    if len(widths) > 1:
        raise CaeError(
            f"The splits of {npz.path} differ in their number of labels; make them agree."
        )
    return npz.read(f"{split}_labels").reshape(count, -1)


def _text(value: np.generic) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
