"""Vectors of another model brought to a form in which distances mean something."""

from dataclasses import dataclass

import numpy as np

from cae.errors import CaeError
from cae.number_text import percent_text

UNIT, STANDARD, NONE, AUTO = "unit", "standard", "none", "auto"
SCALINGS = {
    AUTO: "Chosen by the vectors, and said.",
    UNIT: "Every vector gets length 1, so that only its direction counts.",
    STANDARD: "Every number gets mean 0 and standard deviation 1 over training images.",
    NONE: "Vectors stay as they are.",
}
# What one number in twenty may make up of the variance before the others no longer count.
_ONE_IN, _MOST_SHARE = 20, 0.95
_CHUNK = 8192


@dataclass(frozen=True, eq=False)
class Scaled:
    """Vectors after scaling.

    Attributes:
        array: float32, (N, d).
        scaling: what was done, one of `SCALINGS` but ``auto``.
        reason: a sentence that says why.
    """

    array: np.ndarray
    scaling: str
    reason: str


def scaled(
    vectors: np.ndarray, fitted: np.ndarray, scaling: str, components: int, seed: int
) -> Scaled:
    """Standardise vectors or give them unit length, after principal components where asked for.

    Standardising comes first, then components, then unit length. With ``auto``, vectors of
    which one number in twenty makes up more than 95 % of the variance are taken for measurements in
    different units and standardised; all else, such as embeddings of networks, which are compared
    by their directions, gets unit length.

    Args:
        vectors: float32, (N, D), finite.
        fitted: rows from which means, spreads and components are learnt; all where there are
            fewer than two.
        scaling: one of `SCALINGS`.
        components: how many principal components to keep; 0 keeps all numbers.
        seed: of the search for components.

    Raises:
        CaeError: there are not so many components, or a vector of zeros has no direction.
    """
    learnt = vectors[fitted] if len(fitted) > 1 else vectors
    scaling, reason = _fitting(learnt) if scaling == AUTO else (scaling, "It was asked for.")
    values = vectors
    if scaling == STANDARD:
        from sklearn.preprocessing import StandardScaler

        # It adds up in 64 bits, and knows a number that is the same in all but for rounding.
        standard = StandardScaler().fit(learnt)
        values, learnt = standard.transform(values), standard.transform(learnt)
    if components:
        values = _components(values, learnt, components, seed)
    if scaling == UNIT:
        values = _of_unit_length(values)
    return Scaled(np.ascontiguousarray(values, dtype=np.float32), scaling, reason)


def _fitting(vectors: np.ndarray) -> tuple[str, str]:
    """Return the scaling that vectors ask for, and why."""
    variance = np.sort(vectors.var(axis=0, dtype=np.float64))[::-1]
    few = -(-len(variance) // _ONE_IN)
    total = float(variance.sum())
    share = float(variance[:few].sum()) / total if total > 0 else 0.0
    if share > _MOST_SHARE:
        return STANDARD, (
            f"{few:,} of {len(variance):,} numbers make up {percent_text(share, 1)} of the "
            "variance, as measurements in different units do."
        )
    return UNIT, "No few numbers outweigh the others, as in networks, whose directions count."


def _components(values: np.ndarray, learnt: np.ndarray, components: int, seed: int) -> np.ndarray:
    most = min(learnt.shape)
    if components > most:
        raise CaeError(
            f"{components:,} principal components cannot be made of {len(learnt):,} training "
            f"vectors of {learnt.shape[1]:,} numbers; ask for at most {most:,}."
        )
    from sklearn.decomposition import PCA

    # Sums of 32 bits would lose small differences between large numbers.
    centre = learnt.mean(axis=0, dtype=np.float64)
    found = PCA(components, random_state=seed).fit(_from(centre, learnt))
    starts = range(0, len(values), _CHUNK)
    parts = [found.transform(_from(centre, values[start : start + _CHUNK])) for start in starts]
    reduced: np.ndarray = np.concatenate(parts)
    return reduced


def _from(centre: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return float32 differences (N, D) of values from `centre`, float64, (D,)."""
    differences = np.empty(values.shape, dtype=np.float32)
    np.subtract(values, centre, out=differences, casting="same_kind")
    return differences


def _of_unit_length(values: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(values.astype(np.float64), axis=1, keepdims=True)
    if empty := int((lengths == 0).sum()):
        raise CaeError(
            f"{empty:,} vectors are all zeros and have no direction; make them anew, or use the "
            "scaling 'standard' or 'none'."
        )
    unit: np.ndarray = values / lengths
    return unit
