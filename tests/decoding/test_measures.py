"""What searches look at is worked out by what is given for it, and rightly."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cae.decoding.measures import LEAST_CORRELATION, Measures
from cae.latent.duplicates import pair_correlations
from cae.latent.label_errors import find_label_errors, label_agreement, voting_patients
from cae.latent.neighbour_graph import neighbour_graph
from cae.progress import Progress, silent
from cae.study.study import Study


class Kept:
    """Keeps what was worked out, and counts how often that was."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.told: list[str] = []

    def __call__(self, name: str, words: str, compute: Callable[[Progress], Any]) -> Any:
        if name not in self.known:
            self.told.append(words)
            self.known[name] = compute(silent)
        return self.known[name]


def test_what_was_kept_is_not_worked_out_again(digits_study: Study) -> None:
    kept = Kept()
    for _ in range(2):
        # Each page makes them anew.
        measures = Measures(digits_study, kept)
        for score in ("knn", "cluster", "error"):
            measures.outlier_scores(score)
        measures.pairs(0.95)
        measures.pairs(0.99)
        measures.label_agreement()
        measures.suspected_labels()
    assert len(kept.told) == len(kept.known) == 6


def test_pairs_below_the_usual_limit_are_had_where_asked_for(digits_study: Study) -> None:
    pairs = pair_correlations(digits_study.images, neighbour_graph(digits_study.latents, 15))
    measures = Measures(digits_study, Kept())
    for least, floor in ((0.95, LEAST_CORRELATION), (0.8, 0.8)):
        expected = pairs[pairs["correlation"] >= floor]
        assert 0 < len(expected) < len(pairs)
        assert measures.pairs(least).equals(expected)


def test_labels_are_judged_by_other_patients(digits_study: Study) -> None:
    table, graph = digits_study.table, neighbour_graph(digits_study.latents, 15)
    given = (table["label"], graph, voting_patients(table))
    measures = Measures(digits_study)
    assert measures.label_agreement().equals(label_agreement(*given))
    assert measures.suspected_labels().equals(find_label_errors(*given))


def test_scores_are_numbers_that_can_be_ranked(digits_study: Study) -> None:
    measures = Measures(digits_study)
    for score in ("knn", "cluster", "error"):
        found = measures.outlier_scores(score)
        assert (found.dtype, found.shape) == (np.float32, (len(digits_study),))
    with pytest.raises(KeyError):
        measures.outlier_scores("guessed")
