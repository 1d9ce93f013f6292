"""How much the region of a pixel in one view tells of its region in another."""

from torch import Tensor


def joint_regions(first: Tensor, second: Tensor) -> Tensor:
    """Return how often pixels are of each pair of regions, ``Σ_{n,p} a_j(p) a'_k(p)``.

    Args:
        first: a, (N, K, H, W), 0–1, of sum 1 over K.
        second: a', the other view's maps, laid onto those of `first`.

    Returns:
        (K, K), in pixels.

    Raises:
        ValueError: shapes that differ or are not (N, K, H, W).

    Source: Ji, Henriques, Vedaldi 2019, "Invariant information clustering for unsupervised image
    classification and segmentation", arXiv 1807.06653.
    """
    if first.ndim != 4 or first.shape != second.shape:
        raise ValueError(
            f"Expected two of (N, K, H, W), got {tuple(first.shape)} and {tuple(second.shape)}."
        )
    a, b = (maps.float().transpose(0, 1).flatten(1) for maps in (first, second))
    return (a @ b.T).float()


def mutual_information_loss(joint: Tensor) -> Tensor:
    """Return the negative mutual information of the regions of pixels in two views.

    ``P_jk`` is `joint`, made symmetric and of sum 1, and ``L = −Σ_jk P_jk log(P_jk / (P_j P_k))``.
    It is least where every pixel is certain to be of the same region in both views and all regions
    are of one size.

    Args:
        joint: (K, K), as `joint_regions` returns it.

    Returns:
        A scalar from −log K to 0.

    Source: as `joint_regions`.
    """
    joint = joint.float() + joint.float().T
    joint = (joint / joint.sum()).clamp(min=1e-8)
    rows, columns = joint.sum(1, keepdim=True), joint.sum(0, keepdim=True)
    return -(joint * (joint.log() - rows.log() - columns.log())).sum()
