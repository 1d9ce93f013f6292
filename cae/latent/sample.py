"""New latents drawn like the members of a cluster."""

import warnings

import numpy as np

from cae.errors import CaeError
from cae.latent.spread import require_latents

_COMPONENTS = (1, 2, 5, 10, 20)
_MEMBERS_PER_COMPONENT = 30
_MOST_MEMBERS = 20_000


def sample_cluster(
    latents_of_cluster: np.ndarray, n: int, seed: int, components: int | None = None
) -> np.ndarray:
    """Draw `n` new latents from a Gaussian mixture fitted to a cluster's members.

    Members are turned into the principal axes of their Ledoit–Wolf covariance (Ledoit & Wolf
    2004); there a mixture with diagonal covariances is fitted, floored by the amount that
    Ledoit–Wolf shrinks, so that few members or many dimensions do no harm. Samples are clipped
    to the members' range along each axis, so none leaves the box that the cluster fills.
    At most 20,000 members, drawn at random, are used.

    Args:
        latents_of_cluster: (N, d), finite, at least two members.
        n: number of samples, at least 1.
        seed: of every random choice; the same seed draws the same samples.
        components: Gaussians in the mixture; where None that of 1, 2, 5, 10 and 20 (at least 30
            members each) with the least Akaike information criterion, which asks how well new
            members are predicted: from few components images come out too much alike.

    Returns:
        float32, (n, d), in random order.

    Raises:
        CaeError: fewer than two members, `n` below 1, or more components than members.
    """
    members = np.asarray(latents_of_cluster, dtype=np.float64)
    require_latents(members)
    _check_counts(len(members), n, components)
    random = np.random.default_rng(seed)
    if len(members) > _MOST_MEMBERS:
        members = members[random.choice(len(members), _MOST_MEMBERS, replace=False)]
    mean, axes, floor = _principal_axes(members)
    turned = (members - mean) @ axes
    drawn = _draw(turned, n, seed, components, floor)
    drawn = np.clip(drawn, turned.min(axis=0), turned.max(axis=0))
    sampled: np.ndarray = (random.permutation(drawn) @ axes.T + mean).astype(np.float32)
    return sampled


def _check_counts(members: int, n: int, components: int | None) -> None:
    if members < 2:
        raise CaeError(
            f"The cluster has {members} image{'s' * (members != 1)}; samples need two or more, "
            "choose a larger cluster."
        )
    if n < 1:
        raise CaeError(f"{n} samples were asked for; ask for at least one.")
    if components is not None and not 1 <= components <= members:
        raise CaeError(f"{components} components do not fit {members} images; use fewer.")


def _principal_axes(members: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    from sklearn.covariance import LedoitWolf

    estimate = LedoitWolf().fit(members)
    axes = np.linalg.eigh(estimate.covariance_)[1]
    mean_variance = np.trace(estimate.covariance_) / len(axes)
    return estimate.location_, axes, estimate.shrinkage_ * mean_variance + 1e-12


def _draw(
    turned: np.ndarray, n: int, seed: int, components: int | None, floor: float
) -> np.ndarray:
    from sklearn.mixture import GaussianMixture

    most = max(1, len(turned) // _MEMBERS_PER_COMPONENT)
    fitting = [count for count in _COMPONENTS if count <= most]
    counts = fitting if components is None else [components]
    with warnings.catch_warnings():
        # Members that coincide leave k-means, which starts the mixture, with fewer centres.
        warnings.simplefilter("ignore")
        mixtures = [
            GaussianMixture(count, covariance_type="diag", reg_covar=floor, random_state=seed).fit(
                turned
            )
            for count in counts
        ]
    best = min(mixtures, key=lambda mixture: mixture.aic(turned))
    drawn: np.ndarray = best.sample(n)[0]
    return drawn
