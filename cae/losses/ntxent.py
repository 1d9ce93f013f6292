"""Normalised temperature-scaled cross entropy, the contrastive loss."""

import torch
from torch import Tensor

from cae.losses.masked_ntxent import masked_ntxent


def ntxent(embeddings: Tensor, temperature: float = 0.2) -> Tensor:
    """Return the NT-Xent loss of several views of the same images.

    Every other view of an image is a positive, every view of another image a negative: each image
    is a class of its own. With two views this is ``−log(exp(s_ij/τ) / Σ_{k≠i} exp(s_ik/τ))``
    averaged over all 2N views; for more see `cae.losses.masked_ntxent`.

    Args:
        embeddings: (V, N, d), view v of image i at [v, i]; V ≥ 2, N ≥ 1; any length of vector.
        temperature: τ > 0.

    Returns:
        A scalar; 0 when N = 1 and V = 2, where nothing is left to tell apart.

    Raises:
        ValueError: fewer than two views, or a temperature that is not positive.

    Example:
        >>> import torch
        >>> images = torch.eye(4)  # four images, as unlike each other as can be
        >>> round(ntxent(torch.stack([images, images])).item(), 3)
        0.04
        >>> round(ntxent(torch.stack([images, images.roll(1, 0)])).item(), 3)
        5.04

    Source: Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual
    Representations", eq. 1; used by Ferrante et al. 2022, arXiv 2209.12005.
    """
    if embeddings.ndim != 3:
        raise ValueError(f"Expected (views ≥ 2, N, d), got {tuple(embeddings.shape)}.")
    classes = torch.arange(embeddings.shape[1], device=embeddings.device)
    return masked_ntxent(embeddings, classes, temperature)
