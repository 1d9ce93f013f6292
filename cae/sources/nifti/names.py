"""What the names of NIfTI files tell: BIDS entities, and which files are masks of which images."""

import re
from collections import defaultdict
from collections.abc import Sequence, Set
from pathlib import PurePosixPath
from typing import NamedTuple

from cae.sources.masks import common_folders
from cae.sources.paths import folder_of, folders_of
from cae.sources.patients import folder_patients, is_case_name
from cae.sources.split_words import split_word

SUFFIXES = (".nii", ".nii.gz")
_ENTITY = re.compile(r"([a-z]+)-([a-zA-Z0-9+]+)", re.IGNORECASE)
_MASK = re.compile(
    r"mask\d*|brainmask|seg|segm|dseg|probseg|aseg|segmentation|labels?|roi|gt|lesions?|"
    r"tumou?r|[^_]*mask",
    re.IGNORECASE,
)
_MASK_FOLDER = re.compile(r"(masks?|labels?|segmentations?|rois?)(tr|ts)?", re.IGNORECASE)
# nnU-Net numbers the channels of an image so; its labels have no such ending.
_CHANNEL = re.compile(r"_000\d$")
# It keeps images and labels for training and testing in such folders.
_NNUNET_FOLDER = re.compile(r"(?<![^/])(images|labels)(tr|ts)(?![^/])", re.IGNORECASE)
# They say what a file shows or how it was made, not of which image it is.
_SAID_OF_CONTENTS = frozenset({"label", "desc"})


