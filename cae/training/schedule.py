"""How the learning rate runs over a training."""

import math

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
