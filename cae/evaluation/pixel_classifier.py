"""What a set of images teaches a classifier on pixels, which owes nothing to the model."""

import warnings

import numpy as np
from skimage.transform import downscale_local_mean
from sklearn.decomposition import PCA
from sklearn.svm import SVC

_SIDE = 32
_COMPONENTS = 50
_PENALTY = 10.0
_IMAGES_AT_ONCE = 256


def pixel_vectors(images: np.ndarray) -> np.ndarray:
    """Return images, averaged down to about 32 px, as vectors.

    Args:
        images: uint8, (N, H, W, C), at least one.

    Returns:
        float32, (N, D), 0–1.
    """
    factor = max(1, images.shape[1] // _SIDE)
    chunks = [
        downscale_local_mean(images[start : start + _IMAGES_AT_ONCE], (1, factor, factor, 1))
        for start in range(0, len(images), _IMAGES_AT_ONCE)
    ]
    vectors = [chunk.reshape(len(chunk), -1).astype(np.float32) / 255 for chunk in chunks]
    return np.concatenate(vectors)


def principal_components(vectors: np.ndarray, seed: int) -> PCA:
    """Return the first 50 principal components, or as many as there are, of vectors (N, D)."""
    components = PCA(min(_COMPONENTS, *vectors.shape), svd_solver="randomized", random_state=seed)
    with warnings.catch_warnings():
        # Images that are all alike have no variance of which components could have a share.
        warnings.simplefilter("ignore", RuntimeWarning)
        return components.fit(vectors)


def pixel_accuracy(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    test_labels: np.ndarray,
    seed: int,
) -> float | None:
    """Return the test accuracy of a support vector machine with a Gaussian kernel, 0–1.

    It learns, from `train` alone, 50 principal components and then the classes. It is the same
    every time and takes seconds for ten thousand images; it sees the coarse form of an image
    rather than its texture.

    Args:
        train: (N, D), as `pixel_vectors` returns them.
        train_labels: (N,).
        test: (M, D).
        test_labels: (M,).
        seed: of the components' solver.

    Returns:
        None where `train` holds one class only.
    """
    if len(np.unique(train_labels)) < 2:
        return None
    components = principal_components(train, seed)
    classifier = SVC(C=_PENALTY).fit(components.transform(train), train_labels)
    return float(classifier.score(components.transform(test), test_labels))
