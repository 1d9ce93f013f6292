"""Arrays that are worked out of a study once and kept in it.

They lie in ``derived/``, in files whose names stand for the results that they were worked out of,
so that what was worked out of former ones is never taken for the present.
"""

import hashlib
from pathlib import Path

import numpy as np

from cae.errors import CaeError
from cae.storage import read_array, write_array
from cae.study.study import Study

FOLDER = "derived"


def read_derived(study: Study, name: str, steps: tuple[str, ...]) -> np.ndarray | None:
    """Memory-map what is kept under a name; None where there is nothing or it is damaged.

    The folder may come from anybody: who asks must look at what the array holds.

    Args:
        study: it was worked out of.
        name: such as ``neighbours``.
        steps: of whose present results it must be.
    """
    path = _path(study, name, steps)
    if not path.is_file():
        return None
    try:
        return read_array(path)
    except CaeError:
        return None


def keep_derived(study: Study, name: str, steps: tuple[str, ...], array: np.ndarray) -> None:
    """Keep an array under a name in the place of what was worked out of former results.

    A study that cannot be written to, or a full disk, leaves it not kept.

    Args:
        study: it was worked out of.
        name: such as ``neighbours``.
        steps: of whose present results it is.
        array: of plain numbers.
    """
    path = _path(study, name, steps)
    try:
        write_array(path, array)
        for former in path.parent.glob(f"{name}.*.npy"):
            if former != path:
                former.unlink(missing_ok=True)
    except (OSError, CaeError):
        return


def _path(study: Study, name: str, steps: tuple[str, ...]) -> Path:
    digests = " ".join(study.digest(step) for step in steps)
    return study.path / FOLDER / f"{name}.{hashlib.sha256(digests.encode()).hexdigest()[:16]}.npy"
