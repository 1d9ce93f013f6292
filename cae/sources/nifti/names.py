"""What the names of NIfTI files tell: BIDS entities, and which files are masks of which images."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

SUFFIXES = (".nii", ".nii.gz")
_ENTITY = re.compile(r"([a-z]+)-([a-zA-Z0-9+]+)", re.IGNORECASE)
_MASK = re.compile(
    r"mask\d*|brainmask|seg|segm|dseg|probseg|aseg|segmentation|labels?|roi|gt|lesions?|"
    r"tumou?r|.*mask",
    re.IGNORECASE,
)
_MASK_FOLDER = re.compile(r"(masks?|labels?|segmentations?|rois?)(tr|ts)?", re.IGNORECASE)
# nnU-Net numbers the channels of an image so; its labels have no such ending.
_CHANNEL = re.compile(r"_000\d$")


def is_nifti(file: str) -> bool:
    """Whether a file is named like NIfTI."""
    return file.casefold().endswith(SUFFIXES)


def stem(file: str) -> str:
    """Return a file's name without folders and ending."""
    name = PurePosixPath(file).name
    return name[:-7] if name.casefold().endswith(".nii.gz") else name[:-4]


def entity(file: str, name: str) -> str | None:
    """Return the value of a BIDS entity such as ``sub`` in a file's name or folders, else None."""
    for part in [stem(file).split("_"), *([p] for p in PurePosixPath(file).parts[-2::-1])]:
        for token in part:
            found = _ENTITY.fullmatch(token)
            if found and found[1].casefold() == name:
                return found[2]
    return None


def contrast(file: str) -> str | None:
    """Return the last word of a BIDS name, such as T1w, or of another with words; else None."""
    words = stem(file).split("_")
    return words[-1] if len(words) > 1 and not _ENTITY.fullmatch(words[-1]) else None


def mask_kind(file: str) -> str | None:
    """Return what a mask is called, such as ``lesion`` or ``WM probseg``; None for an image."""
    words = stem(file).split("_")
    if len(words) > 1 and _MASK.fullmatch(words[-1]):
        label = entity(file, "label") or entity(file, "desc")
        return f"{label} {words[-1]}" if label else words[-1]
    if _MASK.fullmatch(stem(file)):
        return stem(file)
    folder = PurePosixPath(file).parent.name
    return "label" if _MASK_FOLDER.fullmatch(folder) else None


def masks_of(files: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the masks of every image, and the masks for which there is no image.

    A mask belongs to the images of the same person and session whose folder or name it shares:
    ``p1_lesion`` to ``p1``, ``p1_t1`` and ``p1_t2``.
    """
    images: dict[str, list[str]] = {file: [] for file in files if mask_kind(file) is None}
    by_base: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for image in images:
        for base in _image_bases(image):
            by_base[base].append(image)
    lonely = []
    for mask in files:
        if mask_kind(mask) is None:
            continue
        owners = by_base.get(_mask_base(mask), [])
        for image in owners:
            images[image].append(mask)
        if not owners:
            lonely.append(mask)
    return images, lonely


def group(file: str) -> str:
    """Return what images of presumably one person share: the BIDS subject, else the name's begin.

    It keeps the slices of one volume, and of volumes of one examination, in one split.
    """
    subject = entity(file, "sub")
    if subject:
        return f"sub-{subject}"
    words = _CHANNEL.sub("", stem(file)).split("_")
    return "_".join(words if len(words) == 1 or words[-1].isdigit() else words[:-1])


def _image_bases(image: str) -> list[tuple[str, ...]]:
    """Return everything by which a mask may name this image."""
    if entity(image, "sub"):
        return [_session(image)]
    name, folder = _CHANNEL.sub("", stem(image)), PurePosixPath(image).parent.as_posix()
    words = name.split("_")
    starts = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return [*(("name", start) for start in starts), ("folder", folder)]


def _mask_base(mask: str) -> tuple[str, ...]:
    if entity(mask, "sub"):
        return _session(mask)
    words = stem(mask).split("_")
    if _MASK.fullmatch(stem(mask)):
        return "folder", PurePosixPath(mask).parent.as_posix()
    return "name", "_".join(words[:-1] if _MASK.fullmatch(words[-1]) else words)


def _session(file: str) -> tuple[str, ...]:
    return "sub", entity(file, "sub") or "", entity(file, "ses") or ""
