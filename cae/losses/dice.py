"""Overlap of predicted and true masks."""

from torch import Tensor

_SMOOTHING = 1.0


def dice_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Return 1 − soft Dice, ``1 − (2 Σ p t + 1) / (Σ p + Σ t + 1)``, averaged over structures.

    The sums run over all images and pixels, so that an image without a structure does not count
    as one where it was missed; the ones keep a structure that is nowhere from dividing by 0.

    Args:
        predicted: p, (N, M, H, W), 0–1, one map per structure.
        target: t, as `predicted`.

    Returns:
        A scalar from 0 to 1.

    Raises:
        ValueError: shapes that differ.

    Source: Milletari, Navab, Ahmadi 2016, "V-Net", arXiv 1606.04797.
    """
    if predicted.ndim != 4 or predicted.shape != target.shape:
        raise ValueError(
            f"Expected two of (N, M, H, W), got {tuple(predicted.shape)} and {tuple(target.shape)}."
        )
    p, t = (maps.float().transpose(0, 1).flatten(1) for maps in (predicted, target))
    shared, sizes = (p * t).sum(1), p.sum(1) + t.sum(1)
    return 1 - ((2 * shared + _SMOOTHING) / (sizes + _SMOOTHING)).mean()
