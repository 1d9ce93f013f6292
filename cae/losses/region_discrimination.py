"""Telling the regions of an image from each other, alike in all images."""

import torch
from torch import Tensor
from torch.nn import functional


def region_vectors(embeddings: Tensor, maps: Tensor) -> Tensor:
    """Return what each region of each image looks like, ``r_nk = norm(mean_p a_k(p) f(p))``.

    Args:
        embeddings: f, (N, d, H, W).
        maps: a, (N, K, H, W), 0–1, what share of each pixel belongs to each region.

    Returns:
        (N, K, d), of unit length.

    Raises:
        ValueError: another number or size of maps than of embeddings.

    Source: Chen et al. 2021, arXiv 2108.09440.
    """
    shapes = [(len(batch), *batch.shape[2:]) for batch in (embeddings, maps) if batch.ndim == 4]
    if len(shapes) < 2 or shapes[0] != shapes[1]:
        raise ValueError(
            f"Expected (N, d, H, W) and (N, K, H, W), got {tuple(embeddings.shape)} and "
            f"{tuple(maps.shape)}."
        )
    sums = torch.einsum("nkhw,ndhw->nkd", maps.float(), embeddings.float())
    return functional.normalize(sums, dim=2)


def region_discrimination(regions: Tensor, temperature: float = 0.2) -> Tensor:
    """Return how badly the regions of each image are recognised by the regions' centres.

    Centres are ``t_k = norm(mean_n r_nk)``, and
    ``L = −mean_{n,k} log softmax_j(r_nk · t_j / τ)[j = k]``.

    Args:
        regions: r, (N, K, d), as `region_vectors` returns them.
        temperature: τ > 0.

    Returns:
        A scalar ≥ 0; 0 for a single region.

    Raises:
        ValueError: regions that are not (N, K, d), or a temperature that is not positive.

    Source: as `region_vectors`.
    """
    if regions.ndim != 3:
        raise ValueError(f"Expected (N, K, d), got {tuple(regions.shape)}.")
    if temperature <= 0:
        raise ValueError(f"The temperature must be positive, got {temperature}.")
    centres = functional.normalize(regions.mean(dim=0), dim=1)
    logits = torch.einsum("nkd,jd->nkj", regions, centres) / temperature
    return -logits.log_softmax(dim=2).diagonal(dim1=1, dim2=2).mean()
