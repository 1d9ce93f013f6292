"""How good a model is: figures against labels and pixels."""

from cae.evaluation.report import evaluate
from cae.evaluation.saved import (
    measure,
    measure_baselines,
    measure_marks,
    measured,
    measured_baselines,
    measured_marks,
)

__all__ = [
    "evaluate",
    "measure",
    "measure_baselines",
    "measure_marks",
    "measured",
    "measured_baselines",
    "measured_marks",
]
