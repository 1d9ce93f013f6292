"""How alike two studies arrange the images that they share."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from cae.cohorts.bootstrap import Estimate, bootstrap_weights, estimate
from cae.columns.titles import CLUSTER
from cae.evaluation.two_studies.alignment import linear_cka
from cae.evaluation.two_studies.both import Both
from cae.evaluation.two_studies.overlap import (
    NEIGHBOURS,
    chance_overlap,
    most_apart,
    neighbour_overlap,
    profile_correlations,
)
from cae.latent.neighbour_graph import neighbour_graph
from cae.latent.spread import evenly_spread
from cae.progress import Progress, silent
from cae.study.neighbours import neighbours_of_all
from cae.study.study import Study

MOST_APART = 48
STAGES = 3
_MOST_ALIGNED, _MOST_DRAWN = 10_000, 20_000


@dataclass(frozen=True)
class Arrangement:
    """How alike two studies arrange their images.

    Attributes:
        neighbours: k, how many neighbours of each image are compared, 10 at most.
        overlap: mean share of these that both studies name, 0–1.
        chance: the share that chance would give.
        overlaps: how many images share 0, 1, … k neighbours.
        cka: see `linear_cka`.
        clusters: how many clusters of each study hold shared images; None where it has none of its
            present latents.
        cluster_agreement: adjusted mutual information of both clusterings, 1 is the same and 0 is
            chance; the unclustered count as a group. None where a study is not clustered.
        apart: rows, in the first study, of the images that both disagree about most, at most 48.
    """

    neighbours: int
    overlap: Estimate
    chance: float
    overlaps: tuple[int, ...]
    cka: float | None
    clusters: tuple[int | None, int | None]
    cluster_agreement: float | None
    apart: tuple[int, ...]


def arrangement_of(both: Both, progress: Progress = silent) -> Arrangement:
    """Compare neighbours, distances and clusters, all among shared images alone.

    Clusterings are compared by adjusted mutual information (Vinh, Epps, Bailey 2010).

    Args:
        both: the studies.
        progress: told of each of `STAGES`.
    """
    k = min(NEIGHBOURS, len(both) - 1)
    first, second = (
        _neighbours(study, rows, latents, k)
        for study, rows, latents in zip(both.studies, both.rows, both.latents, strict=True)
    )
    overlap = neighbour_overlap(first, second)
    progress(1, STAGES, "neighbours compared")
    apart = most_apart(overlap, profile_correlations(*both.latents), MOST_APART)
    progress(2, STAGES, "distances compared")
    some = evenly_spread(len(both), _MOST_ALIGNED)
    cka = linear_cka(both.latents[0][some], both.latents[1][some])
    clusters = [_clusters(study, rows) for study, rows in zip(both.studies, both.rows, strict=True)]
    progress(STAGES, STAGES, "clusters compared")
    return Arrangement(
        neighbours=k,
        overlap=_mean(overlap / k, both.units, both.studies[0].seed),
        chance=chance_overlap(len(both), k),
        overlaps=tuple(np.bincount(overlap, minlength=k + 1).tolist()),
        cka=cka,
        clusters=(_count(clusters[0]), _count(clusters[1])),
        cluster_agreement=_cluster_agreement(*clusters),
        apart=tuple(both.shared.first[apart].tolist()),
    )


def _neighbours(study: Study, rows: np.ndarray, latents: np.ndarray, k: int) -> np.ndarray:
    """Return the `k` nearest shared images of each, as places among these (S, k)."""
    if len(rows) < len(study):
        return neighbour_graph(latents, k).rows
    place = np.empty(len(rows), np.int64)
    place[rows] = np.arange(len(rows))
    places: np.ndarray = place[neighbours_of_all(study, k).rows[rows]]
    return places


def _clusters(study: Study, rows: np.ndarray) -> np.ndarray | None:
    if not study.is_current("cluster"):
        return None
    numbers: np.ndarray = study.clusters[CLUSTER].to_numpy()[rows]
    return numbers


def _count(clusters: np.ndarray | None) -> int | None:
    return None if clusters is None else len(np.unique(clusters[clusters >= 0]))


def _cluster_agreement(first: np.ndarray | None, second: np.ndarray | None) -> float | None:
    if first is None or second is None:
        return None
    return float(adjusted_mutual_info_score(first, second))


def _mean(shares: np.ndarray, units: np.ndarray, seed: int) -> Estimate:
    """Return the mean with an interval, whose draws are of at most 20,000 images."""
    mean = float(shares.mean())
    some = evenly_spread(len(shares), _MOST_DRAWN)
    weights = bootstrap_weights(units[some], seed)
    found = estimate(weights @ shares[some] / weights.sum(axis=1))
    return Estimate(mean, found.low, found.high)
