"""Normalised temperature-scaled cross entropy, the contrastive loss."""

import torch
from torch import Tensor
from torch.nn import functional


def ntxent(projections: Tensor, temperature: float = 0.2) -> Tensor:
    """Return the NT-Xent loss of several views of the same images.

    Every other view of an image is a positive, every view of another image a negative. With two
    views this is ``−log(exp(s_ij/τ) / Σ_{k≠i} exp(s_ik/τ))`` averaged over all 2N views; with
    more, each positive is weighed alone against the negatives and the mean over positives is
    taken, so that one easy positive does not excuse the others.

    Args:
        projections: (V, N, d), view v of image i at [v, i]; V ≥ 2, N ≥ 1; any length of vector.
        temperature: τ > 0.

    Returns:
        A scalar; 0 when N = 1 and V = 2, where nothing is left to tell apart.

    Raises:
        ValueError: fewer than two views, or a temperature that is not positive.

    Source: Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual
    Representations", eq. 1; used by Ferrante et al. 2022, arXiv 2209.12005.
    """
    if projections.ndim != 3 or projections.shape[0] < 2:
        raise ValueError(f"Expected (views ≥ 2, N, d), got {tuple(projections.shape)}.")
    if temperature <= 0:
        raise ValueError(f"The temperature must be positive, got {temperature}.")
    views, count, _ = projections.shape
    z = functional.normalize(projections.float(), dim=-1).flatten(0, 1)
    similarity = z @ z.T / temperature
    image = torch.arange(count, device=z.device).repeat(views)
    same_image = image[:, None] == image[None, :]
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    log_negatives = similarity.masked_fill(same_image, -torch.inf).logsumexp(dim=1, keepdim=True)
    log_denominator = torch.logaddexp(similarity, log_negatives)
    return (log_denominator - similarity)[same_image & ~itself].mean()
