"""How the numbers of a network lie in memory."""

from typing import TypeVar

import torch
from torch import nn

_Module = TypeVar("_Module", bound=nn.Module)


def channels_last(module: _Module) -> _Module:
    """Lay the kernels of a module out with channels last, which convolutions on CPUs run on."""
    # Torch documents this call, but its types leave it out.
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
