"""Rows of large arrays, on the device that trains."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

# Of the memory that is free when training begins; the rest is for the network and its gradients.
_MOST_OF_FREE_MEMORY = 0.5

# Returns the rows of an array that it is given, int64 (n,), as a tensor.
Feed = Callable[[np.ndarray], Tensor]


def array_feed(array: np.ndarray, device: torch.device) -> Feed:
    """Return what gives rows of `array`, which may be memory-mapped, as tensors on `device`.

    On a GPU that has room for it the whole array is copied there once; else rows are read when they
    are asked for.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        if array.nbytes <= _MOST_OF_FREE_MEMORY * free:
            return kept_feed(array, device)
        return pinned_feed(array, device)
    return lambda rows: torch.from_numpy(np.array(array[rows]))


def kept_feed(array: np.ndarray, device: torch.device) -> Feed:
    """Return a feed from a copy of all of `array` on `device`."""
    kept = torch.from_numpy(np.array(array)).to(device)
    return lambda rows: kept[torch.from_numpy(rows).to(device, non_blocking=True)]


def pinned_feed(array: np.ndarray, device: torch.device) -> Feed:
    """Return a feed that reads rows to where a GPU fetches them while it computes."""

    def rows_of(rows: np.ndarray) -> Tensor:
        read = torch.from_numpy(np.array(array[rows])).pin_memory()
        return read.to(device, non_blocking=True)

    return rows_of
