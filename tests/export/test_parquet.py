import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cae.export.parquet import arrow_table, parquet_pieces


def test_a_file_of_several_row_groups_is_read_back_whole():
    table = pd.DataFrame({"a": np.arange(10), "b": list("abcdefghij"), "c": [None, 0.5] * 5})
    whole = arrow_table(table)
    pieces = list(parquet_pieces(whole.slice(start, 4) for start in (0, 4, 8)))
    assert len(pieces) == 4
    file = io.BytesIO(b"".join(pieces))
    assert pq.ParquetFile(file).num_row_groups == 3
    pd.testing.assert_frame_equal(pd.read_parquet(file), table)
    assert b"".join(parquet_pieces([whole])) == b"".join(parquet_pieces([whole]))


def test_kinds_stay_and_mixed_columns_become_text():
    times = pd.to_datetime(["2020-01-02", None])
    mixed = pd.Series([times[0], "(left out)"], dtype=object)
    table = arrow_table(
        pd.DataFrame({"time": times, "mixed": mixed, "flag": [True, False], "one": [1, "x"]})
    )
    assert pa.types.is_timestamp(table.schema.field("time").type)
    assert pa.types.is_boolean(table.schema.field("flag").type)
    assert table["mixed"].to_pylist() == ["2020-01-02 00:00:00", "(left out)"]
    assert table["one"].to_pylist() == ["1", "x"]
