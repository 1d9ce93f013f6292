"""What is searched for among a study's images: what is asked, found, and noted in a history.

A search that is read from what was noted of it finds the same images. Saved cohorts hold such
events for good, so their keys and values stay what they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from cae.cohorts.replay import Event, TakenAgain, noted
from cae.cohorts.selection import Selection
from cae.decoding.measures import Measures
from cae.errors import UnusableError
from cae.latent.duplicates import across_splits, near_duplicates
from cae.latent.outliers import most_outlying
from cae.latent.similarity import distances_to_any, distances_to_centre, nearest_others
from cae.study.neighbours import neighbours_of_one

CENTRE, ANY = "centre", "any"
_DISTANCES = {CENTRE: distances_to_centre, ANY: distances_to_any}
_SIMILAR, _OUTLIERS = "similarity", "outliers"
_DUPLICATES, _LABELS = "near-duplicates", "suspected labels"


class Search(Protocol):
    """What is asked; a history may hold it as an event."""

    def rows(self, measures: Measures, scope: np.ndarray) -> np.ndarray:
        """Return the rows that are found among those in scope (bool, N)."""

    def event(self) -> Event:
        """Return what a history notes of it, JSON-able."""


@dataclass(frozen=True)
class NeighboursOf:
    """An image and the images nearest to it.

    Attributes:
        row: of the image.
        neighbours: how many.
    """

    row: int
    neighbours: int

    def rows(self, measures: Measures, scope: np.ndarray) -> np.ndarray:
        """Return the rows of the neighbours in scope, nearest first, and of the image itself."""
        near, _ = neighbours_of_one(measures.study, self.row, self.neighbours)
        found = np.append(near, self.row)
        within: np.ndarray = found[scope[found]]
        return within

    def event(self) -> Event:
        """Return what a history notes of it."""
        return {"kind": _SIMILAR, "row": self.row, "neighbours": self.neighbours}

    @classmethod
    def from_event(cls, event: Event) -> "NeighboursOf":
        """Return the search that `event` was called on."""
        return cls(event["row"], event["neighbours"])


@dataclass(frozen=True, eq=False)
class SimilarTo:
    """The images that are most similar to some, without these.

    Attributes:
        to: to their centre or to any of them.
        like: the images, and how they came about.
        neighbours: how many, where so many are in scope.
    """

    to: str
    like: Selection
    neighbours: int

    def distances(self, latents: np.ndarray) -> np.ndarray:
        """Return how far every latent (N, d) is from them, float32 (N,), 0–2.

        Raises:
            CaeError: there are none to be similar to.
        """
        return _DISTANCES[self.to](latents, self.like.rows)

    def nearest(self, distances: np.ndarray, scope: np.ndarray) -> np.ndarray:
        """Return the rows in scope of the least `distances`, nearest first."""
        left_out = np.union1d(self.like.rows, np.flatnonzero(~scope))
        return nearest_others(distances, left_out, self.neighbours)

    def rows(self, measures: Measures, scope: np.ndarray) -> np.ndarray:
        """Return the rows in scope that are nearest, nearest first."""
        return self.nearest(self.distances(measures.study.latents), scope)

    def event(self) -> Event:
        """Return what a history notes of it."""
        return {
            "kind": _SIMILAR,
            "to": self.to,
            "images": len(self.like),
            "of": list(self.like.history),
            "neighbours": self.neighbours,
        }

    @classmethod
    def from_event(cls, event: Event, taken_again: TakenAgain) -> "SimilarTo":
        """Return the search that `event` was called on.

        Args:
            event: as a history holds it.
            taken_again: returns the selection that a history leads to.

        Raises:
            UnusableError: how the images came about was not noted.
            CaeError: it cannot be taken again.
        """
        return cls(event["to"], taken_again(noted(event, "of")), event["neighbours"])


@dataclass(frozen=True)
class SimilarToOutside:
    """Images similar to one from outside. It is not kept, so nothing finds them again.

    Attributes:
        neighbours: how many.
    """

    neighbours: int

    def event(self) -> Event:
        """Return what a history notes of it."""
        return {"kind": _SIMILAR, "to": "an image from outside", "neighbours": self.neighbours}


@dataclass(frozen=True)
class Outliers:
    """The most outlying images.

    Attributes:
        score: by which they are ranked, see `Measures.outlier_scores`.
        images: how many, where so many are in scope.
    """

    score: str
    images: int

    def rows(self, measures: Measures, scope: np.ndarray) -> np.ndarray:
        """Return the rows in scope of the highest score, the highest first."""
        scores = measures.outlier_scores(self.score)
        return most_outlying(np.where(scope, scores, np.nan), self.images)

    def event(self) -> Event:
        """Return what a history notes of it."""
        return {"kind": _OUTLIERS, "score": self.score, "images": self.images}

    @classmethod
    def from_event(cls, event: Event) -> "Outliers":
        """Return the search that `event` was called on."""
        return cls(event["score"], event["images"])


@dataclass(frozen=True)
class NearDuplicates:
    """Images that look alike.

    Attributes:
        least_correlation: of their pixels.
        across_splits: whether only groups in more than one split are meant.
    """

    least_correlation: float
    across_splits: bool

    def pairs(self, measures: Measures, scope: np.ndarray) -> pd.DataFrame:
        """Return the pairs in scope that look alike, see `cae.latent.duplicates.near_duplicates`.

        A column more, ``leaks`` (bool), says whether a pair's group is in more than one split.
        """
        pairs = measures.pairs(self.least_correlation)
        pairs = pairs[scope[pairs["row"]] & scope[pairs["other"]]]
        found = near_duplicates(pairs, self.least_correlation)
        return found.assign(leaks=across_splits(found, measures.study.samples["split"].to_numpy()))

    def meant(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Return those of `pairs` whose groups are meant."""
        return pairs[pairs["leaks"]] if self.across_splits else pairs

    def rows(self, measures: Measures, scope: np.ndarray) -> np.ndarray:
        """Return the rows in scope that look like another one in scope, ascending."""
        found = self.meant(self.pairs(measures, scope))
        return np.union1d(found["row"], found["other"])

    def event(self) -> Event:
        """Return what a history notes of it."""
        return {
            "kind": _DUPLICATES,
            "least_correlation": self.least_correlation,
            "across_splits": self.across_splits,
        }

    @classmethod
    def from_event(cls, event: Event) -> "NearDuplicates":
        """Return the search that `event` was called on."""
        return cls(event["least_correlation"], event["across_splits"])


