"""The limited process that reads images in Parquet files; `cae.sources.limited` runs it."""

import warnings
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from cae.errors import CaeError, UnusableError
from cae.sources.limited import Message, serve
from cae.sources.originals import FileNote
from cae.sources.parquet.runs import rows_in
from cae.sources.parquet.shards import BYTES, ImageColumn, opened
from cae.sources.picture import Picture, picture_from_bytes, picture_size_from_bytes
from cae.sources.picture_messages import Reader, sides_message, squares_message

# So few that their bytes and squares take little memory.
BATCH = 64
_Cell = bytes | None


def answer(request: dict[str, Any]) -> Iterator[Message]:
    """Answer what is asked of some rows of a row group, in messages of up to `BATCH` rows.

    ``{"shard": path or address, "column": name, "is_struct": …, "group": number, "runs": runs}``
    asks for `sides_message`, with ``"side": pixels`` for `squares_message`. Rows are numbered
    within the group and ascend, see `cae.sources.parquet.runs`. Where the group is damaged, the
    rows that cannot be read have a reason.
    """
    side = request.get("side")
    left = sum(stop - first for first, stop in request["runs"])
    try:
        for cells in _cells(request):
            left -= len(cells)
            yield (
                sides_message(cells, _READER)
                if side is None
                else squares_message(cells, side, _READER)
            )
    except (CaeError, UnusableError, MemoryError):
        raise
    # What pyarrow raises on a damaged file is not documented.
    except Exception as error:
        reason = f"its row group is cut off or damaged ({' '.join(str(error).split())[:160]})"
        yield {"found": [{"side": None, "reason": reason}] * left, "channels": 1}, b""


def _cells(request: dict[str, Any]) -> Iterator[list[_Cell]]:
    """Yield the bytes in the rows asked for, batch by batch."""
    column = ImageColumn(request["column"], request["is_struct"])
    wanted = rows_in(request["runs"])
    row = next(wanted, None)
    first = 0
    with opened(request["shard"]) as file:
        batches = file.iter_batches(
            BATCH, row_groups=[request["group"]], columns=[column.bytes_path], use_threads=False
        )
        for batch in batches:
            cells = []
            array = _binary(batch.column(0), column)
            while row is not None and row < first + len(array):
                cells.append(array[row - first].as_py())
                row = next(wanted, None)
            if cells:
                yield cells
            if row is None:
                return
            first += len(array)
    raise ValueError("it ends too early")


def _binary(array: pa.Array, column: ImageColumn) -> pa.Array:
    # Where a struct is missing so are its bytes, which `flatten` knows.
    return array.flatten()[array.type.get_field_index(BYTES)] if column.is_struct else array


def _contents(cell: _Cell) -> bytes:
    if cell is None:
        raise UnusableError("its row holds no image; what a path names is not followed")
    return cell


def _size(cell: _Cell) -> tuple[int, int]:
    return picture_size_from_bytes(_contents(cell))


def _read(cell: _Cell) -> Picture:
    return picture_from_bytes(_contents(cell))


def _no_note(cell: _Cell) -> FileNote:
    return FileNote(None, None)


_READER = Reader(_size, _read, _no_note)


if __name__ == "__main__":
    # What decoders warn of either fails, and is reported, or does no harm.
    warnings.simplefilter("ignore")
    serve(answer)
