"""The state of a training after an epoch, from which it goes on as if never cut off."""

import pickle
from pathlib import Path
from typing import Any

import torch

from cae.errors import DamagedFileError
from cae.storage import atomic_path

CHECKPOINT = "checkpoint.pt"
TEACHER_FILE = "teacher.npy"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors and plain values) atomically into `folder`."""
    with atomic_path(folder / CHECKPOINT) as temporary:
        torch.save(state, temporary)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Return the state that `save_checkpoint` wrote, None where there is none.

    Only tensors and plain values are read; nothing is unpickled that could run code.

    Raises:
        CaeError: the file is damaged.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:
        raise DamagedFileError(
            path, "it is no checkpoint", "delete it to train from the start"
        ) from error
    return state


def remove_checkpoint(folder: Path) -> None:
    """Delete the checkpoint of a finished training, and what its teacher said."""
    for name in (CHECKPOINT, TEACHER_FILE):
        (folder / name).unlink(missing_ok=True)
