"""What a network that was trained on ImageNet says of images, from which others may learn."""

from pathlib import Path

import numpy as np
import torch
from sklearn.decomposition import PCA

from cae.latent.neighbours import unit_vectors
from cae.model import to_tensor
from cae.networks.memory import channels_last
from cae.networks.pretrained import FEATURES, PretrainedFeatures
from cae.progress import Progress, silent
from cae.storage import write_array

# Twice as many pixels a side would take five times as long to look at.
_SIDE = 64
_COMPONENTS = 128
# With fewer, the last components are noise, which would count as much as all others.
_IMAGES_PER_COMPONENT = 8
_MOST_FITTED = 20_000
_CHUNK = 128


def pooled_features(
    images: np.ndarray, rows: np.ndarray, side: int, progress: Progress = silent
) -> np.ndarray:
    """Return the mean over the place of what EfficientNet-Lite0 sees, float32 (n, 1280).

    Args:
        images: uint8, (N, S, S, C); may be memory-mapped.
        rows: (n,), which of them.
        side: to which images are resized first, pixels.
        progress: told of every chunk.
    """
    network = channels_last(PretrainedFeatures(side).eval())
    features = np.empty((len(rows), FEATURES), np.float32)
    with torch.inference_mode():
        for start in range(0, len(rows), _CHUNK):
            chunk = slice(start, min(start + _CHUNK, len(rows)))
            maps = network(to_tensor(images[rows[chunk]]))
            features[chunk] = maps.mean((2, 3)).numpy()
            progress(chunk.stop, len(rows), "images")
    return features


def write_teacher_features(
    path: Path,
    images: np.ndarray,
    train_rows: np.ndarray,
    val_rows: np.ndarray,
    seed: int,
    progress: Progress = silent,
) -> None:
    """Write what the teacher says of N images, float16 (N, at most 128), of unit length.

    Pooled features of EfficientNet-Lite0 in their principal components, each of which counts alike:
    most of what differs between photographs does not between images of one kind. Rows of images
    that are neither trained nor validated on are zeros.

    Args:
        path: of the file.
        images: uint8, (N, S, S, C); may be memory-mapped.
        train_rows: at least two, of the images that alone say what differs.
        val_rows: of others to look at.
        seed: of the search for components.
        progress: told of every chunk of images.
    """
    places = np.linspace(0, len(train_rows) - 1, min(len(train_rows), _MOST_FITTED))
    fitted = train_rows[np.unique(places.astype(int))]
    others = np.setdiff1d(np.concatenate([train_rows, val_rows]), fitted)
    count = len(fitted) + len(others)
    features = pooled_features(images, fitted, _SIDE, _part_of(progress, 0, count))
    components = min(_COMPONENTS, max(1, len(fitted) // _IMAGES_PER_COMPONENT))
    reduced = PCA(components, whiten=True, svd_solver="randomized", random_state=seed).fit(features)
    found = np.zeros((len(images), components), np.float16)
    found[fitted] = unit_vectors(reduced.transform(features))
    for start in range(0, len(others), _MOST_FITTED):
        rows = others[start : start + _MOST_FITTED]
        done = len(fitted) + start
        features = pooled_features(images, rows, _SIDE, _part_of(progress, done, count))
        found[rows] = unit_vectors(reduced.transform(features))
    write_array(path, found)


def _part_of(progress: Progress, before: int, total: int) -> Progress:
    """Return what tells `progress` of a part of the work, which begins after so many images."""
    return lambda done, _, message="": progress(before + done, total, "asking the teacher")
