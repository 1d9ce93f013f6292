"""A command that ``torchrun`` started in several processes, which train together."""

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from cae.errors import CaeError
from cae.ranks.launch import join, leave, process_count, process_number

# What trains; the first process does all else of it.
_SHARED = ("build", "train", "sharpen")
# What gloo says where another process is gone.
_PARTED = re.compile("closed by peer|reset by peer|refused|broken pipe", re.IGNORECASE)


def run_together(arguments: Sequence[str], command: Callable[[Sequence[str]], Any]) -> Any:
    """Run a command line in the first process, while the others take part in its trainings.

    Args:
        arguments: of the command line.
        command: runs it, given these.

    Returns:
        What `command` returns; None in the other processes.

    Raises:
        CaeError: the command does not train.
    """
    if process_count() == 1:
        return command(arguments)
    if not set(arguments) & set(_SHARED):
        raise CaeError(
            f"Only {', '.join(_SHARED)} are shared by several processes; run other commands "
            "without torchrun."
        )
    # Before torch is imported, which would warn that all weights are used, and of each connection.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from cae.study.joint import dismiss, join_in

    join()
    try:
        if process_number() > 0:
            join_in()
            return None
        found = command(arguments)
        dismiss()
    except RuntimeError as error:
        if not _PARTED.search(str(error)):
            raise
        raise CaeError(
            "Another process of this training has ended, so this one ends, too. What is finished "
            "is kept, and the same command goes on from there."
        ) from error
    leave()
    return found
