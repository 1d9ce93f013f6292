"""Arrays and tables of a study, looked at before memory is taken for them.

A study may come from anybody: shapes must agree with each other and with what the files hold, and
tables must be of plain columns that fit into memory.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cae.errors import DamagedFileError
from cae.imageset import MOST_COLUMNS, RESERVED_COLUMNS
from cae.plain_types import is_plain, value_type
from cae.sources.room import require_memory
from cae.storage import read_array, read_table, require_file, require_held

_MOST_SIDE = 8_192
# Those of a source's table, and what the source adds.
_MOST_COLUMNS = 2 * MOST_COLUMNS
_MOST_LATENT = 65_536
_BATCH_ROWS = 65_536
_MAKE_ANEW = "redo the step that makes it"
_CLUSTER_COLUMNS = ("cluster", "probability", "outlier_score")


def count_rows(path: Path) -> int:
    """Return how many rows a Parquet table has, without reading them.

    Raises:
        CaeError: the file is missing or damaged.
    """
    rows: int = _opened(path).metadata.num_rows
    return rows


def read_images(path: Path, count: int) -> np.ndarray:
    """Memory-map `count` images, uint8, (N, H, W, C).

    Raises:
        CaeError: the file is missing or damaged, or holds something else.
    """
    images = read_array(path)
    _require(path, images, (count, None, None, None), np.uint8)
    _, height, width, channels = images.shape
    if not (1 <= height <= _MOST_SIDE and 1 <= width <= _MOST_SIDE and channels in (1, 3)):
        raise _misshaped(path, images, f"({count}, side, side, 1 or 3)")
    return images


def read_masks(path: Path, images: np.ndarray, names: int) -> np.ndarray:
    """Memory-map masks of `images` by `names` names, uint8, (N, H, W, M).

    Raises:
        CaeError: the file is missing or damaged, or holds something else.
    """
    masks = read_array(path)
    _require(path, masks, (*images.shape[:3], names), np.uint8)
    return masks


def read_originals(path: Path, count: int) -> pd.DataFrame:
    """Read the files that `count` images came from, see `cae.sources.originals.original_table`.

    Raises:
        CaeError: the file is missing or damaged, or holds something else.
    """
    table = _read_plain(path, count)
    if not {"file", "bytes", "sha256"} <= set(table):
        raise DamagedFileError(path, "it should have the columns file, bytes and sha256")
    for name in ("file", "sha256"):
        table[name] = table[name].astype("str")
    return table


def read_latents(path: Path, count: int) -> np.ndarray:
    """Memory-map `count` latents, float32, (N, d).

    Raises:
        CaeError: the file is missing or damaged, or holds something else.
    """
    latents = read_array(path)
    _require(path, latents, (count, None), np.float32)
    if not 1 <= latents.shape[1] <= _MOST_LATENT:
        raise _misshaped(path, latents, f"({count}, up to {_MOST_LATENT})")
    return latents


def read_projection(path: Path, count: int) -> np.ndarray:
    """Memory-map `count` points of a map, float32, (N, 2).

    Raises:
        CaeError: the file is missing or damaged, or holds something else.
    """
    projection = read_array(path)
    _require(path, projection, (count, 2), np.float32)
    if not np.isfinite(projection).all():
        raise DamagedFileError(path, "a point has no position", _MAKE_ANEW)
    return projection


def read_samples(path: Path) -> pd.DataFrame:
    """Read the table of samples, index 0…N−1.

    A table without split counts every image as training, since a model may have seen it; without
    label or patient these are unknown.

    Raises:
        CaeError: the file is missing or damaged, or the images have no ids of their own.
    """
    table = _read_plain(path)
    if "id" not in table or table["id"].isna().any() or not table["id"].is_unique:
        raise DamagedFileError(path, "the column id should be there and name every image once")
    table["id"] = table["id"].astype("str")
    for name in RESERVED_COLUMNS:
        if name not in table:
            missing = pd.Series([None] * len(table), dtype="str")
            table[name] = missing.fillna("train") if name == "split" else missing
        elif name != "id":
            table[name] = table[name].astype("str")
    return table


def read_problems(path: Path) -> pd.DataFrame:
    """Read the table of problems, columns file and reason.

    Raises:
        CaeError: the file is missing or damaged, or has other columns.
    """
    table = _read_plain(path)
    if not {"file", "reason"} <= set(table):
        raise DamagedFileError(path, "it should have the columns file and reason")
    return table


def read_clusters(path: Path, count: int) -> pd.DataFrame:
    """Read the clusters of `count` images: columns cluster, probability, outlier_score.

    Raises:
        CaeError: the file is missing or damaged, or holds something else.
    """
    table = _read_plain(path, count)
    if not set(_CLUSTER_COLUMNS) <= set(table):
        wanted = ", ".join(_CLUSTER_COLUMNS)
        raise DamagedFileError(path, f"it should have the columns {wanted}", _MAKE_ANEW)
    _require_numbers(path, table, _CLUSTER_COLUMNS)
    if table["cluster"].dtype.kind != "i" or not table["cluster"].between(-1, count).all():
        raise DamagedFileError(path, f"a cluster is no number from −1 to {count}", _MAKE_ANEW)
    return table


def read_areas(path: Path, count: int) -> pd.DataFrame:
    """Read the areas of regions in `count` images, a column per region.

    Raises:
        CaeError: the file is missing or damaged, or holds something else.
    """
    table = _read_plain(path, count)
    _require_numbers(path, table, tuple(map(str, table)))
    return table


def _read_plain(path: Path, count: int | None = None) -> pd.DataFrame:
    file = _opened(path)
    rows, schema = file.metadata.num_rows, file.schema_arrow
    if count is not None and rows != count:
        raise DamagedFileError(path, f"it has {rows} rows for {count} images", _MAKE_ANEW)
    if len(schema.names) > _MOST_COLUMNS or len(set(schema.names)) < len(schema.names):
        raise DamagedFileError(
            path,
            f"its {len(schema.names)} columns should be at most {_MOST_COLUMNS}, each with a name "
            "of its own",
        )
    for column in schema:
        if not (is_plain(column.type) or pa.types.is_null(value_type(column.type))):
            raise DamagedFileError(
                path,
                f"its column {column.name[:60]!r} holds {str(column.type)[:60]} instead of texts, "
                "numbers or times",
            )
    needed = rows * len(schema.names) * 8 + _bytes_of_texts(path, file)
    require_memory(needed, f"The table {path}")
    return read_table(path).reset_index(drop=True)


def _bytes_of_texts(path: Path, file: pq.ParquetFile) -> int:
    """Return how many bytes the texts of a table take, which a file may hold once for all rows."""
    names = [
        one.name
        for one in file.schema_arrow
        if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)
    ]
    total = 0
    if not names:
        return total
    with pq.ParquetFile(path, read_dictionary=names) as once:
        for batch in once.iter_batches(_BATCH_ROWS, columns=names):
            for column in batch.columns:
                lengths = pc.binary_length(column.dictionary)
                total += pc.sum(pc.take(lengths, column.indices)).as_py() or 0
    return total


def _opened(path: Path) -> pq.ParquetFile:
    require_file(path, _MAKE_ANEW)
    require_held(path)
    try:
        return pq.ParquetFile(path)
    # What pyarrow raises on a damaged file is not documented.
    except Exception as error:
        raise DamagedFileError(path, str(error), _MAKE_ANEW) from error


def _require_numbers(path: Path, table: pd.DataFrame, names: tuple[str, ...]) -> None:
    for name in names:
        if table[name].dtype.kind not in "iuf" or not np.isfinite(table[name]).all():
            raise DamagedFileError(
                path, f"its column {name[:60]!r} should hold numbers only", _MAKE_ANEW
            )


def _require(
    path: Path, array: np.ndarray, shape: tuple[int | None, ...], dtype: type[np.generic]
) -> None:
    """Raise `CaeError` unless an array has a dtype and shape, in which None stands for any side."""
    is_alike = len(shape) == array.ndim and all(
        wanted in (None, side) for wanted, side in zip(shape, array.shape, strict=False)
    )
    if array.dtype != dtype or not is_alike:
        sides = ", ".join("any" if side is None else str(side) for side in shape)
        raise _misshaped(path, array, f"({sides}) {np.dtype(dtype)}")


def _misshaped(path: Path, array: np.ndarray, wanted: str) -> DamagedFileError:
    kind = str(array.dtype)[:60]
    return DamagedFileError(path, f"it holds {array.shape} {kind} instead of {wanted}", _MAKE_ANEW)
