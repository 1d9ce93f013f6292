"""How precisely a training computes."""

from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision


class MixedFromWholeInputs(MixedPrecision):
    """Operations that bear it run in 16 bits, on inputs as they are.

    Lightning rounds all that a module is given, too: a pixel would lose its last bits before the
    loss compares it, and what a method computes itself would be of two kinds of numbers.
    """

    def convert_input(self, data: Any) -> Any:
        """Leave `data`, a tensor or a collection of them, as it is."""
        return data


def fabric_for(accelerator: str) -> Fabric:
    """Return a Fabric of one device that computes as precisely as is fastest there.

    bf16 pays on GPUs that have it and on processors with AVX-512-BF16 or AMX; elsewhere it is
    emulated and slower than fp32.

    Args:
        accelerator: of Lightning Fabric, such as ``"cpu"``, or ``"auto"``.
    """
    on_gpu = accelerator != "cpu" and torch.cuda.is_available()
    if on_gpu:
        pays = torch.cuda.is_bf16_supported()
    else:
        # torch offers no public query of these processor features.
        pays = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    device = "cuda" if on_gpu else "cpu"
    precision = MixedFromWholeInputs("bf16-mixed", device) if pays else None
    return Fabric(accelerator=accelerator, devices=1, plugins=precision)
