"""Which images two studies share: the same pixels under the same id, or pixels that are unique."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.progress import Progress, silent

_DIGEST_BYTES = 16
_IMAGES_PER_REPORT = 10_000
_PIXELS = ["high", "low"]


@dataclass(frozen=True, eq=False)
class SharedImages:
    """Images that two studies share.

    Attributes:
        first: int64 (S,), their rows in the first study, ascending.
        second: int64 (S,), their rows in the second study, in the same order.
        renamed: how many of them have another id in the second study.
        changed: how many ids both studies know for images of other pixels, which are not shared.
    """

    first: np.ndarray
    second: np.ndarray
    renamed: int
    changed: int

    def __len__(self) -> int:
        return len(self.first)


def image_digests(images: np.ndarray, progress: Progress = silent) -> np.ndarray:
    """Return a hash of the pixels and the size of every image, uint64 (N, 2).

    Args:
        images: uint8 (N, H, W, C), may be memory-mapped; one is in memory at a time.
        progress: told of every 10,000 images.
    """
    found = np.empty((len(images), 2), np.uint64)
    size = repr(images.shape[1:]).encode()
    for row, image in enumerate(images):
        digest = hashlib.blake2b(size, digest_size=_DIGEST_BYTES)
        digest.update(image.tobytes())
        found[row] = np.frombuffer(digest.digest(), np.uint64)
        if (row + 1) % _IMAGES_PER_REPORT == 0:
            progress(row + 1, len(images), "images read")
    return found


def shared_images(
    first_ids: pd.Series,
    first_digests: np.ndarray,
    second_ids: pd.Series,
    second_digests: np.ndarray,
) -> SharedImages:
    """Return the images that two studies share.

    These are images of one id and the same pixels. Of all others, those of the same pixels, which
    occur once in either study.

    Args:
        first_ids: (N,), unique.
        first_digests: (N, 2), as `image_digests` returns them.
        second_ids: (M,), unique.
        second_digests: (M, 2).
    """
    first, second = _listed(first_ids, first_digests), _listed(second_ids, second_digests)
    named = first.merge(second, on="id", suffixes=("", "_second"))
    are_same = np.logical_and.reduce([named[one] == named[f"{one}_second"] for one in _PIXELS])
    by_id = named.loc[are_same, ["row", "row_second"]]
    left = _unique(first[~first["row"].isin(by_id["row"])])
    right = _unique(second[~second["row"].isin(by_id["row_second"])])
    by_pixels = left.merge(right, on=_PIXELS, suffixes=("", "_second"))[["row", "row_second"]]
    both = pd.concat([by_id, by_pixels]).sort_values("row")
    return SharedImages(
        both["row"].to_numpy(np.int64),
        both["row_second"].to_numpy(np.int64),
        len(by_pixels),
        int((~are_same).sum()),
    )


def _listed(ids: pd.Series, digests: np.ndarray) -> pd.DataFrame:
    columns = {"id": ids.astype(str).to_numpy(), "high": digests[:, 0], "low": digests[:, 1]}
    return pd.DataFrame({**columns, "row": np.arange(len(ids))})


def _unique(images: pd.DataFrame) -> pd.DataFrame:
    return images.drop_duplicates(_PIXELS, keep=False)
