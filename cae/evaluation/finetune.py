"""Stage 2 of clinical contrastive learning: a linear head learnt from few labels."""

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cae.cohorts.bootstrap import Estimate, bootstrap_weights, estimate
from cae.cohorts.units import drawn_together
from cae.errors import CaeError
from cae.evaluation.held_out import require_held_out
from cae.evaluation.weighted_scores import weighted_auroc
from cae.latent.spread import evenly_spread
from cae.study.study import Study

_MOST_VALUES = 20
# More make no figure surer, and a thousand bootstraps of them fill the memory.
_MOST_TESTED = 20_000
_DIGITS = 4


def few_rows(
    labels: np.ndarray, share: float, seed: int, patients: np.ndarray | None = None
) -> np.ndarray:
    """Return rows whose labels are taken as known, drawn at random.

    Args:
        labels: (N,), any values; at least one row of each is drawn.
        share: of the rows, or of the patients, 0–1.
        seed: of the draw.
        patients: (N,), whose images are drawn together; None draws images.

    Returns:
        Rows in rising order.
    """
    random = np.random.default_rng(seed)
    units = np.arange(len(labels)) if patients is None else patients
    order = random.permutation(np.unique(units))
    chosen = set(order[: max(1, round(share * len(order)))].tolist())
    for value in np.unique(labels):
        with_value = set(units[labels == value].tolist())
        having = [unit for unit in order.tolist() if unit in with_value]
        if not chosen & set(having):
            chosen.add(having[0])
    return np.flatnonzero(np.isin(units, list(chosen)))


def finetune(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    test_labels: np.ndarray,
    test_units: np.ndarray,
    seed: int = 0,
) -> Estimate | None:
    """Train a linear head on frozen latents and return its area under the ROC curve.

    The head is logistic regression on latents standardised by `train` (arXiv 2211.05092, stage 2,
    trains it by gradient descent on cross entropy). The interval is over bootstraps of test
    patients; there is none with fewer than ten.

    Args:
        train: (N, d) latents with known labels.
        train_labels: (N,) 0 or 1.
        test: (M, d).
        test_labels: (M,) 0 or 1.
        test_units: (M,), whom each test image is drawn with, see `drawn_together`.
        seed: of the bootstrap.

    Returns:
        None where train or test holds one class only.
    """
    if len(np.unique(train_labels)) < 2 or len(np.unique(test_labels)) < 2:
        return None
    head = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    scores = head.fit(train, train_labels).predict_proba(test)[:, 1]
    return estimate(weighted_auroc(test_labels == 1, scores, bootstrap_weights(test_units, seed)))


def finetune_column(study: Study, column: str, share: float, seed: int) -> dict[str, Any]:
    """Learn each value of a column, against all others, from few labels of the training split.

    Patients are drawn whole where the study names them, for labels that are known as for
    intervals. Images without a value are left out; of more than 20,000 test images as many are
    measured on, evenly spread.

    Args:
        study: an encoded study.
        column: a column of its table with 2 to 20 different values, such as biomarkers.
        share: of the training images, or patients, whose values are taken as known; 0–1.
        seed: of the draw and of the bootstrap.

    Returns:
        JSON-able: ``labelled_images``, ``test_images``, ``values`` (value → ``auroc``, ``low``,
        ``high``; None where it is missing in train or test; no interval of fewer than ten test
        patients) and ``mean_auroc`` (None without any).

    Raises:
        CaeError: there is no such column, it has too few or too many values, or the model was
            trained on another split.
    """
    require_held_out(study)
    table = study.samples
    if column not in table:
        raise CaeError(
            f"There is no column {column!r} in the table; it has {', '.join(table.columns)}."
        )
    known = table[column].notna().to_numpy()
    texts = table[column].astype(str).to_numpy()
    names = sorted(set(texts[known]))
    if not 2 <= len(names) <= _MOST_VALUES:
        raise CaeError(
            f"The column {column!r} has {len(names)} different values; choose one with 2 to "
            f"{_MOST_VALUES}."
        )
    train, test = (rows[known[rows]] for rows in (study.rows("train"), study.rows("test")))
    test = test[evenly_spread(len(test), _MOST_TESTED)]
    if len(train) == 0 or len(test) == 0:
        raise CaeError(f"The column {column!r} has no values in train or in test; add some.")
    patients = table["patient"].astype(str).to_numpy() if table["patient"].notna().all() else None
    of_train = None if patients is None else patients[train]
    chosen = train[few_rows(texts[train], share, seed, of_train)]
    latents, units = study.latents, drawn_together(table)[test]
    values: dict[str, Any] = {}
    for name in names:
        found = finetune(
            np.asarray(latents[chosen]),
            (texts[chosen] == name).astype(int),
            np.asarray(latents[test]),
            (texts[test] == name).astype(int),
            units,
            seed,
        )
        values[name] = None if found is None else _rounded(found)
    areas = [figures["auroc"] for figures in values.values() if figures]
    return {
        "column": column,
        "labelled_images": len(chosen),
        "test_images": len(test),
        "values": values,
        "mean_auroc": round(float(np.mean(areas)), _DIGITS) if areas else None,
    }


def _rounded(area: Estimate) -> dict[str, float | None]:
    figures = {"auroc": area.value, "low": area.low, "high": area.high}
    return {name: one if one is None else round(one, _DIGITS) for name, one in figures.items()}
