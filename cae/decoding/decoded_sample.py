"""New images like a group of a study's images: drawn in latent space and decoded."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cae.decoding.rendering import AS_MEAN, Rendering, render
from cae.errors import CaeError
from cae.latent.neighbours import nearest
from cae.latent.sample import sample_cluster

if TYPE_CHECKING:
    from cae.study.study import Study

MOST_SAMPLES = 10_000


@dataclass(frozen=True, eq=False)
class DecodedSamples:
    """M synthetic images like a group of real ones.

    Attributes:
        like: how the group came about, JSON-able, such as ``{"kind": "cluster", "cluster": 3}``.
        members: number of images in the group.
        seed: of every random choice.
        latents: float32 (M, d).
        nearest_rows: int64 (M,), the real image of the whole study nearest to each.
        nearest_distances: float32 (M,), cosine distance to it, 0–2.
        off_data: bool (M,), whether it is far from every image, see `Support`.
        images: uint8 (M, H, W, C), decoded from `latents`.
        rendering: how; likely images have noises of their own, with seeds that follow one another.
    """

    like: dict[str, Any]
    members: int
    seed: int
    latents: np.ndarray
    nearest_rows: np.ndarray
    nearest_distances: np.ndarray
    off_data: np.ndarray
    images: np.ndarray
    rendering: Rendering

    def __len__(self) -> int:
        return len(self.latents)

    @property
    def made_from(self) -> dict[str, Any]:
        """How they came about, JSON-able."""
        return {"like": self.like, "images_in_group": self.members, "seed": self.seed}


def cluster_members(study: "Study", cluster: int) -> np.ndarray:
    """Return the ascending rows of one of the study's clusters.

    Raises:
        CaeError: there is no such cluster, −1 was asked for, or the study is not clustered.
    """
    numbers = study.clusters["cluster"].to_numpy()
    known = np.unique(numbers[numbers >= 0])
    if len(known) == 0:
        raise CaeError(
            f"All images of {study.path.name} are unclustered, so there is no cluster to draw "
            "samples from; group them in another way, as with: cae cluster --k 6."
        )
    if cluster not in known:
        what = "Unclustered images (-1) are no cluster"
        what = what if cluster == -1 else f"There is no cluster {cluster} in {study.path.name}"
        names = ", ".join(map(str, known)) if len(known) < 10 else f"{known[0]} to {known[-1]}"
        raise CaeError(f"{what}; choose one of {names}.")
    return np.flatnonzero(numbers == cluster)


def decode_samples(
    study: "Study",
    rows: np.ndarray,
    like: dict[str, Any],
    n: int,
    seed: int,
    rendering: Rendering = AS_MEAN,
) -> DecodedSamples:
    """Draw `n` latents like those of `rows` and decode them.

    Args:
        study: an encoded study.
        rows: of the images that samples are to be like, two or more.
        like: how these rows came about, to be kept with the samples.
        n: number of samples, 1 to 10,000.
        seed: of every random choice; the same seed draws the same samples.
        rendering: how to decode them.

    Raises:
        CaeError: there are too few rows, `n` is out of range, or the study is not encoded.

    Example:
        ``decode_samples(study, cluster_members(study, 3), {"kind": "cluster"}, 12, seed=0)``
    """
    if not 1 <= n <= MOST_SAMPLES:
        raise CaeError(f"{n} samples are not offered at once; ask for 1 to {MOST_SAMPLES:,}.")
    latents = sample_cluster(study.latents[rows], n, seed, study.latent_space)
    nearest_rows, distances = nearest(study.latents, latents, 1)
    return DecodedSamples(
        like=like,
        members=len(rows),
        seed=seed,
        latents=latents,
        nearest_rows=nearest_rows[:, 0],
        nearest_distances=distances[:, 0],
        off_data=study.support.is_far(latents),
        images=render(study, latents, rendering, apart=True),
        rendering=rendering,
    )
