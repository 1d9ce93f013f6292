"""What descriptions of the same images know of a column: neighbours and a linear model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cae.cohorts.bootstrap import Estimate, bootstrap_weights, contrast, estimate
from cae.cohorts.significance import adjusted
from cae.evaluation.classification import balanced_accuracy
from cae.evaluation.probes import NEIGHBOURS, linear_classifier
from cae.evaluation.weighted_scores import weighted_mean_auroc, weighted_r2
from cae.number_text import counted

KNN, LINEAR = "kNN", "linear"
# Three descriptions are read in two ways.
READINGS = 6
AUROC, R2 = "AUROC", "R²"
FEWEST = 10
_MOST = 5_000
_PENALTIES = np.logspace(-1, 5, 7)

Predict = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class Descriptions(NamedTuple):
    """Three descriptions of the same images, each with a vector per image (N, any number).

    Attributes:
        first: latents of the first study.
        second: latents of the second.
        pixels: what the images tell without a model.
    """

    first: np.ndarray
    second: np.ndarray
    pixels: np.ndarray


@dataclass(frozen=True, eq=False)
class Examples:
    """The images that a column is learnt from, and those that it is told of.

    Attributes:
        train: int64, rows to learn from.
        test: int64, rows to measure on; no patient is in both.
        units: (N,), the patient of every image, or a number of its own.
    """

    train: np.ndarray
    test: np.ndarray
    units: np.ndarray

    def known(self, is_known: np.ndarray) -> "Examples":
        """Return only those examples that `is_known`, bool (N,), says."""
        return Examples(
            self.train[is_known[self.train]], self.test[is_known[self.test]], self.units
        )

    def drawn(self, seed: int) -> "Examples":
        """Return at most 5,000 examples of either kind, drawn at random and sorted."""
        random = np.random.default_rng(seed)
        train, test = (
            rows if len(rows) <= _MOST else np.sort(random.choice(rows, _MOST, replace=False))
            for rows in (self.train, self.test)
        )
        return Examples(train, test, self.units)


@dataclass(frozen=True)
class Probe:
    """What one kind of probe reads from each description.

    Attributes:
        name: `KNN` or `LINEAR`.
        first: the measure of the first study's latents.
        second: of the second's.
        pixels: of plain pixels, the baseline.
        difference: first less second.
        p: of no difference, 0–1; None where there is no interval.
        q: p adjusted for all probes of all columns (Benjamini & Hochberg 1995).
        balanced: balanced accuracies of first, second and pixels, 0–1; None of numbers.
    """

    name: str
    first: Estimate
    second: Estimate
    pixels: Estimate
    difference: Estimate
    p: float | None = None
    q: float | None = None
    balanced: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Knowledge:
    """What the descriptions know of a column.

    Attributes:
        column: its name.
        measure: `AUROC` (mean of each class against the rest) or `R2`.
        chance: what `measure` is of whoever knows nothing.
        classes: how many there are among test images; None of numbers.
        train_images: that were learnt from.
        test_images: that were measured on.
        test_units: how many patients, or images, these are of.
        probes: by neighbours, and linear.
    """

    column: str
    measure: str
    chance: float
    classes: int | None
    train_images: int
    test_images: int
    test_units: int
    probes: tuple[Probe, ...]


def knowledge_of_classes(
    column: str,
    values: np.ndarray,
    described: Descriptions,
    examples: Examples,
    seed: int,
    on_probe: Callable[[], None] = lambda: None,
) -> Knowledge | str:
    """Return what is known of categories, or why it cannot be told, as a phrase.

    Neighbours are the 15 nearest training images by cosine, the linear model is logistic
    regression on standardised latents. Test images of a class that no training image has are left
    out. Of more than 5,000 images to learn from, or to measure on, as many are drawn.

    Args:
        column: its name.
        values: (N,), text, missing where unknown.
        described: the images.
        examples: whom to learn from and to measure on.
        seed: of bootstraps.
        on_probe: called after each of `READINGS`.
    """
    examples = examples.known(~pd.isna(values)).drawn(seed)
    # Of those drawn: a rare class may be in none of them.
    known = set(values[examples.train])
    examples = examples.known(np.array([value in known for value in values]))
    if reason := _too_few(examples):
        return reason
    names, trained = np.unique(values[examples.train].astype(str), return_inverse=True)
    tested = np.searchsorted(names, values[examples.test].astype(str))
    for codes, part in ((trained, "training"), (tested, "test")):
        if len(np.unique(codes)) < 2:
            return f"every {part} image has the same value"
    weights = bootstrap_weights(examples.units[examples.test], seed)
    probes = []
    for name, predict in ((KNN, _neighbour_shares), (LINEAR, _logistic)):
        read = _read(described, examples, trained, predict, on_probe)
        areas = [weighted_mean_auroc(tested, one, weights) for one in read]
        first, second, plain = (balanced_accuracy(tested, one.argmax(axis=1)) for one in read)
        probes.append(replace(_probe(name, areas), balanced=(first, second, plain)))
    return _knowledge(column, AUROC, 0.5, len(np.unique(tested)), examples, probes)


def knowledge_of_numbers(
    column: str,
    values: np.ndarray,
    described: Descriptions,
    examples: Examples,
    seed: int,
    on_probe: Callable[[], None] = lambda: None,
) -> Knowledge | str:
    """Return what is known of numbers, or why it cannot be told, as a phrase.

    Neighbours are as of `knowledge_of_classes`, the linear model is ridge regression, whose penalty
    training images choose; as many images are drawn.

    Args:
        column: its name.
        values: float64 (N,), NaN where missing.
        described: the images.
        examples: whom to learn from and to measure on.
        seed: of bootstraps.
        on_probe: called after each of `READINGS`.
    """
    examples = examples.known(~np.isnan(values)).drawn(seed)
    if reason := _too_few(examples):
        return reason
    trained, tested = values[examples.train], values[examples.test]
    for part, some in (("training", trained), ("test", tested)):
        if np.ptp(some) == 0:
            return f"every {part} image has the same value"
    weights = bootstrap_weights(examples.units[examples.test], seed)
    probes = []
    for name, predict in ((KNN, _neighbour_means), (LINEAR, _ridge)):
        read = _read(described, examples, trained, predict, on_probe)
        probes.append(_probe(name, [weighted_r2(tested, one, weights) for one in read]))
    return _knowledge(column, R2, 0.0, None, examples, probes)


def with_q(columns: Sequence[Knowledge]) -> tuple[Knowledge, ...]:
    """Return columns whose p-values are adjusted for one another."""
    tested = [probe.p for column in columns for probe in column.probes if probe.p is not None]
    q = iter(adjusted(tested))
    return tuple(
        replace(
            column,
            probes=tuple(
                probe if probe.p is None else replace(probe, q=next(q)) for probe in column.probes
            ),
        )
        for column in columns
    )


def _too_few(examples: Examples) -> str:
    for rows, part in ((examples.train, "training"), (examples.test, "test")):
        if len(rows) < FEWEST:
            return f"{counted(len(rows), f'{part} image')} with a value; {FEWEST} are needed"
    return ""


def _read(
    described: Descriptions,
    examples: Examples,
    values: np.ndarray,
    predict: Predict,
    on_probe: Callable[[], None],
) -> list[np.ndarray]:
    """Return what is predicted of test images from each description."""
    found = []
    for vectors in described:
        found.append(predict(vectors[examples.train], values, vectors[examples.test]))
        on_probe()
    return found


def _probe(name: str, figures: Sequence[np.ndarray]) -> Probe:
    first, second, plain = figures
    found = contrast(first, second)
    return Probe(
        name, estimate(first), estimate(second), estimate(plain), found.difference, found.p
    )


def _knowledge(
    column: str,
    measure: str,
    chance: float,
    classes: int | None,
    examples: Examples,
    probes: Sequence[Probe],
) -> Knowledge:
    units = len(np.unique(examples.units[examples.test]))
    counts = len(examples.train), len(examples.test), units
    return Knowledge(column, measure, chance, classes, *counts, tuple(probes))


def _neighbour_shares(train: np.ndarray, codes: np.ndarray, test: np.ndarray) -> np.ndarray:
    model = KNeighborsClassifier(min(NEIGHBOURS, len(train)), metric="cosine").fit(train, codes)
    shares: np.ndarray = model.predict_proba(test)
    return shares


def _logistic(train: np.ndarray, codes: np.ndarray, test: np.ndarray) -> np.ndarray:
    probabilities: np.ndarray = linear_classifier(train, codes).predict_proba(test)
    return probabilities


def _neighbour_means(train: np.ndarray, values: np.ndarray, test: np.ndarray) -> np.ndarray:
    model = KNeighborsRegressor(min(NEIGHBOURS, len(train)), metric="cosine").fit(train, values)
    means: np.ndarray = model.predict(test)
    return means


def _ridge(train: np.ndarray, values: np.ndarray, test: np.ndarray) -> np.ndarray:
    model = make_pipeline(StandardScaler(), RidgeCV(_PENALTIES))
    predicted: np.ndarray = model.fit(train, values).predict(test)
    return predicted