class _Place(NamedTuple):
    """By what a mask and its images are told from others of the same name.

    Attributes:
        entities: of BIDS, from the file's name; none where no subject is named.
        folders: names of the folders, without words for images and masks.
    """

    entities: dict[str, str]
    folders: frozenset[str]


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
    ``p1_lesion`` to ``p1``, ``p1_t1`` and ``p1_t2``. Of these no other entity of BIDS, such as the
    run, may differ, and those count that share most entities, then most folders, with the mask.
    An image's masks are in this order, too.
    """
    images: dict[str, list[str]] = {file: [] for file in files if mask_kind(file) is None}
    places = {file: _place(file) for file in files}
    by_base: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for image in images:
        for base in _image_bases(image):
            by_base[base].append(image)
    lonely = []
    for mask in files:
        if mask_kind(mask) is None:
            continue
        named = next((by_base[base] for base in _mask_bases(mask) if base in by_base), [])
        owners = _nearest(mask, named, places)
        for image in owners:
            images[image].append(mask)
        if not owners:
            lonely.append(mask)
    for image, masks in images.items():
        masks.sort(key=lambda mask: _nearness(places[mask], places[image]), reverse=True)
    return images, lonely


def patients(files: Sequence[str]) -> dict[str, str | None]:
    """Return the person each image is of: the BIDS subject, else whom a folder is called after."""
    subjects = {file: entity(file, "sub") for file in files}
    others = [file for file, subject in subjects.items() if subject is None]
    return {file: subject and f"sub-{subject}" for file, subject in subjects.items()} | dict(
        zip(others, folder_patients(others), strict=True)
    )


def groups(files: Sequence[str]) -> dict[str, str]:
    """Return what images of presumably one person share, to keep them in one split.

    It is the person where one is named. Else, where files of one name lie in several folders, as
    with ``01/T1`` and ``02/T1``, it is the outermost folder that differs and may be a person's;
    else what the file's name begins with, which volumes of one examination have in common:
    ``p1`` of ``p1_t1`` and of ``p1_t1_gd``.
    """
    people = patients(files)
    unknown = [file for file, person in people.items() if person is None]
    depth = _persons_depth(unknown)
    cases = set(filter(is_case_name, (_beginning(stem(file)) for file in unknown)))
    return {file: person or _presumed(file, depth, cases) for file, person in people.items()}


def _presumed(file: str, depth: int, cases: Set[str]) -> str:
    """Return the folder of a file at a depth, else the beginning of its name.

    Folders of one name in several others, as in ``raw/01`` and ``derived/01``, may be of one.
    Of a name that begins with one of `cases`, that is the beginning.
    """
    beginning = _beginning(stem(file))
    case = next((start for start in _starts(beginning) if start in cases), beginning)
    return (case, *_way(file)[:depth])[-1]


def _beginning(name: str) -> str:
    words = _CHANNEL.sub("", name).split("_")
    return "_".join(words if len(words) == 1 or words[-1].isdigit() else words[:-1])


def _starts(name: str) -> list[str]:
    """Return all that a name of several words begins with, the shortest first, itself last."""
    words = name.split("_")
    return ["_".join(words[:count]) for count in range(1, len(words) + 1)]


def _way(file: str) -> tuple[str, ...]:
    """Return the folders a file is in, outermost first, without those that are called a split."""
    return tuple(name for name in folders_of(file) if not split_word(name))


def _persons_depth(files: Sequence[str]) -> int:
    """Return how many folders lead to one person; 0 where folders tell no persons apart.

    They do not where names recur that rather number persons, as in ``T1/007`` and ``T2/007``.
    """
    ways: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for file in files:
        ways[stem(file)].add(_way(file))
    recurring = {name: found for name, found in ways.items() if len(found) > 1}
    if not recurring:
        return 0
    widest = max(recurring.values(), key=len)
    if len(recurring) >= len(widest) and all(map(is_case_name, map(_beginning, recurring))):
        return 0
    deepest = max(map(len, widest))
    counts = {depth: len({way[:depth] for way in widest}) for depth in range(deepest + 1)}
    # Fewer folders than files of one name in each are classes or sites, with persons within.
    return next(depth for depth, n in counts.items() if n > 1 and len(widest) <= n * n)


def _image_bases(image: str) -> list[tuple[str, ...]]:
    """Return everything by which a mask may name this image."""
    if entity(image, "sub"):
        return [_session(image)]
    name, folder = _CHANNEL.sub("", stem(image)), folder_of(image)
    return [*(("name", start) for start in _starts(name)), ("folder", folder)]


def _mask_bases(mask: str) -> list[tuple[str, ...]]:
    """Return by what a mask names its images; a later one counts where there is no earlier."""
    if entity(mask, "sub"):
        return [_session(mask)]
    words = stem(mask).split("_")
    folder = "folder", folder_of(mask)
    if not _MASK.fullmatch(words[-1]):
        return [("name", stem(mask))]
    if len(words) == 1:
        return [folder]
    name = "_".join(words[:-1])
    # Without a number it may say what is outlined, as ``brain_mask`` does, instead of in whom.
    is_part = words[-1].casefold().endswith("mask") and not re.search(r"\d", name)
    return [("name", name), *([folder] if is_part else [])]


def _place(file: str) -> _Place:
    found = [_ENTITY.fullmatch(word) for word in stem(file).split("_")]
    entities = {one[1].casefold(): one[2].casefold().lstrip("0") for one in found if one}
    folders = common_folders(_NNUNET_FOLDER.sub(r"\1 \2", folder_of(file)))
    return _Place(
        {name: value for name, value in entities.items() if name not in _SAID_OF_CONTENTS}
        if entity(file, "sub")
        else {},
        frozenset(name for name in folders if not _MASK.fullmatch(name)),
    )


def _nearest(mask: str, images: Sequence[str], places: dict[str, _Place]) -> list[str]:
    """Return those of the images that a mask may belong to which are nearest to it."""
    place = places[mask]
    nearness = {
        image: _nearness(place, places[image])
        for image in images
        if not _is_contrary(place.entities, places[image].entities)
    }
    most = max(nearness.values(), default=(0, 0))
    nearest = [image for image, near in nearness.items() if near == most]
    # In a folder where they are not, it is as little of one as of another of the same name.
    is_elsewhere = most[1] < len(place.folders)
    return [] if is_elsewhere and len(set(map(stem, nearest))) < len(nearest) else nearest


def _nearness(mask: _Place, image: _Place) -> tuple[int, int]:
    """Return how many entities and how many folders a mask and an image have in common."""
    shared = mask.entities.items() & image.entities.items()
    return len(shared), len(mask.folders & image.folders)


def _is_contrary(first: dict[str, str], second: dict[str, str]) -> bool:
    return any(second.get(name, value) != value for name, value in first.items())


def _session(file: str) -> tuple[str, ...]:
    return "sub", entity(file, "sub") or "", entity(file, "ses") or ""
