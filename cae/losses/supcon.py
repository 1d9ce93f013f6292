"""Supervised contrastive loss, with labels that may be missing."""

import torch
from torch import Tensor
from torch.nn import functional


def supcon(embeddings: Tensor, labels: Tensor, temperature: float = 0.07) -> Tensor:
    """Return the supervised contrastive loss of several views of the same images.

    ``ℓ_i = −1/|P(i)| Σ_{p∈P(i)} log( exp(s_ip/τ) / Σ_{a≠i} exp(s_ia/τ) )``, averaged over all
    views, where P(i) holds the other views of image i and all views of images with its label. An
    image whose label is missing has only its own other views.

    Args:
        embeddings: (V, N, d), view v of image i at [v, i]; V ≥ 2, N ≥ 1; any length of vector.
        labels: (N,), whole numbers; a negative one is missing.
        temperature: τ > 0.

    Returns:
        A scalar.

    Raises:
        ValueError: fewer than two views, another number of labels than of images, or a
            temperature that is not positive.

    Source: Khosla et al. 2020, "Supervised Contrastive Learning", eq. 2; with clinical labels
    Kokilepersaud et al. 2022, arXiv 2211.05092.
    """
    if embeddings.ndim != 3 or embeddings.shape[0] < 2:
        raise ValueError(f"Expected (views ≥ 2, N, d), got {tuple(embeddings.shape)}.")
    if temperature <= 0:
        raise ValueError(f"The temperature must be positive, got {temperature}.")
    views, count, _ = embeddings.shape
    if labels.shape != (count,):
        raise ValueError(f"Expected labels of shape ({count},), got {tuple(labels.shape)}.")
    z = functional.normalize(embeddings.float(), dim=-1).flatten(0, 1)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    # Under autocast the product has fewer digits, and less range, than what follows needs.
    similarity = (z @ z.T).float() / temperature
    similarity = similarity.masked_fill(itself, torch.finfo(similarity.dtype).min)
    number = torch.arange(count, device=z.device)
    group = torch.where(labels < 0, -1 - number, labels).repeat(views)
    positive = (group[:, None] == group[None, :]) & ~itself
    log_share = similarity - similarity.logsumexp(dim=1, keepdim=True)
    per_anchor = log_share.masked_fill(~positive, 0).sum(1) / positive.sum(1)
    return -per_anchor.mean()
