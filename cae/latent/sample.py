"""New latents drawn like the members of a cluster."""

import numpy as np

from cae.errors import CaeError
from cae.latent.space import LatentSpace
from cae.latent.spread import require_latents

_NEIGHBOURS = 10
_MOST_MEMBERS = 20_000
# The share of what sets a member apart from its neighbours that is drawn anew, as a ratio of
# standard deviations.
_SHARE_DRAWN = 0.9


def sample_cluster(
    latents_of_cluster: np.ndarray, n: int, seed: int, space: LatentSpace
) -> np.ndarray:
    """Draw `n` new latents, each like one member and its neighbours.

    A member z and its 10 nearest have a mean μ and a covariance. A sample is
    ``μ + √(1−h²)·(z−μ) + h·ε`` with ε normal of that covariance and h = 0.9, brought back to the
    space that latents lie in: a smoothed bootstrap that keeps the spread of what is drawn from
    (Silverman & Young 1987, Biometrika) with the kernels of manifold Parzen windows (Vincent &
    Bengio 2002, NeurIPS), so that samples spread along what the members fill and not across it.
    All members take part equally often. At most 20,000 of them, drawn at random, are used.

    Args:
        latents_of_cluster: (N, d), finite, at least two members.
        n: number of samples, at least 1.
        seed: of every random choice; the same seed draws the same samples.
        space: that latents lie in.

    Returns:
        float32, (n, d), in random order.

    Raises:
        CaeError: fewer than two members, or `n` below 1.
    """
    from sklearn.neighbors import NearestNeighbors

    members = np.asarray(latents_of_cluster, dtype=np.float64)
    require_latents(members)
    _check_counts(len(members), n)
    random = np.random.default_rng(seed)
    if len(members) > _MOST_MEMBERS:
        members = members[random.choice(len(members), _MOST_MEMBERS, replace=False)]
    turns = random.permutation(len(members))[np.arange(n) % len(members)]
    chosen, where = np.unique(random.permutation(turns), return_inverse=True)
    count = min(_NEIGHBOURS + 1, len(members))
    finder = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(members)
    near = members[finder.kneighbors(members[chosen], return_distance=False)]
    centres = near.mean(axis=1)
    apart = (near - centres[:, None])[where]
    noise = np.einsum("nk,nkd->nd", random.normal(size=(n, count)), apart) / count**0.5
    kept = (1 - _SHARE_DRAWN**2) ** 0.5
    drawn = centres[where] + kept * (members[chosen] - centres)[where] + _SHARE_DRAWN * noise
    return space.onto(drawn).astype(np.float32)


def _check_counts(members: int, n: int) -> None:
    if members < 2:
        raise CaeError(
            f"The cluster has {members} image{'s' * (members != 1)}; samples need two or more, "
            "choose a larger cluster."
        )
    if n < 1:
        raise CaeError(f"{n} samples were asked for; ask for at least one.")


def sample_classes(
    latents: np.ndarray, classes: np.ndarray, times: int, seed: int, space: LatentSpace
) -> tuple[np.ndarray, np.ndarray]:
    """Draw new latents like those of each class.

    Args:
        latents: (N, d).
        classes: (N,). A class of a single latent has no samples.
        times: samples for each latent, at least 1.
        seed: of every random choice.
        space: that latents lie in.

    Returns:
        float32 (M, d), and (M,) the class that each was drawn like.
    """
    names, counts = np.unique(classes, return_counts=True)
    names, counts = names[counts > 1], times * counts[counts > 1]
    drawn = [
        sample_cluster(latents[classes == name], count, seed + number, space)
        for number, (name, count) in enumerate(zip(names, counts, strict=True))
    ]
    none = np.empty((0, latents.shape[1]), np.float32)
    return np.concatenate([none, *drawn]), np.repeat(names, counts)
