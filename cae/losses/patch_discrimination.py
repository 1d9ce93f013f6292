"""Telling every patch of a batch from every other one."""

import torch
from torch import Tensor
from torch.nn import functional


def patch_discrimination(anchors: Tensor, targets: Tensor, temperature: float = 0.1) -> Tensor:
    """Return how badly each anchor is recognised as its own target among all targets.

    With ``p_ij = softmax_j(cos(a_i, t_j) / τ)``,
    ``L = −(1/M) Σ_i [log p_ii + Σ_{j≠i} log(1 − p_ij)]``. It is the criterion of patch
    discrimination, where target i is the same patch in another view, and of hypersphere mixup,
    where anchors are patches of mixed images and targets mixtures of the patches' embeddings.

    Args:
        anchors: (M, d), M ≥ 1, any length of vector.
        targets: (M, d), as `anchors`.
        temperature: τ > 0.

    Returns:
        A scalar ≥ 0; 0 for a single patch.

    Raises:
        ValueError: shapes that differ or are not (M, d), or a temperature that is not positive.

    Source: Chen et al. 2021, "Unsupervised local discrimination for medical images",
    arXiv 2108.09440.
    """
    if anchors.ndim != 2 or anchors.shape != targets.shape or len(anchors) == 0:
        raise ValueError(
            f"Expected two of (M, d), got {tuple(anchors.shape)} and {tuple(targets.shape)}."
        )
    if temperature <= 0:
        raise ValueError(f"The temperature must be positive, got {temperature}.")
    a, t = (functional.normalize(vectors.float(), dim=1) for vectors in (anchors, targets))
    logits = (a @ t.T).float() / temperature
    log_p = logits.log_softmax(dim=1)
    recognised = log_p.diagonal().sum()
    # In a row only the largest p can be above one half, where log(1 − p) needs all the others.
    largest = logits.argmax(dim=1, keepdim=True)
    is_largest = torch.zeros_like(logits, dtype=torch.bool).scatter_(1, largest, True)
    lowest = torch.finfo(logits.dtype).min
    others = logits.masked_fill(is_largest, lowest).logsumexp(dim=1)
    log_rest = others - logits.logsumexp(dim=1)
    itself = torch.arange(len(a), device=a.device)
    mistaken = (largest.squeeze(1) != itself) & (len(a) > 1)
    own = torch.eye(len(a), dtype=torch.bool, device=a.device)
    rejected = torch.log1p(-log_p.exp().masked_fill(is_largest | own, 0)).sum()
    rejected = rejected + log_rest.masked_fill(~mistaken, 0).sum()
    return -(recognised + rejected) / len(a)
