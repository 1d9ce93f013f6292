"""NT-Xent in which images of one pseudo-class are never negatives of each other."""

import torch
from torch import Tensor
from torch.nn import functional


def masked_ntxent(embeddings: Tensor, classes: Tensor, temperature: float = 0.2) -> Tensor:
    """Return NT-Xent with negatives from other pseudo-classes only.

    ``ℓ_i = −log[ e^{s_ii⁺/τ} / (e^{s_ii⁺/τ} + Σ_{k: c_k≠c_i} e^{s_ik/τ}) ]``, averaged over all
    views. With more than two views each positive is weighed alone against the negatives and the
    mean over positives is taken, so that one easy positive does not excuse the others.

    Args:
        embeddings: (V, N, d), view v of image i at [v, i]; V ≥ 2, N ≥ 1; any length of vector.
        classes: (N,), the images' pseudo-classes; a negative number is a class of its own.
        temperature: τ > 0.

    Returns:
        A scalar; 0 when all images are of one class, where nothing is left to tell apart.

    Raises:
        ValueError: fewer than two views, another number of classes than of images, or a
            temperature that is not positive.

    Source: Zhang et al. 2022, "Unsupervised feature clustering improves contrastive
    representation learning for medical image segmentation", arXiv 2211.08557.
    """
    if embeddings.ndim != 3 or embeddings.shape[0] < 2:
        raise ValueError(f"Expected (views ≥ 2, N, d), got {tuple(embeddings.shape)}.")
    if temperature <= 0:
        raise ValueError(f"The temperature must be positive, got {temperature}.")
    views, count, _ = embeddings.shape
    if classes.shape != (count,):
        raise ValueError(f"Expected classes of shape ({count},), got {tuple(classes.shape)}.")
    z = functional.normalize(embeddings.float(), dim=-1).flatten(0, 1)
    # Under autocast the product is of 16 bits: divided only then, it would lose more of them.
    similarity = (z @ z.T).float() / temperature
    number = torch.arange(count, device=z.device)
    image = number.repeat(views)
    group = torch.where(classes < 0, -1 - number, classes).repeat(views)
    # The least number instead of −∞: where nothing is left to tell apart, −∞ has no gradient.
    nothing = torch.finfo(similarity.dtype).min
    same_group = group[:, None] == group[None, :]
    log_negatives = similarity.masked_fill(same_group, nothing).logsumexp(dim=1, keepdim=True)
    positive = (image[:, None] == image[None, :]) & ~torch.eye(
        len(z), dtype=torch.bool, device=z.device
    )
    losses = torch.logaddexp(similarity, log_negatives) - similarity
    # Chosen by their number, a GPU would be asked how many there are, and so waited for.
    return losses.masked_fill(~positive, 0).sum() / (len(z) * (views - 1))