@dataclass(frozen=True)
class SuspectedLabels:
    """Images whose labels their neighbours contradict."""

    def found(self, measures: Measures, scope: np.ndarray) -> pd.DataFrame:
        """Return those in scope as `cae.latent.label_errors.find_label_errors` does."""
        found = measures.suspected_labels()
        return found[scope[found["row"]]]

    def rows(self, measures: Measures, scope: np.ndarray) -> np.ndarray:
        """Return the rows in scope, the least credible label first."""
        return self.found(measures, scope)["row"].to_numpy()

    def event(self) -> Event:
        """Return what a history notes of it."""
        return {"kind": _LABELS}

    @classmethod
    def from_event(cls, event: Event) -> "SuspectedLabels":
        """Return the search that `event` was called on."""
        return cls()


_KINDS: dict[str, Callable[[Event], Search]] = {
    _OUTLIERS: Outliers.from_event,
    _DUPLICATES: NearDuplicates.from_event,
    _LABELS: SuspectedLabels.from_event,
}


def search_of(event: Event, taken_again: TakenAgain) -> Search:
    """Return the search that a history noted.

    Args:
        event: as a history holds it.
        taken_again: returns the selection that a history leads to, such as that of the images to
            be similar to.

    Raises:
        UnusableError: nothing finds its images again, because what was searched for is not kept or
            not noted.
    """
    if event["kind"] == _SIMILAR:
        if "row" in event:
            return NeighboursOf.from_event(event)
        if event.get("to") in _DISTANCES:
            return SimilarTo.from_event(event, taken_again)
        raise UnusableError("the image it was similar to is not kept")
    if event["kind"] not in _KINDS:
        raise UnusableError("how its images were chosen was not noted")
    return _KINDS[event["kind"]](event)
