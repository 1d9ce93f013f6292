"""The images of Parquet files as squares of one size: row group by row group, in any memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cae.progress import Progress, silent
from cae.scratch import ScratchSquares
from cae.sources.engine import EngineAnswers, EngineReaders
from cae.sources.engine import readers as readers_of
from cae.sources.limited import Message
from cae.sources.parquet.runs import runs_of
from cae.sources.parquet.shards import ImageColumn, Shard
from cae.sources.parquet.worker import BATCH
from cae.sources.pictures import Pictures, common_size, note_picture
from cae.sources.preview import evenly_spread
from cae.sources.readers import reader_count
from cae.sources.room import require_disk
from cae.stores import MEMORY, protocol_of

_WORKER = "cae.sources.parquet.worker"
# Rows that are asked for together, unless a row group is much larger: each time it is read from
# its beginning.
_ROWS_AT_ONCE = 4096
_MOST_PARTS = 8
# Row groups whose first images tell what size the most are.
_LOOKED_AT = 16
_PROGRESS_EVERY = 50


@dataclass(frozen=True)
class Part:
    """Rows of one row group.

    Attributes:
        shard: path or address of the file.
        group: number of the row group in the file.
        rows: numbers of the rows in the group, ascending.
        first: the row of the set that row 0 of the group is.
    """

    shard: str
    group: int
    rows: Sequence[int]
    first: int

    def request(self, column: ImageColumn, side: int | None) -> dict[str, Any]:
        """Return what the reader is asked, see `cae.sources.parquet.worker.answer`."""
        asked = {"shard": self.shard, "column": column.name, "is_struct": column.is_struct}
        asked |= {"group": self.group, "runs": runs_of(self.rows)}
        return asked if side is None else {**asked, "side": side}


def parquet_readers(shards: Sequence[Shard]) -> EngineReaders:
    """Return readers of the engine in use for files, see `cae.sources.engine.EngineReaders`."""
    # What is in the memory of this process no other one sees, and all share one place in its file.
    if any(protocol_of(shard.reference) == MEMORY for shard in shards):
        return readers_of(_WORKER, 1, apart=False)
    parts = sum(1 for _ in _parts(shards, None))
    return readers_of(_WORKER, max(1, min(reader_count(), parts)))


def sampled_size(readers: EngineReaders, shards: Sequence[Shard], column: ImageColumn) -> int:
    """Return the supported size nearest to the median longer side of a sample of the images."""
    some = evenly_spread(list(_groups(shards)), _LOOKED_AT)
    parts = [Part(one.shard, one.group, one.rows[:BATCH], one.first) for one in some]
    told = _messages(readers, parts, column, None)
    found = [one for _, header, _ in told for one in header["found"]]
    return common_size(
        {place: one["side"] for place, one in enumerate(found) if one["side"] is not None}
    )


def read_rows(
    readers: EngineReaders,
    shards: Sequence[Shard],
    column: ImageColumn,
    files: Sequence[str],
    side: int,
    rows: np.ndarray | None = None,
    progress: Progress = silent,
    scratch: Path | None = None,
) -> Pictures:
    """Read images and fit each into a square, see `cae.sources.fitting.fit_square`.

    Args:
        readers: see `parquet_readers`.
        shards: the files.
        column: that holds the images.
        files: what each row of all files is called.
        side: of the squares, pixels.
        rows: which of them to read, ascending; all when None.
        progress: told of the rows.
        scratch: folder for the squares; the system's for temporary files when None.

    Returns:
        Positions are rows of all files.

    Raises:
        CaeError: they find no room on the disk.
    """
    total = len(files) if rows is None else len(rows)
    require_disk(total * side * side, "What the Parquet files hold", scratch)
    squares = ScratchSquares(side, scratch)
    read = Pictures(squares.array())
    done = 0
    parts = list(_parts(shards, rows))
    for part, header, content in _messages(readers, parts, column, side):
        for one, row in zip(header["found"], header["rows"], strict=True):
            note_picture(read, part.first + row, files[part.first + row], one)
            done += 1
            if done % _PROGRESS_EVERY == 0 or done == total:
                progress(done, total, "reading images")
        pixels = np.frombuffer(content, np.uint8)
        squares.append(pixels.reshape(-1, side, side, header["channels"]))
    read.squares = squares.array()
    return read


def _groups(shards: Sequence[Shard]) -> Iterator[Part]:
    """Yield all rows of every row group that has any."""
    first = 0
    for shard in shards:
        for group, count in enumerate(shard.groups):
            if count:
                yield Part(shard.reference, group, range(count), first)
            first += count


def _parts(shards: Sequence[Shard], rows: np.ndarray | None) -> Iterator[Part]:
    """Yield the rows that are to be read, some of one row group at once."""
    for whole in _groups(shards):
        count = len(whole.rows)
        wanted: Sequence[int] = whole.rows
        if rows is not None:
            start, stop = np.searchsorted(rows, [whole.first, whole.first + count])
            wanted = (rows[start:stop] - whole.first).tolist()
        at_once = max(_ROWS_AT_ONCE, -(-count // _MOST_PARTS))
        for start in range(0, len(wanted), at_once):
            yield Part(whole.shard, whole.group, wanted[start : start + at_once], whole.first)


def _messages(
    readers: EngineReaders, parts: Sequence[Part], column: ImageColumn, side: int | None
) -> Iterator[tuple[Part, dict[str, Any], bytes]]:
    """Yield what the reader answers of each part, with ``rows``, their numbers in the group."""
    requests = (part.request(column, side) for part in parts)
    for part, answers in zip(parts, readers.ask(requests), strict=True):
        rows = iter(part.rows)
        for header, content in _in_full(readers, part, column, side, answers):
            numbers = [next(rows) for _ in header["found"]]
            yield part, {**header, "rows": numbers}, content


def _in_full(
    readers: EngineReaders,
    part: Part,
    column: ImageColumn,
    side: int | None,
    answers: EngineAnswers,
) -> Iterator[Message]:
    """Yield the answers of a part; where a reader was given up over it, of fewer rows at once.

    In the end one row is asked for alone, and has the reason.
    """
    done = 0
    for header, content in answers:
        done += len(header["found"])
        yield header, content
    left = part.rows[done:]
    if not left:
        return
    if len(left) == 1:
        yield {"found": [{"side": None, "reason": answers.reason}], "channels": 1}, b""
        return
    at_once = BATCH if len(left) > BATCH else 1
    starts = range(0, len(left), at_once)
    fewer = [replace(part, rows=left[start : start + at_once]) for start in starts]
    asked = (one.request(column, side) for one in fewer)
    for one, again in zip(fewer, readers.ask(asked), strict=True):
        yield from _in_full(readers, one, column, side, again)
