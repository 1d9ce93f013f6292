"""What a network that was trained on ImageNet says of images, from which others may learn."""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from cae.latent.neighbours import unit_vectors
from cae.model import to_tensor
from cae.networks.device import best_device
from cae.networks.memory import channels_last
from cae.networks.pretrained import FEATURES, PretrainedFeatures
from cae.progress import Progress, silent

# Twice as many pixels a side would take five times as long to look at.
_SIDE = 64
_COMPONENTS = 128
# With fewer, the last components are noise, which would count as much as all others.
_IMAGES_PER_COMPONENT = 8
_MOST_FITTED = 10_000
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
    network, device = channels_last(PretrainedFeatures(side).eval()), best_device()
    network.to(device)
    features = np.empty((len(rows), FEATURES), np.float32)
    with torch.inference_mode():
        for start in range(0, len(rows), _CHUNK):
            chunk = slice(start, min(start + _CHUNK, len(rows)))
            maps = network(to_tensor(images[rows[chunk]]).to(device))
            features[chunk] = maps.mean((2, 3)).cpu().numpy()
            progress(chunk.stop, len(rows), "images")
    return features


def layered_features(
    images: np.ndarray, rows: np.ndarray, side: int, quarter_turns: int, progress: Progress = silent
) -> list[np.ndarray]:
    """Return mean and standard deviation over the place of what each layer sees, float32 (n, 2 c).

    Early layers see colour, edges and texture, late ones parts of things; sets differ in what tells
    their images apart.

    Args:
        images: uint8, (N, S, S, C); may be memory-mapped.
        rows: (n,), which of them.
        side: to which images are resized first, pixels.
        quarter_turns: 1 to 4, in how many an image is seen; features are their mean.
        progress: told of every chunk.

    Returns:
        One array per layer of EfficientNet-Lite0, of its c channels.
    """
    network, device = channels_last(PretrainedFeatures(side).eval()), best_device()
    network.to(device)
    chunks: list[list[Tensor]] = []
    with torch.inference_mode():
        for start in range(0, len(rows), _CHUNK):
            chunk = to_tensor(images[rows[start : start + _CHUNK]]).to(device)
            turned = [chunk.rot90(turns, (2, 3)) for turns in range(quarter_turns)]
            seen = zip(*(map(_moments, network.layers(each)) for each in turned), strict=True)
            chunks.append([torch.stack(layer).mean(0).cpu() for layer in seen])
            progress(min(start + _CHUNK, len(rows)), len(rows), "images")
    return [torch.cat(layer).numpy() for layer in zip(*chunks, strict=True)]


def _moments(maps: Tensor) -> Tensor:
    """Return mean and standard deviation over the place of maps (N, c, s, s), (N, 2 c)."""
    return torch.cat([maps.mean((2, 3)), maps.std((2, 3), correction=0)], dim=1)


def teacher_features(
    images: np.ndarray,
    train_rows: np.ndarray,
    other_rows: np.ndarray,
    quarter_turns: int,
    seed: int,
    progress: Progress = silent,
) -> np.ndarray:
    """Return what the teacher says of N images, float16 (N, at most 128), of unit length.

    What all layers of EfficientNet-Lite0 see, in its principal components, each of which counts
    alike: most of what differs between photographs does not between images of one kind. Images
    that are not looked at have zeros.

    Args:
        images: uint8, (N, S, S, C); may be memory-mapped.
        train_rows: at least two, of the images that alone say what differs.
        other_rows: of others to look at.
        quarter_turns: 1 to 4, in how many an image may lie and mean the same.
        seed: of the search for components.
        progress: told of every chunk of images.
    """
    places = np.linspace(0, len(train_rows) - 1, min(len(train_rows), _MOST_FITTED))
    fitted = train_rows[np.unique(places.astype(int))]
    others = np.setdiff1d(np.concatenate([train_rows, other_rows]), fitted)
    count = len(fitted) + len(others)

    def look(rows: np.ndarray, before: int) -> list[np.ndarray]:
        part = _part_of(progress, before, count)
        return layered_features(images, rows, _SIDE, quarter_turns, part)

    layers = look(fitted, 0)
    components = min(_COMPONENTS, max(1, len(fitted) // _IMAGES_PER_COMPONENT))
    reduced = _principal_components(layers, components, seed)
    found = np.zeros((len(images), components), np.float16)
    found[fitted] = unit_vectors(reduced(layers))
    for start in range(0, len(others), _MOST_FITTED):
        rows = others[start : start + _MOST_FITTED]
        found[rows] = unit_vectors(reduced(look(rows, len(fitted) + start)))
    return found


def _principal_components(
    layers: list[np.ndarray], count: int, seed: int
) -> Callable[[list[np.ndarray]], np.ndarray]:
    """Return what maps layers' features, (n, c) each, to (n, count) components of equal spread.

    In what components are looked for every layer counts alike, and in a layer every number.
    """
    scaler = StandardScaler().fit(np.hstack(layers))
    sizes = np.array([layer.shape[1] for layer in layers])
    weights = np.repeat(sizes**-0.5, sizes).astype(np.float32)
    components = PCA(count, whiten=True, svd_solver="randomized", random_state=seed)

    def weighed(layers: list[np.ndarray]) -> np.ndarray:
        return np.asarray(scaler.transform(np.hstack(layers)) * weights)

    components.fit(weighed(layers))
    return lambda layers: np.asarray(components.transform(weighed(layers)))


def _part_of(progress: Progress, before: int, total: int) -> Progress:
    """Return what tells `progress` of a part of the work, which begins after so many images."""
    return lambda done, _, message="": progress(before + done, total, "asking the teacher")
