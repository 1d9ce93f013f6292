"""A process that reads files of strangers: it may hang, crash or eat memory, and is given up."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any

from cae.errors import CaeError, UnusableError

_STARTING_SECONDS = 120

Message = tuple[dict[str, Any], bytes]


class _EndedError(UnusableError):
    """The process ended before it had answered, and said nothing."""


class LimitedProcess:
    """A Python module run beside this process, asked for one file after another.

    The module answers every request through `serve`. Requests and answers are JSON with bytes
    behind it, so that nothing that a damaged file makes of the process reaches this one but data.
    Use as a context manager; it starts anew by itself after it was given up.

    Attributes:
        module: the name of the module to run.
        seconds: the longest wait for one answer.
        megabytes: the most memory it may take, where the system can limit that.
    """

    def __init__(self, module: str, seconds: float = 60, megabytes: int = 6144) -> None:
        self.module = module
        self.seconds = seconds
        self.megabytes = megabytes
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "LimitedProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def ask(self, request: dict[str, Any]) -> Iterator[Message]:
        """Yield the answers to a request.

        A process that ends before the first answer is asked once more, anew: it may have been ended
        by something else than the file.

        Raises:
            UnusableError: with the reason that the module gives, or that it was given up for.
        """
        has_answered = False
        try:
            for message in self._ask(request):
                has_answered = True
                yield message
        except _EndedError:
            if has_answered:
                raise
            yield from self._ask(request)

    def _ask(self, request: dict[str, Any]) -> Iterator[Message]:
        finished = False
        try:
            process = self._process or self._start()
            _send(process.stdin, request)
            while True:
                header, content = self._receive(process, self.seconds)
                if "reason" in header:
                    finished = True
                    raise UnusableError(header["reason"])
                if header.get("end"):
                    finished = True
                    return
                yield header, content
        except (BrokenPipeError, ConnectionError) as error:
            raise _EndedError("reading it makes the decoder crash; it is damaged") from error
        finally:
            if not finished:
                self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the module and wait until it is ready, which may take long on a busy computer."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, str(self.megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._receive(self._process, _STARTING_SECONDS)
        return self._process

    def _receive(self, process: subprocess.Popen[bytes], seconds: float) -> Message:
        """Return the next answer, or end the process when it takes too long."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, give_up)
        timer.start()
        try:
            message = _receive(process.stdout)
        finally:
            timer.cancel()
        if message is not None:
            return message
        if late.is_set():
            raise UnusableError(f"reading it took longer than {seconds:g} s and was given up")
        raise _EndedError("reading it makes the decoder crash or takes too much memory")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def serve(answer: Any) -> None:
    """Answer requests on stdin until it ends; to be called in the limited process.

    What decoders print goes nowhere. Memory is limited to the megabytes of the command line.

    Args:
        answer: a function that takes a request and yields messages; the reason of an
            `UnusableError` or a `CaeError` it raises is passed on, any other error as damage.
    """
    _limit_memory(int(sys.argv[1]) << 20)
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _send(out, {"ready": True})
    for line in sys.stdin.buffer:
        try:
            for header, content in answer(json.loads(line)):
                _send(out, header, content)
            _send(out, {"end": True})
        except (CaeError, UnusableError) as error:
            _send(out, {"reason": error.reason})
        except MemoryError:
            _send(out, {"reason": "reading it takes too much memory"})
        # Decoders fed with damaged bytes raise almost anything; one file must not stop the import.
        except Exception as error:
            text = " ".join(str(error).split()) or type(error).__name__
            _send(out, {"reason": f"it is cut off or damaged ({text})"})


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit.
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _send(pipe: IO[bytes] | None, header: dict[str, Any], content: bytes = b"") -> None:
    if pipe is None:
        raise BrokenPipeError("the process has no pipe")
    line = json.dumps({**header, "bytes": len(content)})
    pipe.write(line.encode() + b"\n" + content)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> Message | None:
    """Return a message, None where the process ended before it was whole."""
    if pipe is None:
        raise BrokenPipeError("the process has no pipe")
    line = pipe.readline()
    if not line.endswith(b"\n"):
        return None
    header = json.loads(line)
    content = pipe.read(header.pop("bytes"))
    return header, content
