"""How well named labels match true ones."""

import warnings

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score, confusion_matrix


def balanced_accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Return the accuracy averaged over the classes of `labels`, 0–1.

    Args:
        labels: (N,), true.
        predicted: (N,), of the same kind.
    """
    with warnings.catch_warnings():
        # A class that is rare may be predicted but absent from the labels.
        warnings.simplefilter("ignore", UserWarning)
        return float(balanced_accuracy_score(labels, predicted))


def confusion(labels: np.ndarray, predicted: np.ndarray, names: tuple[str, ...]) -> pd.DataFrame:
    """Return how many images of each true class (rows) are named as each class (columns).

    Args:
        labels: (N,), class numbers from 0.
        predicted: (N,), as `labels`.
        names: of the classes, in the order of their numbers; a class without images has zeros.
    """
    counts = confusion_matrix(labels, predicted, labels=np.arange(len(names)))
    return pd.DataFrame(counts, index=names, columns=names)
