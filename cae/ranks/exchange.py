"""What processes that train together tell each other; one process tells nobody.

All of them call these functions in the same order. Objects are pickled on the way, as everywhere in
``torch.distributed``: its ports belong into a network whose machines trust each other.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

T = TypeVar("T")

_alone = ContextVar("_alone", default=False)


def count() -> int:
    """Return how many processes train together."""
    is_joined = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if is_joined and not _alone.get() else 1


def number() -> int:
    """Return which of them this process is, from 0; the first writes files."""
    return distributed.get_rank() if count() > 1 else 0


@contextmanager
def alone() -> Iterator[None]:
    """Let this process compute for itself: within, it is the only one."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def gathered(tensor: Tensor, dim: int = 0) -> Tensor:
    """Return the tensors of all processes, one after another along `dim`.

    Gradients go back to the process that a tensor came from, summed over what all processes make
    of it. So where each computes a loss of the whole batch, and gradients of weights are then
    averaged, as DDP does, they are those of one process with the whole batch.

    Args:
        tensor: of one shape in all processes.
        dim: along which a batch is counted.
    """
    if count() == 1:
        return tensor
    if tensor.dtype in (torch.bfloat16, torch.float16):
        # Of 16 bits, gradients would lose more with every process.
        tensor = tensor.float()
    parts: Tensor = _Gather.apply(tensor)  # type: ignore[no-untyped-call]
    return torch.cat(list(parts), dim)


def from_first(make: Callable[[], T]) -> T:
    """Return to all what `make` returns in the first process; the others wait for it."""
    if count() == 1:
        return make()
    told: list[Any] = [make() if number() == 0 else None]
    distributed.broadcast_object_list(told, src=0)
    made: T = told[0]
    return made


def to_first(value: T) -> list[T]:
    """Return the values of all processes in the first one; nothing in the others."""
    if count() == 1:
        return [value]
    told: list[Any] | None = [None] * count() if number() == 0 else None
    distributed.gather_object(value, told, dst=0)
    return told or []


# torch has such a function, but it is deprecated, and with gloo sends each part of the gradient by
# itself.
class _Gather(torch.autograd.Function):
    """Tensors of all W processes, stacked (W, …)."""

    @staticmethod
    def forward(context: Any, tensor: Tensor) -> Tensor:
        own = tensor.contiguous()
        parts = [torch.empty_like(own) for _ in range(count())]
        distributed.all_gather(parts, own)
        return torch.stack(parts)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        total = gradient.contiguous().clone()
        distributed.all_reduce(total)
        return total[number()]
