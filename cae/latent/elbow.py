"""How many groups there are: the elbow of k-means."""

import numpy as np

from cae.errors import CaeError
from cae.latent.spread import require_latents
from cae.number_text import counted

CANDIDATES = range(2, 21)
_MOST_LATENTS = 5_000


def elbow(latents: np.ndarray, seed: int) -> int:
    """Return the number of k-means clusters beyond which more explain little more.

    That is the number of `CANDIDATES`, of those up to N, farthest below the straight line from the
    first to the last in the curve of within-cluster scatter, both axes scaled to 0–1 (Satopää et
    al. 2011, the knee of a convex curve). At most 5,000 latents, drawn at random, are used.

    Args:
        latents: (N, d), finite, at least two.
        seed: of the draw and of k-means.

    Raises:
        CaeError: fewer than two latents, or they are not finite.
    """
    from sklearn.cluster import KMeans

    latents = np.asarray(latents, dtype=np.float32)
    require_latents(latents)
    if len(latents) < 2:
        raise CaeError(f"{counted(len(latents), 'image')} cannot be grouped; add images.")
    if len(latents) > _MOST_LATENTS:
        random = np.random.default_rng(seed)
        latents = latents[random.choice(len(latents), _MOST_LATENTS, replace=False)]
    if (latents == latents[0]).all():
        return CANDIDATES[0]
    numbers = np.array([k for k in CANDIDATES if k <= len(latents)])
    scatter = np.array(
        [KMeans(k, n_init=4, random_state=seed).fit(latents).inertia_ for k in numbers]
    )
    spread = scatter[0] - scatter[-1]
    if len(numbers) < 3 or spread <= 0:
        return int(numbers[0])
    across = (numbers - numbers[0]) / (numbers[-1] - numbers[0])
    down = (scatter - scatter[-1]) / spread
    return int(numbers[np.argmax(1 - across - down)])
