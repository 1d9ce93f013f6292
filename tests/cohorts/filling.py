"""What several processes do in one store at once; a module, as they import it."""

import multiprocessing
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from cae.cohorts.conflict import ConflictError
from cae.cohorts.place import GroupDatabase, StudyFile
from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore

# Each is a process of its own, which one server has imported everything for.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__, "cae.cohorts.database.records", "alembic.command"])


def at_once(act: Callable[..., None], arguments: Iterable[tuple[Any, ...]]) -> list[int | None]:
    """Run `act` in one process for each of `arguments`, and return their exit codes."""
    running = [_PROCESSES.Process(target=act, args=given) for given in arguments]
    for process in running:
        process.start()
    for process in running:
        process.join()
    return [process.exitcode for process in running]


def save(place: StudyFile | GroupDatabase, who: int, times: int) -> None:
    """Save cohorts."""
    store = CohortStore(place).by(str(who))
    for turn in range(times):
        store.save(f"{who}-{turn}", Selection(np.array([turn])))
        store.remember(Selection(np.array([turn, 100 + who])))


def save_and_count(place: StudyFile | GroupDatabase, who: int, times: int, counted: int) -> None:
    """Save cohorts, and count up the note of one that all others change, too."""
    store = CohortStore(place).by(str(who))
    for turn in range(times):
        store.save(f"{who}-{turn}", Selection(np.array([turn])))
        seen = store.get(counted)
        while True:
            try:
                store.change(seen, note=str(int(seen.note) + 1))
                break
            except ConflictError as error:
                seen = error.now
