"""What reads many files or images at once: this computer, or a Ray cluster."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, Self

from cae.errors import CaeError
from cae.plugins import load
from cae.settings import brief
from cae.sources.limited import Message

PLAIN = "plain"
# Classes that are made as `cae.sources.readers.Readers` is, and used as `EngineReaders`.
ENGINES = {PLAIN: "cae.sources.readers:Readers", "ray": "cae.sources.ray_readers:RayReaders"}

_engine = ContextVar("_engine", default=PLAIN)


class EngineAnswers(Protocol):
    """The answers to one request, which are there once.

    Attributes:
        reason: why there are no more, in a phrase, when all have been asked for; empty where
            nothing went wrong.
    """

    reason: str

    def __iter__(self) -> Iterator[Message]:
        """Yield them."""


class EngineReaders(Protocol):
    """Readers of an engine, a context manager."""

    def __enter__(self) -> Self:
        """Return these readers."""

    def __exit__(self, *error: object) -> None:
        """End them."""

    def ask(self, requests: Iterable[dict[str, Any]]) -> Iterator[EngineAnswers]:
        """Yield the answers to each request, which are to be taken before those to the next."""


@contextmanager
def using(engine: str) -> Iterator[None]:
    """Let an engine read whatever is read within.

    Raises:
        CaeError: there is none of this name, or what it needs is not installed.
    """
    if engine not in ENGINES:
        raise CaeError(
            f"There is no engine {brief(repr(engine))}; choose one of {', '.join(ENGINES)}."
        )
    load(ENGINES[engine])
    token = _engine.set(engine)
    try:
        yield
    finally:
        _engine.reset(token)


def engine_in_use() -> str:
    """Return the name of the engine that reads, a key of `ENGINES`."""
    return _engine.get()


def readers(module: str, count: int | None = None, *, apart: bool = True) -> EngineReaders:
    """Return readers of the engine in use, see `cae.sources.readers.Readers`."""
    found: EngineReaders = load(ENGINES[_engine.get()])(module, count, apart=apart)
    return found
