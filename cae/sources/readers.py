"""Several readers of files at once, whose answers come in the order of what was asked."""

import importlib
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from queue import Full, Queue
from typing import Any

from cae.errors import CaeError, UnusableError
from cae.sources.limited import LimitedProcess, Message

_AHEAD = 4
_WAITING = 16
_PATIENCE = 0.1


def reader_count() -> int:
    """Return how many readers work at once."""
    return os.cpu_count() or 1


@dataclass(frozen=True)
class _End:
    """Why there are no more answers: a reason, an error of this program, or neither."""

    reason: str = ""
    error: Exception | None = None


class Answers:
    """The answers to one request, which are there once; a few of them wait to be asked for.

    Attributes:
        reason: why there are no more, in a phrase, when all have been asked for; empty where
            nothing went wrong.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._waiting: Queue[Message | _End] = Queue(_WAITING)

    def __iter__(self) -> Iterator[Message]:
        while not isinstance(answer := self._waiting.get(), _End):
            yield answer
        if answer.error is not None:
            raise answer.error
        self.reason = answer.reason

    def put(self, answer: Message | _End, ended: threading.Event) -> bool:
        """Add an answer, or the end, when few enough wait; return whether anybody asks for it."""
        while not ended.is_set():
            with suppress(Full):
                self._waiting.put(answer, timeout=_PATIENCE)
                return True
        return False


class Readers:
    """Several threads, each of which asks a module through a `LimitedProcess` of its own.

    However many requests and answers there are, memory holds a few of them. Use as a context
    manager.

    Attributes:
        module: the name of the module that answers.
        count: how many there are, by default one for each processor.
        apart: whether it runs in limited processes; it is asked in this one where what it reads
            is not worth the second that processes take to start.
    """

    def __init__(self, module: str, count: int | None = None, *, apart: bool = True) -> None:
        self.module = module
        self.count = count or reader_count()
        self.apart = apart
        self._local = threading.local()
        self._stack = ExitStack()
        self._pool = ThreadPoolExecutor(self.count)
        self._ended = threading.Event()

    def __enter__(self) -> "Readers":
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._pool.shutdown(cancel_futures=True)
        self._stack.close()

    def ask(self, requests: Iterable[dict[str, Any]]) -> Iterator[Answers]:
        """Yield the answers to each request, which are to be taken before those to the next."""
        waiting: deque[Answers] = deque()
        for request in requests:
            answers = Answers()
            self._pool.submit(self._answer, request, answers)
            waiting.append(answers)
            if len(waiting) > _AHEAD * self.count:
                yield waiting.popleft()
        yield from waiting

    def _answer(self, request: dict[str, Any], answers: Answers) -> None:
        end = _End()
        try:
            for answer in self._messages(request):
                if not answers.put(answer, self._ended):
                    return
        except (CaeError, UnusableError) as error:
            end = _End(reason=error.reason)
        except Exception as error:
            end = _End(error=error)
        answers.put(end, self._ended)

    def _messages(self, request: dict[str, Any]) -> Iterator[Message]:
        if not self.apart:
            messages: Iterator[Message] = importlib.import_module(self.module).answer(request)
            return messages
        if not hasattr(self._local, "process"):
            self._local.process = self._stack.enter_context(LimitedProcess(self.module))
        asked: Iterator[Message] = self._local.process.ask(request)
        return asked
