"""Labels that the images around one another contradict."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom, false_discovery_control

from cae.latent.neighbour_graph import NeighbourGraph

_A_LITTLE = 1e-9
# Above chance, as a share of the way from there to full agreement (Cohen's kappa of one label).
_LEAST_AGREEMENT = 0.1
_LEVEL = 0.05


def voting_patients(table: pd.DataFrame) -> pd.Series | None:
    """Return the patients of a table, None where all images are of one, as of a template.

    Then nobody would be left to vote.
    """
    patients = table["patient"]
    return patients if len(patients.dropna().unique()) > 1 else None


@dataclass(frozen=True, eq=False)
class _Votes:
    """What the neighbours of N images say of C labels.

    Attributes:
        names: of the C labels.
        codes: int (N,), the place in `names` of an image's label, −1 where it has none.
        counts: float64 (N, C), neighbours that bear each label.
        voters: float64 (N,), neighbours that bear any.
        known: bool (N,), whether an image has a label and voters.
        sizes: float64 (C,), images that are known.
        agreement: float64 (C,), mean share of voters that bear the label among these; infinite
            where there are none.
        judged: bool (C,), whether neighbours can tell anything of a label.
    """

    names: np.ndarray
    codes: np.ndarray
    counts: np.ndarray
    voters: np.ndarray
    known: np.ndarray
    sizes: np.ndarray
    agreement: np.ndarray
    judged: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Share of the voters that bear each label (N, C); 0 without a voter."""
        shares: np.ndarray = self.counts / np.maximum(self.voters, 1)[:, None]
        return shares

    @property
    def prior(self) -> np.ndarray:
        """Share of the images that bear each label (C,)."""
        prior: np.ndarray = self.sizes / max(self.sizes.sum(), 1)
        return prior


def label_agreement(
    labels: pd.Series, graph: NeighbourGraph, patients: pd.Series | None = None
) -> pd.DataFrame:
    """Return how far the neighbours of the images of each label bear it, too.

    Neighbours can tell of a label where they bear it more often than any other image does by at
    least a tenth of the way to full agreement (Cohen's kappa), and where it has so many images that
    most neighbours of one of them can bear it. Elsewhere none of its images can be suspected.

    Args:
        labels: as in `find_label_errors`.
        graph: as there.
        patients: as there.

    Returns:
        One row per label in their order of appearance: ``label``, ``images`` that have voters,
        ``agreement`` (mean share of neighbours that bear it, 0–1, NaN without images), ``chance``
        (share of images that bear it) and ``is_judged``.
    """
    votes = _votes(labels, graph, patients)
    return pd.DataFrame(
        {
            "label": votes.names,
            "images": votes.sizes.astype(np.int64),
            "agreement": np.where(votes.sizes > 0, votes.agreement, np.nan),
            "chance": votes.prior,
            "is_judged": votes.judged,
        }
    )


def find_label_errors(
    labels: pd.Series, graph: NeighbourGraph, patients: pd.Series | None = None
) -> pd.DataFrame:
    """Find images whose nearest neighbours bear another label.

    The probability of a label is its share among an image's neighbours, which never see the
    image's own label. By confident learning (Northcutt, Jiang & Chuang 2021) an image counts as
    one of class j when the probability of j is at least the mean probability of j among the
    images labelled j, and it may be wrong when that class, the likeliest of several, is another
    one than its label says. It is suspected when besides

    - neighbours can tell of both labels, see `label_agreement`;
    - most neighbours disagree, as they are and also as if all labels were equally frequent: that
      most of them bear a label that most images bear says nothing;
    - an image with its label has on average far fewer neighbours with the suggested one: the
      binomial tail of so many is at most .05 once it is adjusted for all images (Benjamini &
      Hochberg 1995). It takes all images with a label to be alike, which they are not: where
      classes overlap, right labels lie amid others, and no rate of errors follows from it.

    Args:
        labels: (N,), missing where unknown; unlabelled images neither vote nor are suspected.
        graph: of the same images.
        patients: (N,), whose images do not vote on one another; None where they are unknown.

    Returns:
        One row per suspected image, the least credible label first: ``row`` (int64), ``label``,
        ``suggested``, ``confidence`` (share of neighbours with its own label, 0–1),
        ``suggested_confidence`` (share with the suggested one), ``disagreement`` (share of
        neighbours with another label, as if all labels were equally frequent) and ``tail`` (the
        adjusted binomial tail, 0–0.05).
    """
    votes = _votes(labels, graph, patients)
    rows = np.flatnonzero(votes.known & np.append(votes.judged, False)[votes.codes])
    own, shares = votes.codes[rows], votes.shares[rows]
    suggested, is_likelier = _suggestions(shares, own, votes)
    tails = binom.sf(
        votes.counts[rows, suggested] - 1,
        votes.voters[rows],
        _expected(votes, rows)[np.arange(len(rows)), suggested],
    )
    # The suggested label is one of several that could have been.
    tails = np.where(is_likelier, np.minimum(tails * max(len(votes.names) - 1, 1), 1.0), 1.0)
    tails = false_discovery_control(tails) if len(rows) else tails
    disagreement = 1 - _balanced(votes, rows)[np.arange(len(rows)), own]
    found = pd.DataFrame(
        {
            "row": rows.astype(np.int64),
            "label": votes.names[own],
            "suggested": votes.names[suggested],
            "confidence": shares[np.arange(len(rows)), own],
            "suggested_confidence": shares[np.arange(len(rows)), suggested],
            "disagreement": disagreement,
            "tail": tails,
        }
    )
    is_outvoted = (found["confidence"] < 0.5) & (found["disagreement"] > 0.5)
    found = found[is_likelier & is_outvoted & (tails <= _LEVEL)]
    order = np.lexsort((found["row"], -found["suggested_confidence"], found["confidence"]))
    return found.iloc[order].reset_index(drop=True)


