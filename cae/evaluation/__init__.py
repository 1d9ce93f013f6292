"""How good a model is: figures against labels and pixels."""

from cae.evaluation.report import evaluate
from cae.evaluation.saved import measure, measured

__all__ = ["evaluate", "measure", "measured"]
