"""Two processes that train together, as torchrun would have started them."""

import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch

COUNT = 2
_SECONDS = 300


class Together:
    """Runs functions in all processes at once."""

    def __init__(self, pools: list[ProcessPoolExecutor]) -> None:
        self.pools = pools

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """What a function of a module returns in each of them."""
        futures = [pool.submit(function, *arguments) for pool in self.pools]
        return [future.result(_SECONDS) for future in futures]


@contextmanager
def running_together() -> Iterator[Together]:
    """Start the processes, which find each other over this computer's own network."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn = multiprocessing.get_context("spawn")
    pools = [
        ProcessPoolExecutor(1, spawn, initializer=_join, initargs=(number, port))
        for number in range(COUNT)
    ]
    try:
        yield Together(pools)
    finally:
        for pool in pools:
            pool.shutdown(cancel_futures=True)


def environment(number: int, port: int) -> dict[str, str]:
    """What torchrun tells the processes that it starts."""
    return {
        "TORCHELASTIC_RUN_ID": "test",
        "WORLD_SIZE": str(COUNT),
        "LOCAL_WORLD_SIZE": str(COUNT),
        "RANK": str(number),
        "LOCAL_RANK": str(number),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }


def _join(number: int, port: int) -> None:
    os.environ |= environment(number, port)
    torch.set_num_threads(1)
    # In 16 bits, one process and several would differ by what these lose.
    torch.cpu._is_avx512_bf16_supported = torch.cpu._is_amx_tile_supported = lambda: False
    from cae.ranks.launch import join

    join()
