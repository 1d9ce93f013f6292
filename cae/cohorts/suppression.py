"""Small counts that are hidden, with as many others as it takes to keep them hidden."""

import numpy as np

from cae.number_text import count_text

SUPPRESSED = "*"


def counted(count: int, noun: str, least: int) -> str:
    """Return how many there are in words, such as ``3 patients`` or ``fewer than 5 patients``.

    Args:
        count: 1 or more.
        noun: what is counted; with an s where there are several.
        least: the smallest count that is told; 0 or 1 tells all.
    """
    if count < least:
        return f"fewer than {least} {noun}s"
    return count_text(count, noun)


def suppressed(counts: np.ndarray, least: int) -> np.ndarray:
    """Return which counts of one group are hidden, bool (K,).

    Those from 1 to below `least` are. As the group's size is known, the sum of the hidden ones is
    too; so the next smallest are hidden with them until each of them could be `least` or more.
    What is 0 is shown, unless everything else is hidden and still too little.

    Args:
        counts: int (K,), parts of a known sum.
        least: the smallest count that is shown; 0 or 1 hides nothing.

    Source: Hundepool et al. 2012, "Statistical disclosure control", chapter 4.

    Example:
        >>> import numpy as np
        >>> suppressed(np.array([3, 40, 9, 0]), 5).tolist()
        [True, False, True, False]
    """
    counts = np.asarray(counts)
    hidden = (counts > 0) & (counts < least)
    if not hidden.any():
        return hidden
    others = np.flatnonzero(~hidden & (counts > 0))
    for other in others[np.argsort(counts[others], kind="stable")]:
        if _is_safe(counts[hidden], least):
            return hidden
        hidden[other] = True
    if not _is_safe(counts[hidden], least):
        hidden[:] = True
    return hidden


def _is_safe(hidden: np.ndarray, least: int) -> bool:
    """Whether each of the hidden counts, none 0, could be `least` if the others were 1."""
    return len(hidden) > 1 and hidden.sum() - (len(hidden) - 1) >= least
