"""Labels that the images around one another contradict."""

import numpy as np
import pandas as pd

from cae.latent.neighbour_graph import NeighbourGraph

_A_LITTLE = 1e-9


def voting_patients(table: pd.DataFrame) -> pd.Series | None:
    """Return the patients of a table, None where all images are of one, as of a template.

    Then nobody would be left to vote.
    """
    patients = table["patient"]
    return patients if len(patients.dropna().unique()) > 1 else None


def find_label_errors(
    labels: pd.Series, graph: NeighbourGraph, patients: pd.Series | None = None
) -> pd.DataFrame:
    """Find images whose nearest neighbours bear another label.

    The probability of a label is its share among an image's neighbours, which never see the
    image's own label. By confident learning (Northcutt, Jiang & Chuang 2021) an image counts as
    one of class j when the probability of j is at least the mean probability of j among the
    images labelled j; it is suspected when that class, the likeliest of several, is another one
    than its label says.

    Args:
        labels: (N,), missing where unknown; unlabelled images neither vote nor are suspected.
        graph: of the same images.
        patients: (N,), whose images do not vote on one another; None where they are unknown.

    Returns:
        One row per suspected image, the least credible label first: ``row`` (int64), ``label``,
        ``suggested``, ``confidence`` (share of neighbours with its own label, 0–1) and
        ``suggested_confidence`` (share with the suggested one).
    """
    codes, names = pd.factorize(labels)
    votes = _votes(codes, len(names), graph, patients)
    voters = votes.sum(axis=1)
    known = (codes >= 0) & (voters > 0)
    shares = votes / np.maximum(voters, 1)[:, None]
    thresholds = [_mean_share(shares, known & (codes == code), code) for code in range(len(names))]
    reaching = np.where(shares >= thresholds, shares, -1.0)
    # Of two equally likely classes the image's own is the better one.
    reaching[known, codes[known]] += _A_LITTLE
    suggested = reaching.argmax(axis=1) if len(names) else codes
    rows = np.flatnonzero(known)
    rows = rows[(suggested[rows] != codes[rows]) & (reaching[rows, suggested[rows]] > 0)]
    confidence = shares[rows, codes[rows]]
    order = np.lexsort((rows, -shares[rows, suggested[rows]], confidence))
    rows, confidence = rows[order], confidence[order]
    return pd.DataFrame(
        {
            "row": rows.astype(np.int64),
            "label": np.asarray(names)[codes[rows]],
            "suggested": np.asarray(names)[suggested[rows]],
            "confidence": confidence,
            "suggested_confidence": shares[rows, suggested[rows]],
        }
    )


def _mean_share(shares: np.ndarray, members: np.ndarray, code: int) -> float:
    return shares[members, code].mean() if members.any() else np.inf


def _votes(
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
