"""How the learning rate runs over a training."""

import math
from typing import Literal

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

_WARM_UP_SHARE = 0.1


def warm_up_then_cosine(optimiser: Optimizer, steps: int) -> LambdaLR:
    """Return a schedule that rises linearly over the first tenth of `steps`, then falls to 0.

    The fall is a half cosine (Loshchilov & Hutter 2017, without restarts).
    """
    warm_up = max(1, round(_WARM_UP_SHARE * steps))

    def factor(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        share = min(1.0, (step - warm_up) / max(1, steps - warm_up))
        return 0.5 * (1 + math.cos(math.pi * share))

    return LambdaLR(optimiser, factor)


def fastest_precision() -> Literal["bf16-mixed", "32-true"]:
    """Return Lightning Fabric's name of the precision to train in.

    bf16 pays on GPUs that have it and on processors with AVX-512-BF16 or AMX; elsewhere it is
    emulated and slower than fp32.
    """
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    # torch offers no public query of these processor features.
    has_bf16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bf16-mixed" if has_bf16 else "32-true"
