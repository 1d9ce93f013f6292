"""Whether a group of images comes together again when others of the images are clustered."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cae.cohorts.material import StudyLike
from cae.latent.cluster import default_min_cluster_size, hdbscan_clusters, kmeans_clusters
from cae.number_text import percent_text
from cae.progress import Progress, silent

_DRAWS = 20
_MOST = 4_000
# Hennig 2008, section 2: at .75 a cluster is found again, at .6 it is doubtful, at .5 dissolved.
_STABLE, _DOUBTFUL = 0.75, 0.6

Regroup = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Stability:
    """How often the members of a group come together over bootstrapped clusterings.

    Attributes:
        jaccard: mean over the draws of how far the best fitting cluster agrees with the group,
            0–1: shared members by members of either.
        together: share of pairs of members, 0–1, that are in one cluster.
        draws: number of clusterings that held at least two members.
        reason: why it cannot be said, as a sentence; else empty.
    """

    jaccard: float = 0.0
    together: float = 0.0
    draws: int = 0
    reason: str = ""

    @property
    def is_stable(self) -> bool:
        """Whether a cluster like the group is found again."""
        return not self.reason and self.jaccard >= _STABLE

    @property
    def is_doubtful(self) -> bool:
        """Whether it could be told, and no cluster like the group is found again."""
        return not self.reason and not self.is_stable

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if self.reason:
            return self.reason
        if self.is_stable:
            verdict = "It is found again in clusterings of other draws"
        elif self.jaccard >= _DOUBTFUL:
            verdict = "It is doubtful: clusterings of other draws find something like it"
        else:
            verdict = "It is unstable: clusterings of other draws have no such cluster"
        return (
            f"{verdict} (Jaccard {self.jaccard:.2f}; {percent_text(self.together)} of pairs of its "
            f"images come together; {self.draws} draws)."
        )


def stability_of(study: StudyLike, rows: np.ndarray) -> Stability:
    """Return how stable a group is under the study's own clustering.

    What the study was grouped by is drawn and grouped anew with the settings it was grouped with:
    the map by HDBSCAN, as it is, or the latents by k-means.

    Args:
        study: a study; where it has no clusters, the reason says so.
        rows: of the group.
    """
    reason = why_untold(study)
    return Stability(reason=reason) if reason else agreement(redrawn(study), rows)


def why_untold(study: StudyLike) -> str:
    """Return why draws of a study cannot be clustered anew, as a sentence; empty where they can."""
    if not study.is_done("cluster"):
        return "The images are not clustered, so that stability cannot be told."
    parameters = study.parameters("cluster")
    if parameters.get("prototypes") or parameters.get("method") == "prototypes":
        return (
            "The clusters are prototypes of the model; only training it anew on other draws could "
            "tell how stable they are."
        )
    return ""


def redrawn(study: StudyLike, progress: Progress = silent) -> np.ndarray:
    """Return clusterings of draws of a study's images, as `clusterings` does.

    Args:
        study: one of which `why_untold` says nothing.
        progress: told how many draws are clustered.
    """
    parameters = study.parameters("cluster")
    # What was left to be chosen is 0, or None in the studies of former versions.
    k, least = (int(parameters.get(name) or 0) for name in ("k", "min_cluster_size"))
    if k:

        def by_means(points: np.ndarray) -> np.ndarray:
            return np.asarray(kmeans_clusters(points, min(k, len(points)), study.seed)["cluster"])

        return clusterings(study.latents, by_means, study.seed, progress=progress)
    share = (least or default_min_cluster_size(len(study.projection))) / len(study.projection)

    def by_density(points: np.ndarray) -> np.ndarray:
        fewest = max(2, round(share * len(points)))
        return np.asarray(hdbscan_clusters(points, fewest)["cluster"])

    return clusterings(study.projection, by_density, study.seed, progress=progress)


def clusterings(
    points: np.ndarray, regroup: Regroup, seed: int, progress: Progress = silent
) -> np.ndarray:
    """Cluster twenty bootstrap draws of points.

    Points that are drawn several times count once, as coinciding points are dense whatever the
    images show. Of more than 4,000 images as many are drawn.

    Args:
        points: (N, d).
        regroup: returns the cluster of each point, −1 for none.
        seed: of the draws.
        progress: told how many are done.

    Returns:
        int64 (20, 2, M): the rows that were drawn, ascending, and the cluster of each; behind
        them −1 where fewer than M were.
    """
    random = np.random.default_rng(seed)
    size = min(len(points), _MOST)
    found = np.full((_DRAWS, 2, size), -1, dtype=np.int64)
    for number in range(_DRAWS):
        progress(number, _DRAWS, "draws clustered")
        drawn = np.unique(random.integers(len(points), size=size))
        found[number, 0, : len(drawn)] = drawn
        found[number, 1, : len(drawn)] = regroup(np.asarray(points[drawn]))
    return found


def agreement(found: np.ndarray, rows: np.ndarray) -> Stability:
    """Compare a group with what was found in each draw.

    Args:
        found: as `clusterings` returns it.
        rows: of the group, at least one.

    Source: Hennig 2007, "Cluster-wise assessment of cluster stability"; co-membership after
    Monti et al. 2003, "Consensus clustering".
    """
    is_member = np.zeros(int(max(found[:, 0].max(), rows.max(initial=0))) + 1, dtype=bool)
    is_member[rows] = True
    jaccards, shares = [], []
    for drawn, labels in found:
        labels, members = labels[drawn >= 0], is_member[drawn[drawn >= 0]]
        if members.sum() < 2:
            continue
        jaccards.append(_best_jaccard(labels, members))
        shares.append(_share_together(labels[members]))
    if not jaccards:
        return Stability(reason="The group has too few images to tell how stable it is.")
    return Stability(float(np.mean(jaccards)), float(np.mean(shares)), len(jaccards))


def _best_jaccard(labels: np.ndarray, members: np.ndarray) -> float:
    best = 0.0
    for label in np.unique(labels[members & (labels >= 0)]):
        cluster = labels == label
        best = max(best, (cluster & members).sum() / (cluster | members).sum())
    return float(best)


def _share_together(labels: np.ndarray) -> float:
    counts = np.unique(labels[labels >= 0], return_counts=True)[1]
    return float((counts * (counts - 1)).sum() / (len(labels) * (len(labels) - 1)))
