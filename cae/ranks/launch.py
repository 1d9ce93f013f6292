"""Processes that ``torchrun`` started beside each other, and how they find together."""

import os
from datetime import timedelta

# Others wait while the first reads images or groups latents, which may take hours. That a process
# has died is found by torchrun, which ends the others.
_PATIENCE = timedelta(days=7)


def process_count() -> int:
    """Return how many processes ``torchrun`` started for this one command; 1 without it."""
    return int(os.environ["WORLD_SIZE"]) if "TORCHELASTIC_RUN_ID" in os.environ else 1


def process_number() -> int:
    """Return which of them this process is, from 0."""
    return int(os.environ["RANK"]) if process_count() > 1 else 0


def local_count() -> int:
    """Return how many of them run on this machine."""
    return int(os.environ["LOCAL_WORLD_SIZE"]) if process_count() > 1 else 1


def join() -> None:
    """Find the other processes; returns once all have come."""
    import torch

    # What is told and waited for goes by processors even where gradients go by GPUs.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    torch.distributed.init_process_group(backend, timeout=_PATIENCE)


def leave() -> None:
    """Part from the other processes."""
    import torch

    torch.distributed.destroy_process_group()