def _suggestions(
    shares: np.ndarray, own: np.ndarray, votes: _Votes
) -> tuple[np.ndarray, np.ndarray]:
    """Return the likeliest label (M,) of each image and whether it is another than its own (M,)."""
    reaching = np.where((shares >= votes.agreement) & votes.judged, shares, -1.0)
    # Of two equally likely classes the image's own is the better one.
    reaching[np.arange(len(own)), own] += _A_LITTLE
    suggested = reaching.argmax(axis=1) if len(votes.names) else own
    return suggested, (suggested != own) & (reaching[np.arange(len(own)), suggested] > 0)


def _expected(votes: _Votes, rows: np.ndarray) -> np.ndarray:
    """Return the share of neighbours (M, C) with each label that an image's label lets expect.

    It is the mean over the other images with the label, and one more whose neighbours are like all
    images, so that what never happened among a few is not impossible.
    """
    own, shares = votes.codes[rows], votes.shares
    sums = np.zeros((len(votes.names), len(votes.names)))
    np.add.at(sums, votes.codes[votes.known], shares[votes.known])
    expected = (sums[own] - shares[rows] + votes.prior) / votes.sizes[own, None]
    bounded: np.ndarray = np.clip(expected, 0, 1)
    return bounded


def _balanced(votes: _Votes, rows: np.ndarray) -> np.ndarray:
    """Return the share of voters (M, C) with each label as if all were equally frequent.

    One vote more is divided among the labels by their frequency: a single neighbour of a rare
    label would else outweigh all others.
    """
    prior = np.where(votes.prior > 0, votes.prior, np.inf)
    weighted = (votes.counts[rows] + votes.prior) / prior
    shares: np.ndarray = weighted / np.maximum(weighted.sum(axis=1, keepdims=True), _A_LITTLE)
    return shares


def _votes(labels: pd.Series, graph: NeighbourGraph, patients: pd.Series | None) -> _Votes:
    codes, names = pd.factorize(labels)
    counts = _counts(codes, len(names), graph, patients)
    voters = counts.sum(axis=1)
    known = (codes >= 0) & (voters > 0)
    sizes = np.bincount(codes[known], minlength=len(names)).astype(float)
    agreed = counts[known, codes[known]] / voters[known]
    agreement = np.full(len(names), np.inf)  # no image counts as one of a label without voters
    has_images = sizes > 0
    sums = np.bincount(codes[known], weights=agreed, minlength=len(names))
    agreement[has_images] = sums[has_images] / sizes[has_images]
    prior = sizes / max(sizes.sum(), 1)
    is_told = agreement - prior >= _LEAST_AGREEMENT * (1 - prior)
    judged = has_images & is_told & (sizes > graph.rows.shape[1] / 2)
    return _Votes(np.asarray(names), codes, counts, voters, known, sizes, agreement, judged)


def _counts(
    codes: np.ndarray, classes: int, graph: NeighbourGraph, patients: pd.Series | None
) -> np.ndarray:
    """Count the neighbours of each class, float64 (N, classes)."""
    votes = np.zeros((len(codes), classes))
    may_vote = codes[graph.rows] >= 0
    if patients is not None:
        who = pd.factorize(patients)[0]
        may_vote &= (who[graph.rows] != who[:, None]) | (who[:, None] < 0)
    images, places = np.nonzero(may_vote)
    np.add.at(votes, (images, codes[graph.rows[images, places]]), 1)
    return votes
