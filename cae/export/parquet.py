"""Tables as Parquet, which keeps the kinds of their columns."""

from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_ROWS_AT_ONCE = 8192


def parquet_pieces(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Yield tables of one schema, one after the other, as the bytes of one Parquet file.

    Each is a row group, so memory holds one of them at a time. The same tables give the same bytes.

    Args:
        tables: one or more.
    """
    sink = _Sink()
    writer = None
    for table in tables:
        writer = writer or pq.ParquetWriter(pa.PythonFile(sink, "w"), table.schema)
        writer.write_table(table)
        yield sink.take()
    if writer is not None:
        writer.close()
    yield sink.take()


def row_groups(table: pa.Table) -> Iterator[pa.Table]:
    """Yield a table in parts of so many rows that writing one takes little memory; at least one."""
    for start in range(0, max(1, table.num_rows), _ROWS_AT_ONCE):
        yield table.slice(start, _ROWS_AT_ONCE)


def arrow_table(table: pd.DataFrame) -> pa.Table:
    """Return a table with the kinds of its columns; a column of several kinds becomes text."""
    return pa.table({str(name): _array(table[name]) for name in table})


def _array(column: pd.Series) -> pa.Array:
    try:
        return pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if pd.isna(one) else str(one) for one in column], pa.string())


class _Sink:
    """A file that gives away what was written to it."""

    closed = False

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._length = 0

    def write(self, piece: bytes) -> int:
        self._written.append(bytes(piece))
        self._length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Do nothing, as nothing is held back."""

    def close(self) -> None:
        """Leave what was written to be taken."""

    def take(self) -> bytes:
        written = b"".join(self._written)
        self._written.clear()
        return written
