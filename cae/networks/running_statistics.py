"""What batch norm judges by, and what it learns its running statistics from."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def running_statistics(network: nn.Module) -> Iterator[None]:
    """Let a network's batch norm use its running statistics, and leave these as they are.

    What passes is then treated as it will be when the network is used, and does not spoil the
    statistics of what it is trained on.
    """
    norms = _learning_norms(network)
    for norm in norms:
        norm.eval()
    try:
        yield
    finally:
        for norm in norms:
            norm.train()


@contextmanager
def kept_statistics(network: nn.Module) -> Iterator[None]:
    """Leave the running statistics of a network in training as they are.

    Batch norm still judges by each batch. While weights change fast, running statistics lag behind
    so far that a network which judges by them says something else than the one that learns.
    """
    norms = _learning_norms(network)
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True


def _learning_norms(network: nn.Module) -> list[_BatchNorm]:
    """Return the batch norms of a network whose running statistics follow what they see."""
    return [part for part in network.modules() if isinstance(part, _BatchNorm) and part.training]
