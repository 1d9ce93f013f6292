"""Which number format trains fastest on this machine."""

import torch


def fastest_precision() -> str:
    """Return Lightning Fabric's name of the precision to train in.

    bf16 pays on GPUs that have it and on processors with AVX-512-BF16 or AMX; elsewhere it is
    emulated and slower than fp32.
    """
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    # torch offers no public query of these processor features.
    has_bf16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bf16-mixed" if has_bf16 else "32-true"
