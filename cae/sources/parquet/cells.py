"""What the columns beside the images say, as the texts of a table."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cae.errors import CaeError, DamagedFileError, UnusableError
from cae.imageset import MOST_COLUMNS
from cae.plain_types import is_plain
from cae.sources.parquet.shards import PATH, ImageColumn, Shard, opened
from cae.sources.paths import name_of, stem_of
from cae.sources.room import require_memory
from cae.sources.split_words import split_word
from cae.sources.text_table import column_names, text_of

_BATCH_ROWS = 4096
_FEATURES = b"huggingface"
_MOST_FEATURES = 1 << 24
# A row's texts take more in memory than in the file.
_ROOM = 3


def read_cells(shards: Sequence[Shard], column: ImageColumn) -> tuple[pd.DataFrame, list[str]]:
    """Return the plain columns of Parquet files as text, and which columns are none.

    Numbers that stand for classes in the files of Hugging Face become their names. No image is
    read.

    Args:
        shards: the files; a column that one of them lacks is missing in its rows.
        column: that holds the images, and is left out.

    Returns:
        A row per row of all files, index 0…N−1, and the names of columns of lists, bytes and the
        like.

    Raises:
        CaeError: there are too many columns or too little memory, or a file cannot be read.
    """
    plain: dict[str, None] = {}
    others: dict[str, None] = {}
    for shard in shards:
        for field in shard.schema:
            if field.name != column.name:
                (plain if is_plain(field.type) else others)[field.name] = None
    if len(plain) > MOST_COLUMNS:
        raise CaeError(
            f"The files have {len(plain):,} columns, but {MOST_COLUMNS:,} is the limit; leave out "
            "columns."
        )
    parts = [_cells_of(shard, [name for name in plain if _has(shard, name)]) for shard in shards]
    cells = pd.concat(parts, ignore_index=True).reindex(columns=list(plain)).astype("str")
    cells.columns = column_names(list(plain))
    return cells, [name for name in others if name not in plain]


def image_names(shards: Sequence[Shard], column: ImageColumn) -> list[str]:
    """Return what each row's image is called.

    By the paths beside the bytes, where each row has its own; else by file and row.
    """
    paths = [name for shard in shards for name in _paths_of(shard, column)]
    if all(paths) and len(set(paths)) == len(paths):
        return [str(path) for path in paths]
    return [f"{shard.name}/{row}" for shard in shards for row in range(shard.rows)]


def split_words_of(shards: Sequence[Shard]) -> list[str | None] | None:
    """Return the split that each row's file is called after, as ``train-00000-of-00002.parquet``.

    None where files are not called after at least two splits.
    """
    words = [split_word(stem_of(name_of(shard.name))) for shard in shards]
    if len(set(filter(None, words))) < 2:
        return None
    return [word for word, shard in zip(words, shards, strict=True) for _ in range(shard.rows)]


def _cells_of(shard: Shard, names: list[str]) -> pd.DataFrame:
    texts = [name for name in names if _is_text(shard.schema.field(name).type)]
    classes = _class_names(shard.schema)
    found: dict[str, list[str | None]] = {name: [] for name in names}
    try:
        with opened(shard.reference, texts) as file:
            needed = 0
            for batch in file.iter_batches(_BATCH_ROWS, columns=names) if names else ():
                for name, array in zip(batch.schema.names, batch.columns, strict=True):
                    needed += _size(array)
                    require_memory(_ROOM * needed, f"The table of {shard.name}")
                    found[name] += _texts(array, classes.get(name))
    except UnusableError as error:
        raise CaeError(f"{shard.name} cannot be used: {error.reason}.") from error
    except CaeError:
        raise
    # What pyarrow raises on a damaged file is not documented.
    except Exception as error:
        raise DamagedFileError(shard.name, str(error), "save it again") from error
    series = {name: pd.Series(values, dtype="str") for name, values in found.items()}
    return pd.DataFrame(series, index=range(shard.rows))


def _paths_of(shard: Shard, column: ImageColumn) -> list[str | None]:
    kind = shard.schema.field(column.name).type
    if not column.is_struct or kind.get_field_index(PATH) < 0:
        return [None] * shard.rows
    path = f"{column.name}.{PATH}"
    found: list[str | None] = []
    try:
        with opened(shard.reference) as file:
            for batch in file.iter_batches(_BATCH_ROWS, columns=[path]):
                values = batch.column(0).flatten()[0]
                require_memory(_ROOM * _size(values), f"The table of {shard.name}")
                found += [text_of(value) for value in values.to_pylist()]
    except UnusableError as error:
        raise CaeError(f"{shard.name} cannot be used: {error.reason}.") from error
    except CaeError:
        raise
    # Without them the rows are counted.
    except Exception:
        return [None] * shard.rows
    return found if len(found) == shard.rows else [None] * shard.rows


def _texts(array: pa.Array, classes: list[str] | None) -> list[str | None]:
    if pa.types.is_dictionary(array.type):
        words = [text_of(word) for word in array.dictionary.to_pylist()]
        return [None if place is None else words[place] for place in array.indices.to_pylist()]
    values = array.to_pylist()
    if classes is not None:
        return [
            classes[value] if isinstance(value, int) and 0 <= value < len(classes) else None
            for value in values
        ]
    return [text_of(value) for value in values]


def _size(array: pa.Array) -> int:
    """Return how many bytes the values of an array take as texts, about."""
    if pa.types.is_dictionary(array.type):
        array = pc.take(pc.binary_length(array.dictionary), array.indices)
        return int(pc.sum(array).as_py() or 0)
    if _is_text(array.type):
        return int(pc.sum(pc.binary_length(array)).as_py() or 0)
    return 8 * len(array)


def _class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Return the names of classes of the columns that Hugging Face notes any of."""
    noted = (schema.metadata or {}).get(_FEATURES, b"")
    try:
        features: Any = json.loads(noted)["info"]["features"] if len(noted) < _MOST_FEATURES else {}
        return {
            column: feature["names"]
            for column, feature in features.items()
            if isinstance(feature, dict)
            and feature.get("_type") == "ClassLabel"
            and isinstance(feature.get("names"), list)
            and all(isinstance(name, str) for name in feature["names"])
        }
    # Anybody may have written it, and without it numbers stay numbers.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _has(shard: Shard, name: str) -> bool:
    return shard.schema.names.count(name) == 1 and is_plain(shard.schema.field(name).type)
