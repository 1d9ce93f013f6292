"""On how many devices a training computes, and how precisely."""

from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy

from cae.ranks import exchange, launch


class MixedFromWholeInputs(MixedPrecision):
    """Operations that bear it run in 16 bits, on inputs as they are.

    Lightning rounds all that a module is given, too: a pixel would lose its last bits before the
    loss compares it, and what a method computes itself would be of two kinds of numbers.
    """

    def convert_input(self, data: Any) -> Any:
        """Leave `data`, a tensor or a collection of them, as it is."""
        return data


def fabric_for(accelerator: str) -> Fabric:
    """Return a Fabric that computes as precisely as is fastest on its devices.

    It has one device, or where processes train together one in each of them, whose gradients are
    averaged (DDP).

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
    if exchange.count() == 1:
        return Fabric(accelerator=accelerator, devices=1, plugins=precision)
    fabric = Fabric(
        accelerator=accelerator,
        # Not every stage of a method uses all weights. Buffers are equal as they are.
        strategy=DDPStrategy(find_unused_parameters=True, broadcast_buffers=False),
        devices=launch.local_count(),
        num_nodes=exchange.count() // launch.local_count(),
        plugins=[TorchElasticEnvironment(), *([precision] if precision else [])],
    )
    fabric.launch()
    return fabric
