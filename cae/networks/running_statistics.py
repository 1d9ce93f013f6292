"""Batch norm that judges by what it has seen before."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

Statistics = Mapping[_BatchNorm, tuple[Tensor, Tensor]]


def running_statistics(network: nn.Module) -> Statistics:
    """Return a copy of the running means and variances of a network's batch norm in training."""
    return {
        norm: (norm.running_mean.clone(), norm.running_var.clone())
        for norm in network.modules()
        if isinstance(norm, _BatchNorm)
        and norm.training
        and norm.running_mean is not None
        and norm.running_var is not None
    }


@contextmanager
def last_batch_statistics(before: Statistics) -> Iterator[None]:
    """Let batch norm judge by the statistics of the batch that it saw last, and learn no others.

    What passes is then treated as that batch was, whatever it is itself. Running statistics lag
    behind while weights change fast, so that what was learnt by them would no longer hold when they
    catch up at the end of training.

    Args:
        before: `running_statistics` of before that batch, the only one since.
    """
    present = {norm: (norm.running_mean, norm.running_var) for norm in before}
    for norm, old in before.items():
        # New tensors, as gradients are computed from those that are put back.
        mean, variance = (
            _last(was, now, norm.momentum) for was, now in zip(old, present[norm], strict=True)
        )
        norm.running_mean, norm.running_var = mean, variance.clamp(min=0)
        norm.eval()
    try:
        yield
    finally:
        for norm, (mean, variance) in present.items():
            norm.running_mean, norm.running_var = mean, variance
            norm.train()


def _last(before: Tensor, now: Tensor | None, momentum: float | None) -> Tensor:
    """Return what a running statistic followed in one step from before to now."""
    if now is None or momentum is None:
        raise TypeError("Batch norm without a running mean of a fixed momentum.")
    return before + (now - before) / momentum
