"""Structures of a study's images, outlined by a network that learnt from a few of its masks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cae.errors import CaeError
from cae.progress import Progress, silent
from cae.sources.kept_in_one_split import kept_in_one_split, numbered

if TYPE_CHECKING:
    from cae.local.transfer import Segmenter, TransferSettings
    from cae.study.study import Study

_INSIDE = 128


class Agreement(NamedTuple):
    """How well outlines agree with the masks of images that were not learnt from.

    Attributes:
        dice: Dice coefficient over all these images, 0–1; NaN where there is none.
        low: lower end of its 95 % bootstrap interval over patients; None with fewer than ten.
        high: upper end.
        images: how many.
    """

    dice: float
    low: float | None
    high: float | None
    images: int

    @property
    def interval(self) -> str:
        """The interval as text, or why there is none."""
        if self.low is None or self.high is None:
            return "too few patients for an interval"
        return f"{self.low:.2f}–{self.high:.2f}"


@dataclass(frozen=True, eq=False)
class LearntOutlines:
    """What outlines the structures of a study.

    Attributes:
        segmenter: says of every pixel whether it belongs to each of M structures.
        names: of the structures.
        labelled: int64, rows of the images whose masks it learnt from.
        unlabelled: how many images were to be learnt from that have no mask.
        held_out: int64, rows of the images it was measured on.
        agreement: of each structure.
        settings: how it was trained.
        begins_from: what its encoder began with: ``local model`` or ``random weights``.
    """

    segmenter: "Segmenter"
    names: tuple[str, ...]
    labelled: np.ndarray
    unlabelled: int
    held_out: np.ndarray
    agreement: tuple[Agreement, ...]
    settings: "TransferSettings"
    begins_from: str


def learn_outlines(
    study: "Study",
    labelled: np.ndarray,
    settings: "TransferSettings | None" = None,
    progress: Progress = silent,
) -> LearntOutlines:
    """Train a network to outline a study's structures from the masks of a few of its images.

    It begins with the encoder of the study's local model where there is one (arXiv 2108.09440,
    transfer), and is measured on all other images that have a mask, without those of the patients
    it learnt from, and without training images where masks of these shaped the local model.

    Args:
        study: its masks are learnt from.
        labelled: rows of the images to learn from. Those without any mask are left out, as nobody
            says that they show nothing; of others, an empty mask says that the structure is absent.
        settings: how to train.
        progress: told of every step.

    Raises:
        CaeError: the study has no masks, or none of `labelled` has one.
    """
    # Slow to import, and a page that only offers this need not wait for it.
    from cae.local.transfer import TransferSettings, learn_masks

    settings = settings or TransferSettings()
    chosen = np.unique(np.asarray(labelled, np.int64))
    masks = masks_of(study)
    labelled = np.intersect1d(chosen, _outlined(study, chosen))
    if len(labelled) == 0:
        raise CaeError(
            f"None of the {len(chosen)} images to learn from has a mask; choose images whose "
            "structures are outlined."
        )
    learnt_from = np.asarray(masks[labelled]) >= _INSIDE
    encoder = study.local_model.encoder if study.is_done("local") else None
    images = np.asarray(study.images[labelled])
    segmenter = learn_masks(images, learnt_from, encoder, settings, progress)
    held_out = _held_out(study, labelled)
    return LearntOutlines(
        segmenter,
        tuple(study.manifest["mask_names"]),
        labelled,
        len(chosen) - len(labelled),
        held_out,
        _agreement(study, segmenter, held_out),
        settings,
        "local model" if encoder else "random weights",
    )


def masks_of(study: "Study") -> np.ndarray:
    """Return the masks of a study, uint8 (N, H, W, M).

    Raises:
        CaeError: it has none.
    """
    if study.masks is None:
        raise CaeError(
            f"The study {study.path.name} has no masks to learn from; bring them beside its "
            "images, as NAME_mask.png or in a folder masks."
        )
    return study.masks


def outlined_rows(study: "Study") -> np.ndarray:
    """Return the rows (int64) of the images of the split *train* in which anything is outlined.

    Raises:
        CaeError: the study has no masks.
    """
    return _outlined(study, study.rows("train"))


def _outlined(study: "Study", rows: np.ndarray) -> np.ndarray:
    masks = masks_of(study)
    return np.array([row for row in rows if (masks[row] >= _INSIDE).any()], np.int64)


def _held_out(study: "Study", labelled: np.ndarray) -> np.ndarray:
    """Return the rows of images with a mask that belong with none that was learnt from.

    A local model may have learnt the shape of its first region from the masks of training images.
    """
    groups = numbered(kept_in_one_split(study.samples)[0])
    outlined = _outlined(study, np.arange(len(study)))
    if study.in_use("local").get("parameters", {}).get("shape") in study.manifest["mask_names"]:
        # Of a model from before the split changed nobody knows which they were.
        is_known = study.is_current("local")
        labelled = np.union1d(labelled, study.rows("train") if is_known else outlined)
    return outlined[~np.isin(groups[outlined], groups[labelled])]


def _agreement(study: "Study", segmenter: "Segmenter", rows: np.ndarray) -> tuple[Agreement, ...]:
    from cae.cohorts.units import drawn_together
    from cae.local.dice import dice_estimate

    if len(rows) == 0:
        return (Agreement(np.nan, None, None, 0),) * segmenter.count
    found = segmenter.masks(np.asarray(study.images[rows]))
    true = np.asarray(masks_of(study)[rows]) >= _INSIDE
    units = drawn_together(study.samples)[rows]
    estimates = (
        dice_estimate(found[..., one], true[..., one], units) for one in range(segmenter.count)
    )
    return tuple(Agreement(one.value, one.low, one.high, len(rows)) for one in estimates)
