"""How stable a group of images is, by clusterings of draws that are made once and kept."""

import numpy as np

from cae.cohorts.cohort import Cohort
from cae.cohorts.groups import groups_of
from cae.cohorts.material import Material
from cae.cohorts.stability import Stability, agreement, redrawn, why_untold
from cae.errors import CaeError
from cae.progress import Progress, silent
from cae.study.derived import keep_derived, read_derived
from cae.study.study import Study

_NAME, _STEPS = "draws", ("encode", "project", "cluster")


def kept_stability(study: Study, rows: np.ndarray) -> Stability | None:
    """Return how stable a group is, at once; None where draws were not clustered yet.

    Args:
        study: of whose images the group is.
        rows: of the group.
    """
    if reason := why_untold(study):
        return Stability(reason=reason)
    draws = _read(study)
    return None if draws is None else agreement(draws, rows)


def measured_stability(study: Study, rows: np.ndarray, progress: Progress = silent) -> Stability:
    """Return how stable a group is; draws are clustered and kept where they were not yet.

    Args:
        study: of whose images the group is.
        rows: of the group.
        progress: told how many draws are clustered.
    """
    kept = kept_stability(study, rows)
    if kept is not None:
        return kept
    draws = redrawn(study, progress)
    keep_derived(study, _NAME, _STEPS, draws)
    return agreement(draws, rows)


def is_of_images(material: Material, cohort: Cohort) -> bool:
    """Return whether what images show had a part in forming a cohort.

    So it is of one that refers to a cohort that is gone, as nobody can tell otherwise.
    """
    try:
        (group,) = groups_of(material, [cohort.selection])
    except CaeError:
        return len(cohort.rows) > 0
    return group.is_exploratory


def _read(study: Study) -> np.ndarray | None:
    """Return what is kept, None where it cannot be what was."""
    kept = read_derived(study, _NAME, _STEPS)
    if kept is None or kept.ndim != 3 or kept.shape[1] != 2 or kept.dtype.kind != "i":
        return None
    return kept if kept.size and kept.min() >= -1 and kept[:, 0].max() < len(study) else None
