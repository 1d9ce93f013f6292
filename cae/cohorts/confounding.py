"""How well columns tell which group somebody is in, beside how well the images do.

Where the scanner tells it as well as the images, the groups may be scanners.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from cae.cohorts.effect import LEVEL
from cae.cohorts.remark import Remark
from cae.cohorts.variables import CATEGORY, Variable

TOGETHER, IMAGES = "all columns together", "images"
FEWEST = 10
_FOLDS = 5
_MOST = 5_000
_MISSING = "(missing)"
_NEXT = 1e-12
# Known and unseen units of each.
Folds = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Prediction:
    """How well something tells which of two groups a unit is in.

    Attributes:
        by: title of a column, all columns together, or images.
        auc: area under the ROC curve of units that the model has not seen; 0.5 is chance.
        low: lower end of its 95 % interval.
        high: upper end.
    """

    by: str
    auc: float
    low: float
    high: float

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the interval lies above chance."""
        return self.low > 0.5


@dataclass(frozen=True)
class Confounding:
    """What tells which group a unit is in.

    Attributes:
        predictions: each column, best first, then all together and the images.
        reason: why there are none, as a sentence; else empty.
    """

    predictions: tuple[Prediction, ...] = ()
    reason: str = ""

    @property
    def telling(self) -> tuple[Prediction, ...]:
        """The single columns that tell the groups apart better than chance, best first."""
        columns = (one for one in self.predictions if one.by not in (TOGETHER, IMAGES))
        return tuple(one for one in columns if one.is_beyond_chance)

    @property
    def remark(self) -> Remark:
        """The sentence, which warns where columns tell the groups apart."""
        return Remark(self.sentence, is_warning=bool(self.telling))

    @property
    def sentence(self) -> str:
        """What that means for differences between the groups."""
        if self.reason:
            return self.reason
        if all(one.by in (TOGETHER, IMAGES) for one in self.predictions):
            return "There is no column by which the groups could be told apart."
        telling = [f"{one.by} (AUC {one.auc:.2f})" for one in self.telling]
        if not telling:
            return "No column tells the groups apart better than chance."
        more = f" and {len(telling) - 3} more" if len(telling) > 3 else ""
        return (
            f"The groups differ in {', '.join(telling[:3])}{more}; other differences may be due "
            "to these."
        )


def confounding_of(
    values: Mapping[Variable, np.ndarray],
    latents: np.ndarray | None,
    group: np.ndarray,
    drawn_with: np.ndarray,
    seed: int,
) -> Confounding:
    """Measure how well columns, one at a time and together, and images predict the group.

    Logistic regression with fixed settings, 5-fold cross-validation in which no patient (lesion,
    volume) is in two folds; numbers are standardised and enter with their squares. Of more than
    5,000 units in a group as many are drawn. Intervals are as wide as those of as many units as
    there are patients (lesions, volumes).

    Args:
        values: of each column by unit (U,), as `Units.values` returns them.
        latents: by unit (U, d), or None.
        group: (U,), 0 or 1.
        drawn_with: (U,), whom each unit is drawn with, see `drawn_together`.
        seed: of the folds and the draw.
    """
    fewest = min(_patients(group, drawn_with))
    if fewest < FEWEST:
        is_each = len(np.unique(drawn_with)) == len(group)
        counted = "units" if is_each else "patients, lesions or volumes"
        return Confounding(
            reason=f"One group has {fewest} {counted}; at least {FEWEST} are needed to tell how "
            "well columns predict the group."
        )
    drawn = _drawn(group, seed)
    truth, patient = group[drawn], drawn_with[drawn]
    folds = _folds(truth, patient, seed)
    counts = _patients(truth, patient)
    tables = {variable: value[drawn] for variable, value in values.items()}
    columns = [
        _prediction(variable.title, _of_columns({variable: value}), truth, folds, counts)
        for variable, value in tables.items()
    ]
    columns.sort(key=lambda one: (-one.auc, one.by))
    if len(tables) > 1:
        columns.append(_prediction(TOGETHER, _of_columns(tables), truth, folds, counts))
    if latents is not None:
        model = make_pipeline(StandardScaler(), _classifier())
        columns.append(_prediction(IMAGES, (model, latents[drawn]), truth, folds, counts))
    if not columns:
        return Confounding(reason="There is no column that could predict the group.")
    return Confounding(tuple(columns))


