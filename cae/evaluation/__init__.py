"""How good a model is: figures against labels and pixels."""

from cae.evaluation.report import evaluate

__all__ = ["evaluate"]
