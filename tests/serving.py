"""The app on a free port, until the test is over."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(
    command: Sequence[str],
    port: int,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    below: str = "",
) -> Iterator[str]:
    """Run a command in `folder` that serves the app on `port`, at the path `below`: its address.

    What the command prints goes to `log`; it and all that it started end with the block.
    """
    address = f"http://127.0.0.1:{port}{below}"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_for(f"{address}/_stcore/health", process, log)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the app stopped with {process.returncode}: {log.read_text()}")
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the app did not start within a minute: {log.read_text()}")
