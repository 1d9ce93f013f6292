"""Tell masks that lie beside images from the images, and read them."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from cae.errors import UnusableError
from cae.scratch import ScratchArray
from cae.sources.depth import colour_window, windowed
from cae.sources.fitting import fit_square
from cae.sources.paths import folder_of, stem_of
from cae.sources.picture import oriented, picture_layout, picture_values
from cae.sources.problems import Problem, summed_up
from cae.sources.vocabulary import without_accents, words

MASK = "mask"
_WORD = (
    r"(?:masks?|msk|seg|segmentations?|segmented|annotations?|anno|groundtruth|ground[-_ ]truth|gt)"
)
_ENDING = re.compile(rf"(?P<base>.+?)[-_. ]{_WORD}(?:[-_ ]?\d+)?", re.IGNORECASE)
_BEGINNING = re.compile(rf"{_WORD}[-_. ](?P<base>.+)", re.IGNORECASE)
_MASK_WORDS = words(
    "mask masks msk seg segs segmentation segmentations segmentationclass annotation annotations"
    " groundtruth ground truth gt label labels contour contours roi rois manual masken"
)
_IMAGE_WORDS = words("image images img imgs picture pictures photo photos original")
# So few values are no shades; a mask of more may be soft at its edges.
_FEW_VALUES = 16
_MOSTLY, _SOME = 0.5, 0.25
_NEXT_SHADES = 2
# Files of one folder come one after another.
_REMEMBERED = 1024

_UNSURE = (
    "its image is turned as its EXIF orientation says, and the mask's size does not tell whether "
    "it is, too; it was taken to be, so look whether it lies right"
)

Key = tuple[tuple[str, ...], str]


@dataclass
class Separated:
    """The files of a folder, images and masks apart.

    Attributes:
        images: files that are no masks, in their order.
        masks: image → its masks.
        problems: masks of which there is no image, and why they were left out.
    """

    images: list[str]
    masks: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def separate_masks(files: Sequence[str]) -> Separated:
    """Tell masks by their names: ``a_mask.png`` beside ``a.png``, or the same name in ``masks/``.

    A name alone makes no mask: there must be an image that it belongs to. Others in a folder whose
    files mostly are masks are left out.
    """
    candidates = {file: key for file in files if (key := _mask_key(file)) is not None}
    image_of: dict[Key, str] = {}
    for file in files:
        if file not in candidates:
            image_of.setdefault(_image_key(file), file)
    masks: dict[str, list[str]] = defaultdict(list)
    for file, key in candidates.items():
        if key in image_of:
            masks[image_of[key]].append(file)
    known = {mask for found in masks.values() for mask in found}
    mostly = _folders_of_masks(candidates, known)
    orphans = {file for file in candidates if file not in known and folder_of(file) in mostly}
    images = [file for file in files if file not in known and file not in orphans]
    reason = "it is a mask of which there is no image"
    return Separated(images, dict(masks), [(file, reason) for file in sorted(orphans)])


def read_masks(
    folder: Path,
    files: Sequence[str],
    masks: dict[str, list[str]],
    side: int,
    scratch: Path | None = None,
) -> tuple[np.ndarray, list[Problem]]:
    """Read the masks of images, several of one image as one.

    A mask that has the size of an image before this was turned upright is turned like it.

    Args:
        folder: where all files are.
        files: the images.
        masks: image → its masks, relative to the folder.
        side: of the squares that the images were fitted into, pixels.
        scratch: folder for what is read; the system's for temporary files when None.

    Returns:
        uint8, (N, side, side, 1): 0 outside, also where an image has no mask, and 255 inside;
        and the masks that could not be used or may lie wrongly, with reasons.
    """
    found = ScratchArray((side, side, 1), scratch)
    problems: list[Problem] = []
    unsure: list[Problem] = []
    for file in files:
        whole = np.zeros((side, side, 1), np.uint8)
        for mask in masks.get(file, ()):
            try:
                inside, is_sure = _read_mask(folder, file, mask, side)
            except UnusableError as error:
                problems.append((mask, f"its mask was left out: {error.reason}"))
                continue
            whole = np.maximum(whole, inside)
            if not is_sure:
                unsure.append((mask, _UNSURE))
        found.append(whole[None])
    told = summed_up(
        unsure, "masks", lambda count, first: f"{count:,} masks such as {first[0]}: {first[1]}"
    )
    return found.array(), problems + told


def _read_mask(folder: Path, file: str, mask: str, side: int) -> tuple[np.ndarray, bool]:
    """Return a mask, and whether it surely lies as its image does."""
    inside, image = read_mask_file(folder / mask), picture_layout(folder / file)
    shape = inside.shape
    # Programs that draw masks may show images as they are stored; their masks have no orientation.
    may_lie = image.orientation > 1 and picture_layout(folder / mask).orientation == 1
    is_sure = not may_lie or image.shape != image.stored_shape
    if may_lie and is_sure and shape == image.stored_shape:
        inside = oriented(inside, image.orientation)
    elif shape != image.shape:
        height, width = image.shape
        raise UnusableError(
            f"it measures {shape[1]}×{shape[0]} pixels and the image {width}×{height}"
        )
    return fit_square(inside, side), is_sure


def read_mask_file(path: Path) -> np.ndarray:
    """Return what lies inside of a mask, uint8 (H, W), 255 inside and shades where it is soft.

    A label map numbers its regions, all of which lie inside: it has few values, or, as that of
    cells, areas of one value each. Of several channels the brightest counts.

    Raises:
        UnusableError: the file is no image that can be read, see `read_picture`.
    """
    values = np.nan_to_num(picture_values(path), posinf=0, neginf=0)
    values = values.max(axis=-1) if values.ndim == 3 else values
    if len(np.unique(values)) <= _FEW_VALUES or _is_of_areas(values):
        return np.where(values > _outside(values), np.uint8(255), np.uint8(0))
    return values if values.dtype == np.uint8 else windowed(values, colour_window(values))


def _outside(values: np.ndarray) -> float:
    """Return the value outside of a label map: 0, or the least of those that have no 0."""
    least = values.min()
    return float(least) if least < values.max() and not (values == 0).any() else 0.0


def _is_of_areas(values: np.ndarray) -> bool:
    """Whether most values between the extremes lie in areas of one value that are no bands.

    At soft edges values change along one axis at least, and on gentle slopes to the next shade.
    """
    between = (values > values.min()) & (values < values.max())
    across, down = values[:, 1:] == values[:, :-1], values[1:] == values[:-1]
    like_beside = np.pad(across, ((0, 0), (1, 0))) | np.pad(across, ((0, 0), (0, 1)))
    like_above = np.pad(down, ((1, 0), (0, 0))) | np.pad(down, ((0, 1), (0, 0)))
    if not between.any() or (like_beside & like_above)[between].mean() < _MOSTLY:
        return False
    ranks = np.unique(values, return_inverse=True)[1].reshape(values.shape)
    steps = np.concatenate([np.diff(ranks, axis=0).ravel(), np.diff(ranks, axis=1).ravel()])
    return bool((np.abs(steps[steps != 0]) > _NEXT_SHADES).mean() >= _SOME)


@lru_cache(_REMEMBERED)
def common_folders(folder: str) -> tuple[str, ...]:
    """Return the names on the way to a folder without words for images and masks."""
    others = (_words(name) - _MASK_WORDS - _IMAGE_WORDS for name in folder.split("/"))
    return tuple(" ".join(sorted(one)) for one in others if one)


def _mask_key(file: str) -> Key | None:
    """Return what a mask has in common with its image; None if a file is not named like one."""
    stem, folder = stem_of(file), folder_of(file)
    match = _ENDING.fullmatch(stem) or _BEGINNING.fullmatch(stem)
    if match is None and not _is_for_masks(folder):
        return None
    return common_folders(folder), (match["base"] if match else stem).casefold()


def _image_key(file: str) -> Key:
    return common_folders(folder_of(file)), stem_of(file).casefold()


@lru_cache(_REMEMBERED)
def _is_for_masks(folder: str) -> bool:
    return any(_words(name) & _MASK_WORDS for name in folder.split("/"))


def _words(folder: str) -> set[str]:
    """Return the words of a folder's name; digits count, for they tell folders apart."""
    return set(re.split(r"[\W_]+", without_accents(folder))) - {""}


def _folders_of_masks(candidates: dict[str, Key], known: set[str]) -> set[str]:
    """Return the folders of which at least half of the candidates are known to be masks."""
    named, matched = Counter(map(folder_of, candidates)), Counter(map(folder_of, known))
    return {folder for folder, count in named.items() if 2 * matched[folder] >= count}
