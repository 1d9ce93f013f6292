"""What reads many files or images at once: this computer, or a Ray cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from cae.errors import CaeError
from cae.plugins import load
from cae.settings import brief

PLAIN = "plain"
# Classes that are made and used as `cae.sources.readers.Readers` is.
ENGINES = {PLAIN: "cae.sources.readers:Readers", "ray": "cae.sources.ray_readers:RayReaders"}

_engine = ContextVar("_engine", default=PLAIN)


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


def readers(module: str, count: int | None = None, *, apart: bool = True) -> Any:
    """Return readers of the engine in use, see `cae.sources.readers.Readers`."""
    return load(ENGINES[_engine.get()])(module, count, apart=apart)
