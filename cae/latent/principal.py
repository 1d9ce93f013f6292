"""The directions along which latents differ most, as a map that is drawn at once."""

import numpy as np

from cae.latent.spread import require_latents


def principal_projection(latents: np.ndarray, dimensions: int = 2) -> np.ndarray:
    """Return the first principal components of latents, centred, the widest first.

    An axis has no direction of its own; its largest entry points up.

    Args:
        latents: (N, d), finite.
        dimensions: of the map; those beyond the latents' own are 0.

    Returns:
        float32, (N, dimensions).

    Raises:
        CaeError: the latents have the wrong shape or are not finite.
    """
    latents = np.asarray(latents, dtype=np.float32)
    require_latents(latents)
    if len(latents) < 2:
        return np.zeros((len(latents), dimensions), dtype=np.float32)
    from sklearn.decomposition import PCA

    kept = min(dimensions, *latents.shape)
    pca = PCA(kept, svd_solver="covariance_eigh").fit(latents.astype(np.float64))
    largest = np.abs(pca.components_).argmax(axis=1, keepdims=True)
    axes = pca.components_ * np.sign(np.take_along_axis(pca.components_, largest, axis=1))
    laid_out = (latents - pca.mean_) @ axes.T
    return np.pad(laid_out, ((0, 0), (0, dimensions - kept))).astype(np.float32)