def auc_interval(auc: float, first: int, second: int) -> tuple[float, float]:
    """Return the 95 % interval of an area under the ROC curve.

    It is Newcombe's (2006) fifth method, which holds at 1, too, where others have no width.

    Args:
        auc: 0–1.
        first: units in one group.
        second: units in the other.
    """
    z = stats.norm.ppf((1 + LEVEL) / 2)
    extra = (first + second) / 2 - 1

    def distance(area: float) -> float:
        inner = 1 + extra * ((1 - area) / (2 - area) + area / (1 + area))
        return abs(area - auc) - z * float(np.sqrt(area * (1 - area) * inner / (first * second)))

    # At 0 and 1 themselves nothing varies, so that the distance is 0 there though no end is.
    low = optimize.brentq(distance, 0.0, min(auc, 1 - _NEXT)) if auc > 0 else 0.0
    high = optimize.brentq(distance, max(auc, _NEXT), 1.0) if auc < 1 else 1.0
    return float(low), float(high)


def _of_columns(values: Mapping[Variable, np.ndarray]) -> tuple[Pipeline, np.ndarray]:
    """Return a model of columns by unit, and the table (U, columns) that it is given."""
    is_category = np.array([variable.kind == CATEGORY for variable in values])
    table = np.empty((len(next(iter(values.values()))), len(values)), dtype=object)
    for place, value in enumerate(values.values()):
        table[:, place] = value
    table[:, is_category] = np.where(
        pd.isna(table[:, is_category]), _MISSING, table[:, is_category]
    )
    encoded = ColumnTransformer(
        [
            ("numbers", _numbers(), np.flatnonzero(~is_category)),
            ("categories", OneHotEncoder(handle_unknown="ignore"), np.flatnonzero(is_category)),
        ]
    )
    return make_pipeline(encoded, _classifier()), table


def _numbers() -> Pipeline:
    return make_pipeline(
        FunctionTransformer(_as_float),
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(_with_squares),
        StandardScaler(),
    )


def _as_float(table: np.ndarray) -> np.ndarray:
    return table.astype(np.float64)


def _with_squares(table: np.ndarray) -> np.ndarray:
    return np.hstack([table, table**2])


def _classifier() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def _folds(group: np.ndarray, patient: np.ndarray, seed: int) -> Folds:
    """Return which units are known and which are not, for each fold that has both groups."""
    kind: type[StratifiedKFold | StratifiedGroupKFold] = StratifiedGroupKFold
    if len(np.unique(patient)) == len(patient):
        # It takes the same care, and no time for each patient.
        kind = StratifiedKFold
    folds = kind(_FOLDS, shuffle=True, random_state=seed).split(patient, group, patient)
    # Where a patient has most of a group's images, a fold may have none of that group.
    return [parts for parts in folds if min(len(np.unique(group[rows])) for rows in parts) == 2]


def _prediction(
    by: str,
    model_and_table: tuple[Pipeline, np.ndarray],
    group: np.ndarray,
    folds: Folds,
    counts: tuple[int, int],
) -> Prediction:
    """Return the mean area of the folds, since scores of two models have no common scale."""
    model, table = model_and_table
    areas = []
    for known, unseen in folds:
        scores = model.fit(table[known], group[known]).decision_function(table[unseen])
        areas.append(roc_auc_score(group[unseen], scores))
    # Where no fold has both groups, nothing tells them apart.
    auc = float(np.mean(areas)) if areas else 0.5
    return Prediction(by, auc, *auc_interval(auc, *counts))


def _patients(group: np.ndarray, drawn_with: np.ndarray) -> tuple[int, int]:
    """Return how many patients have units in either group."""
    first, second = (len(np.unique(drawn_with[group == number])) for number in (0, 1))
    return first, second


def _drawn(group: np.ndarray, seed: int) -> np.ndarray:
    """Return ascending units, at most `_MOST` of each group, drawn at random."""
    random = np.random.default_rng(seed)
    chosen = []
    for number in (0, 1):
        members = np.flatnonzero(group == number)
        chosen.append(random.permutation(members)[:_MOST])
    return np.sort(np.concatenate(chosen))
