"""Several readers of files at once, whose answers come in the order of what was asked."""

import importlib
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from cae.errors import CaeError
from cae.sources.limited import LimitedProcess, Message

Answers = tuple[list[Message], str]

_AHEAD = 4


def reader_count() -> int:
    """Return how many readers work at once."""
    return os.cpu_count() or 1


class Readers:
    """One thread for each processor, which asks a module through a `LimitedProcess` of its own.

    Only a few answers are waiting at a time, however many requests there are. Use as a context
    manager.

    Attributes:
        module: the name of the module that answers.
        apart: whether it runs in limited processes; it is asked in this one where what it reads
            is not worth the second that processes take to start.
    """

    def __init__(self, module: str, *, apart: bool = True) -> None:
        self.module = module
        self.apart = apart
        self._local = threading.local()
        self._stack = ExitStack()
        self._pool = ThreadPoolExecutor(reader_count())

    def __enter__(self) -> "Readers":
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._stack.close()

    def ask(self, requests: Iterable[dict[str, Any]]) -> Iterator[Answers]:
        """Yield the answers to each request, and the reason why there are no more, if any."""
        waiting: deque[Future[Answers]] = deque()
        for request in requests:
            waiting.append(self._pool.submit(self._answers, request))
            if len(waiting) > _AHEAD * reader_count():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _answers(self, request: dict[str, Any]) -> Answers:
        answers: list[Message] = []
        try:
            for answer in self._messages(request):
                answers.append(answer)
        except CaeError as error:
            return answers, str(error)
        return answers, ""

    def _messages(self, request: dict[str, Any]) -> Iterator[Message]:
        if not self.apart:
            messages: Iterator[Message] = importlib.import_module(self.module).answer(request)
            return messages
        if not hasattr(self._local, "process"):
            self._local.process = self._stack.enter_context(LimitedProcess(self.module))
        asked: Iterator[Message] = self._local.process.ask(request)
        return asked
