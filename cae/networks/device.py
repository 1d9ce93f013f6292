"""Where networks compute."""

import torch
from torch import nn


def best_device() -> torch.device:
    """Return the GPU where there is one that torch can use, else the processor.

    On a GPU products of matrices may round their inputs to TF32, which is several times as fast.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.set_float32_matmul_precision("high")
    return torch.device("cuda")


def device_of(network: nn.Module) -> torch.device:
    """Return the device on which the weights of a network lie."""
    return next(network.parameters()).device
