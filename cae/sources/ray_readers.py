"""Readers on all machines of a Ray cluster, which answer as those of one computer do.

Ray Data keeps the order of what is asked. Where a process or a machine of the cluster ends, what it
had not answered in full is asked anew, so that nothing is lost or comes twice.
"""

import importlib
import itertools
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cae.errors import CaeError, UnusableError
from cae.sources.engine import EngineAnswers
from cae.sources.limited import LimitedProcess, Message
from cae.sources.readers import Readers

try:
    import ray
    import ray.data
except ImportError as error:
    raise CaeError(
        "The engine 'ray' needs the package ray; install it with: pip install 'cae-explorer[ray]'"
    ) from error

# What is asked anew together where a process ends; fewer would cost more to hand out.
_MOST_BLOCKS = 4096


@dataclass
class Told:
    """The answers to one request, see `cae.sources.readers.Answers`."""

    messages: list[Message]
    reason: str

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)


class RayReaders:
    """Actors, one for each processor of the cluster, each of which asks a module.

    The cluster is that of ``RAY_ADDRESS``, else one of this computer. All its machines see the
    files under the same paths and have this program installed. Use as a context manager.

    Attributes:
        module: the name of the module that answers.
        apart: whether actors run it in limited processes of their own.
    """

    def __init__(self, module: str, count: int | None = None, *, apart: bool = True) -> None:
        """Connect to the cluster; how many readers this computer would take does not matter."""
        self.module = module
        self.apart = apart
        self._here = Readers(module, 1, apart=True)
        self._is_asking = False
        if not ray.is_initialized():
            ray.init(log_to_driver=False, logging_level=logging.ERROR)
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)

    def __enter__(self) -> "RayReaders":
        return self

    def __exit__(self, *error: object) -> None:
        self._here.__exit__(*error)

    def ask(self, requests: Iterable[dict[str, Any]]) -> Iterator[EngineAnswers]:
        """Yield the answers to each request, in their order.

        What is asked before all answers have come is asked here: the cluster's processors wait.
        """
        if self._is_asking:
            yield from self._here.ask(requests)
            return
        self._is_asking = True
        try:
            yield from self._asked([json.dumps(request) for request in requests])
        finally:
            self._is_asking = False

    def _asked(self, requests: list[str]) -> Iterator[Told]:
        if not requests:
            return
        blocks = min(len(requests), _MOST_BLOCKS)
        processors = max(1, int(ray.cluster_resources().get("CPU", 1)))
        rows = ray.data.from_items(
            [{"number": number, "request": request} for number, request in enumerate(requests)],
            override_num_blocks=blocks,
        ).flat_map(
            _Reader,
            fn_constructor_args=(self.module, self.apart),
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=min(processors, blocks)),
        )
        answers = itertools.groupby(rows.iter_rows(), key=lambda row: row["number"])
        wanted = 0
        for number, found in answers:
            *messages, (end, _) = [(json.loads(row["header"]), row["content"]) for row in found]
            if number != wanted or "end" not in end:
                raise CaeError("The cluster lost an answer; run the same again.")
            wanted += 1
            yield Told(messages, end["end"])
        if wanted != len(requests):
            raise CaeError("The cluster lost an answer; run the same again.")


class _Reader:
    """One actor: a row for each answer to a request, and one more for their end."""

    def __init__(self, module: str, apart: bool) -> None:
        self._ask = LimitedProcess(module).ask if apart else importlib.import_module(module).answer

    def __call__(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        told: list[Message] = []
        reason = ""
        try:
            for message in self._ask(json.loads(row["request"])):
                told.append(message)
        except (CaeError, UnusableError) as error:
            reason = error.reason
        told.append(({"end": reason}, b""))
        return [
            {"number": row["number"], "header": json.dumps(header), "content": content}
            for header, content in told
        ]
