"""Whether small marks outlive decoding, and whether decoding makes marks where there are none."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from skimage.restoration import inpaint_biharmonic

from cae.decoding.rendering import AS_MEAN, LIKELY, Rendering, render
from cae.errors import CaeError
from cae.evaluation.held_out import require_held_out
from cae.evaluation.mark_detector import Mark, amplitudes
from cae.progress import Progress, silent
from cae.study.study import Study

# Full width at half maximum in pixels; the peak as a share of full scale.
SIZES, CONTRASTS = (2, 4), (0.1, 0.2, 0.4)
# Of real places without a mark, this share is taken for one.
FALSE_ALARMS = 0.05
MOST_IMAGES = 100
# Keys of rows: what is counted, and of how many.
MARK_COUNTS = (("lost", "seen"), ("invented", "silent"))
_FEWEST_KNOWN = 20
_LINE_LENGTH = 12
_REACH = 8
# Darker is mostly no body; brighter leaves no room for a mark.
_DARKEST, _BRIGHTEST = 16, 255 * (1 - max(CONTRASTS))
_LARGEST_LESION = 0.15
_INSIDE = 128


@dataclass(frozen=True, eq=False)
class _Pair:
    """An image with a mark (uint8, (H, W, C)), the same without it, and the mark."""

    marked: np.ndarray
    unmarked: np.ndarray
    mark: Mark


@dataclass(frozen=True, eq=False)
class _Condition:
    """Marks of one kind.

    Attributes:
        facts: what tells the kind, JSON-able.
        pairs: at least one.
        known: uint8 (K, H, W, C), real images without a mark.
    """

    facts: dict[str, Any]
    pairs: list[_Pair]
    known: np.ndarray


def spot(size: float) -> np.ndarray:
    """Return a bright spot, Gaussian, float64 (17, 17) with a peak of 1.

    Args:
        size: full width at half maximum, pixels.
    """
    along, across = _grid()
    profile: np.ndarray = np.exp(-4 * np.log(2) * (along**2 + across**2) / size**2)
    return profile


def line(size: float, angle: float) -> np.ndarray:
    """Return a bright line, 12 px long and Gaussian across, float64 (17, 17) with a peak of 1.

    Args:
        size: full width at half maximum, pixels.
        angle: to the rows, radians.
    """
    down, right = _grid()
    along = right * np.cos(angle) + down * np.sin(angle)
    across = down * np.cos(angle) - right * np.sin(angle)
    ends = np.clip((_LINE_LENGTH + 1) / 2 - np.abs(along), 0, 1)
    profile: np.ndarray = ends * np.exp(-4 * np.log(2) * across**2 / size**2)
    return profile


def planted_mark_figures(
    study: Study, progress: Progress = silent, split: str = "test"
) -> dict[str, Any]:
    """Return how many marks are lost and invented by decoding, JSON-able.

    Bright spots and thin lines are planted in at most 100 images of a split, one in each, at places
    that are drawn at random; the image is encoded and decoded. Where the images have masks, what
    they outline on at most 15 % of an image is taken for a mark as well, and the image without it
    is made by inpainting (biharmonic).

    A matched filter looks for the mark at its place, see `amplitudes`. Its threshold is what 95 %
    of at most 100 real images without a mark, of the training split, stay below at that place.

    Keys: ``images``, ``false_alarms`` (.05) and ``rows``. A row per kind of mark and rendering
    (the mean; likely images where the study has a sharp decoder) has ``mark`` (spot, line or a
    mask's name), ``size_px`` and ``contrast`` (of full scale; None for masks), ``decoded_as``,
    ``images``, ``seen`` (marks that are found in the images themselves), ``lost`` (of these not
    found once decoded), ``silent`` (places without a mark where none is found) and ``invented``
    (of these where one is found once decoded).

    Raises:
        CaeError: no model of the study encodes images, or it was trained on another split; the
            split has no images, or there are fewer than 20 training images; or images are smaller
            than marks.
    """
    if not study.can_encode:
        raise CaeError(
            "Planted marks need a model that encodes images, and the latents of "
            f"{study.path.name} came from elsewhere."
        )
    require_held_out(study)
    random = np.random.default_rng(study.seed)
    test = _some(study.rows(split), random)
    known = _some(study.rows("train"), random)
    if len(test) == 0 or len(known) < _FEWEST_KNOWN:
        raise CaeError(
            f"Planted marks need {split} images and {_FEWEST_KNOWN} training images, but "
            f"{study.path.name} has {len(test)} and {len(known)}."
        )
    if min(study.images.shape[1:3]) < 2 * _REACH + 1:
        raise CaeError(f"The images are smaller than {2 * _REACH + 1} px, too small for marks.")
    renderings = (AS_MEAN, *([Rendering(LIKELY)] if study.is_sharpened else []))
    conditions = 2 * len(SIZES) * len(CONTRASTS) + len(study.manifest["mask_names"])
    rows: list[dict[str, Any]] = []
    for number, condition in enumerate(_conditions(study, test, known, random), start=1):
        rows += _counted(study, condition, renderings)
        progress(number, conditions, "kinds of marks")
    return {"images": len(test), "false_alarms": FALSE_ALARMS, "rows": rows}


def mark_words(row: dict[str, Any]) -> str:
    """Return which marks a row of `planted_mark_figures` is about, in a few words."""
    if row["size_px"] is None:
        return f"{row['mark']} (mask)"
    return f"{row['mark']}, {row['size_px']} px, {100 * row['contrast']:.0f} %"


def _conditions(
    study: Study, rows: np.ndarray, known: np.ndarray, random: np.random.Generator
) -> Iterator[_Condition]:
    images, of_train = np.asarray(study.images[rows]), np.asarray(study.images[known])
    for kind in ("spot", "line"):
        for size in SIZES:
            for contrast in CONTRASTS:
                pairs = [_planted(image, kind, size, contrast, random) for image in images]
                facts = {"mark": kind, "size_px": size, "contrast": contrast}
                yield _Condition(facts, pairs, of_train)
    for number, name in enumerate(study.manifest["mask_names"]):
        pairs = list(_lesions(study, rows, number))
        unmarked = _without_structures(study, random)
        if pairs and len(unmarked) >= _FEWEST_KNOWN:
            yield _Condition({"mark": name, "size_px": None, "contrast": None}, pairs, unmarked)


def _planted(
    image: np.ndarray, kind: str, size: int, contrast: float, random: np.random.Generator
) -> _Pair:
    """Plant a mark into an image (uint8, (H, W, C))."""
    within = image[_REACH : -_REACH or None, _REACH : -_REACH or None].mean(axis=-1)
    fitting = np.argwhere((within >= _DARKEST) & (within <= _BRIGHTEST))
    top, left = random.choice(fitting if len(fitting) else np.argwhere(np.isfinite(within)))
    angle = random.uniform(0, np.pi)
    profile = spot(size) if kind == "spot" else line(size, angle)
    marked = image.astype(np.float64)
    side = 2 * _REACH + 1
    marked[top : top + side, left : left + side] += 255 * contrast * profile[..., None]
    return _Pair(_bytes(marked), image, Mark(profile, int(top), int(left)))


def _lesions(study: Study, rows: np.ndarray, number: int) -> Iterator[_Pair]:
    """Yield images in which a mask outlines little, and the same without what it outlines."""
    masks = study.masks
    if masks is None:
        return
    for row in rows:
        image = np.asarray(study.images[row])
        mask = np.asarray(masks[row][..., number]) >= _INSIDE
        if not 0 < mask.mean() <= _LARGEST_LESION:
            continue
        unmarked = _inpainted(image, mask)
        change = image.astype(np.float64).mean(axis=-1) - unmarked.mean(axis=-1)
        down, right = np.nonzero(mask)
        # With a margin, so that what lies around the structure is there to compare it with.
        top, left = max(int(down.min()) - 2, 0), max(int(right.min()) - 2, 0)
        profile = change[top : int(down.max()) + 3, left : int(right.max()) + 3]
        if np.ptp(profile) > 0:
            yield _Pair(image, unmarked, Mark(profile / np.abs(profile).max(), top, left))


def _without_structures(study: Study, random: np.random.Generator) -> np.ndarray:
    """Return training images (uint8, (K, H, W, C)) without what their masks outline."""
    masks = study.masks
    train = study.rows("train")
    if masks is None:
        return np.asarray(study.images[train[:0]])
    outlined = np.array([(masks[row] >= _INSIDE).any(axis=-1).mean() for row in train])
    rows = _some(train[outlined == 0], random)
    if len(rows) < _FEWEST_KNOWN:
        rows = _some(train[outlined <= _LARGEST_LESION], random)
    found = [
        _inpainted(np.asarray(study.images[row]), (masks[row] >= _INSIDE).any(axis=-1))
        for row in rows
    ]
    return np.array(found, np.uint8).reshape(len(found), *study.images.shape[1:])


def _inpainted(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    if not mask.any():
        return image
    return _bytes(255 * inpaint_biharmonic(image / 255, mask, channel_axis=-1))


def _counted(
    study: Study, condition: _Condition, renderings: Iterable[Rendering]
) -> Iterator[dict[str, Any]]:
    pairs = condition.pairs
    marked = np.stack([pair.marked for pair in pairs])
    unmarked = np.stack([pair.unmarked for pair in pairs])
    known = _grey(condition.known)
    thresholds = np.array(
        [np.quantile(amplitudes(known, pair.mark), 1 - FALSE_ALARMS) for pair in pairs]
    )
    seen = _found(marked, pairs) > thresholds
    silent = _found(unmarked, pairs) <= thresholds
    latents = study.model.encode(np.concatenate([marked, unmarked]))
    for rendering in renderings:
        decoded = render(study, latents, rendering, apart=True)
        still = _found(decoded[: len(pairs)], pairs) > thresholds
        alarm = _found(decoded[len(pairs) :], pairs) > thresholds
        counts = {
            "seen": seen,
            "lost": seen & ~still,
            "silent": silent,
            "invented": silent & alarm,
        }
        yield {
            **condition.facts,
            "decoded_as": rendering.kind,
            "images": len(pairs),
            **{name: int(flags.sum()) for name, flags in counts.items()},
        }


def _found(images: np.ndarray, pairs: list[_Pair]) -> np.ndarray:
    """Return how much of each pair's mark is in each image, float64 (N,)."""
    grey = _grey(images)
    return np.array(
        [amplitudes(one[None], pair.mark)[0] for one, pair in zip(grey, pairs, strict=True)]
    )


def _some(rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    if len(rows) <= MOST_IMAGES:
        return rows
    return np.sort(random.choice(rows, MOST_IMAGES, replace=False))


def _grid() -> tuple[np.ndarray, np.ndarray]:
    down, right = np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1].astype(np.float64)
    return down, right


def _grey(images: np.ndarray) -> np.ndarray:
    grey: np.ndarray = images.astype(np.float64).mean(axis=-1)
    return grey


def _bytes(image: np.ndarray) -> np.ndarray:
    whole: np.ndarray = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return whole
