"""Vectors of images that another model made: read from a file and put in the order of images.

A file is .npy or .npz, whose rows are in the order of the images unless an npz names them, or
Parquet, CSV or TSV, where a column names the image of each row. Nothing is ever unpickled.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from cae.errors import CaeError, DamagedFileError
from cae.number_text import counted
from cae.sources.matching import FileIndex
from cae.sources.npz_file import NpzFile
from cae.sources.room import require_memory
from cae.storage import read_array

SUFFIXES = (".npy", ".npz", ".parquet", ".csv", ".tsv")
# Numbers per vector; more describe an image no better than its pixels do.
MOST_NUMBERS = 65_536
_ID_NAMES = ("id", "ids", "image", "image_id", "file", "filename", "file_name", "path", "name")
_VECTOR_NAMES = ("latents", "embeddings", "embedding", "vectors", "vector", "features")
_NUMBERED = re.compile(r"(.*?)(\d+)")
# What pandas calls an index that it writes.
_COUNTS_ROWS = re.compile(r"__index_level_\d+__|Unnamed: \d+|")
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Vectors:
    """One vector per image.

    Attributes:
        array: float32, (N, D), finite, in the order of the images.
        notes: sentences on how the file was read and what in it is odd.
    """

    array: np.ndarray
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Read:
    """What a file holds: vectors (M, D), what names their images, if anything, and remarks."""

    vectors: np.ndarray
    names: list[str] | None
    notes: list[str]


def read_vectors(path: Path, keys: Sequence[Sequence[str]]) -> Vectors:
    """Read a file of vectors and return one for each of N images.

    Args:
        path: the file; its ending says of which kind it is.
        keys: what images are called, each a list of N names: first their ids, then others by which
            a file may name them, such as their paths.

    Raises:
        CaeError: the file is missing, damaged or of another kind, an image has no vector or has
            several that differ, names are ids of some and files of other images, a number is
            missing or not finite, or there is no room.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise CaeError(f"There is no file {path}; check its name and folder.")
    readers = {".npy": _read_npy, ".npz": _read_npz, ".parquet": _read_parquet}
    readers |= {".csv": _read_csv, ".tsv": _read_csv}
    if path.suffix.casefold() not in readers:
        raise CaeError(f"{path} holds no vectors that are read; use {', '.join(SUFFIXES)}.")
    found = readers[path.suffix.casefold()](path)
    _require_form(path, found.vectors)
    ids = list(keys[0])
    if found.names is None:
        rows = _in_order(path, len(found.vectors), len(ids))
        notes = [f"The {len(ids):,} vectors name no images: they were taken in their order."]
    else:
        rows, notes = _matched(path, found, keys)
    values = np.ascontiguousarray(found.vectors[rows], dtype=np.float32)
    _require_finite(path, values, ids)
    return Vectors(values, (*found.notes, *notes, *_oddities(values)))


def _read_npy(path: Path) -> _Read:
    try:
        return _Read(read_array(path), None, [])
    except DamagedFileError as error:
        raise _unreadable(path, error.damage) from error


def _read_npz(path: Path) -> _Read:
    with NpzFile(path) as file:
        matrices = [n for n, h in file.headers.items() if len(h.shape) == 2 and _is_number(h.dtype)]
        texts = [n for n, h in file.headers.items() if len(h.shape) == 1 and h.dtype.kind in "US"]
        chosen = matrices if len(matrices) == 1 else _named(matrices, _VECTOR_NAMES)
        if not chosen:
            held = ", ".join(f"{n} {h.shape}" for n, h in file.headers.items()) or "nothing"
            raise CaeError(
                f"{path} holds {held[:200]}; one array of vectors is wanted, (images, numbers), "
                f"called {_VECTOR_NAMES[0]} where there are several."
            )
        names = (texts if len(texts) == 1 else _named(texts, _ID_NAMES))[:1]
        values = file.read(chosen[0])
        ids = file.read(names[0]).astype(str).tolist() if names else None
    if ids is not None and len(ids) != len(values):
        raise CaeError(f"{path} holds {len(ids):,} names for {len(values):,} vectors.")
    return _Read(values, ids, [])


def _read_parquet(path: Path) -> _Read:
    try:
        file = pq.ParquetFile(path)
        rows = file.metadata.num_rows
        require_memory(4 * rows * max(1, len(file.schema.names)), f"The table {path}")
        table = file.read()
    except CaeError:
        raise
    # What pyarrow raises on a damaged file is not documented.
    except Exception as error:
        raise _unreadable(path, str(error)) from error
    return _of_table(path, table)


def _read_csv(path: Path) -> _Read:
    with path.open("rb") as text:
        header = text.readline(1 << 22).decode("utf-8-sig", "replace")
    between = max((",", ";", "\t"), key=header.count)
    names = [name.strip().strip('"') for name in header.rstrip("\r\n").split(between)]
    id_column = (_named(names, _ID_NAMES) or names)[0]
    require_memory(2 * path.stat().st_size, f"The table {path}")
    try:
        # Ids such as 007 are no numbers.
        points = "." if between == "," else ".,"
        tables = [_csv_table(path, between, id_column, point) for point in points]
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError) as error:
        raise _unreadable(path, str(error)) from error
    return _of_table(path, max(tables, key=_count_numeric))


def _count_numeric(table: pa.Table) -> int:
    return sum(_is_numeric(field.type) for field in table.schema)


def _csv_table(path: Path, between: str, id_column: str, decimal_point: str) -> pa.Table:
    # Ids such as 007 are no numbers.
    convert = pa_csv.ConvertOptions(
        column_types={id_column: pa.string()}, decimal_point=decimal_point
    )
    return pa_csv.read_csv(
        path, parse_options=pa_csv.ParseOptions(delimiter=between), convert_options=convert
    )


def _of_table(path: Path, table: pa.Table) -> _Read:
    """Take names and vectors out of a table: a column of lists, or all columns of numbers."""
    texts = [f.name for f in table.schema if _is_text(f.type)]
    lists = [f.name for f in table.schema if _is_list(f.type)]
    named = _named(table.schema.names, _ID_NAMES)
    id_column = next(iter([n for n in named if n not in lists] or texts[:1]), None)
    if id_column is None:
        raise CaeError(
            f"{path} has no column that names the images; call it {_ID_NAMES[0]}, with the ids "
            "of the study."
        )
    names = ["" if name is None else str(name) for name in table[id_column].to_pylist()]
    if lists:
        chosen = (_named(lists, _VECTOR_NAMES) or lists)[0]
        return _Read(_stacked(path, table[chosen]), names, [])
    numeric = [f.name for f in table.schema if f.name != id_column and _is_numeric(f.type)]
    numbers = _of_vectors(numeric)
    others = [n for n in table.schema.names if n not in numbers and n != id_column]
    notes = []
    if others:
        told = ", ".join(others[:_SHOWN]) + (", …" if len(others) > _SHOWN else "")
        notes.append(f"Columns that are no part of the vectors were left out: {told}.")
    if not numbers:
        raise CaeError(f"{path} has no columns of numbers; save one column per number.")
    # What is missing becomes NaN, which is told with the image's name.
    columns = [table[name].cast(pa.float64()).to_numpy() for name in numbers]
    return _Read(np.stack(columns, axis=1).astype(np.float32), names, notes)


def _of_vectors(names: Sequence[str]) -> list[str]:
    """Return which columns of numbers make up the vectors.

    Where most have one name and a number behind it, as f0 to f767, only these; else all but those
    that count rows.
    """
    parts = [_NUMBERED.fullmatch(name) for name in names]
    commonest = Counter(part[1] for part in parts if part).most_common(1)
    if commonest and commonest[0][1] > max(1, len(names) / 2):
        prefix = commonest[0][0]
        return [n for n, part in zip(names, parts, strict=True) if part and part[1] == prefix]
    return [name for name in names if not _COUNTS_ROWS.fullmatch(name)]


def _stacked(path: Path, column: pa.ChunkedArray) -> np.ndarray:
    lengths = {length or 0 for chunk in column.chunks for length in _lengths(chunk)}
    if len(lengths) != 1:
        raise CaeError(
            f"{path} holds vectors of {min(lengths, default=0)} to {max(lengths, default=0)} "
            "numbers; all should have as many."
        )
    values = np.concatenate([chunk.flatten().to_numpy(False) for chunk in column.chunks])
    return values.reshape(len(column), -1).astype(np.float32)


def _lengths(chunk: pa.Array) -> list[int | None]:
    if pa.types.is_fixed_size_list(chunk.type):
        return [chunk.type.list_size if one.is_valid else None for one in chunk]
    lengths: list[int | None] = chunk.value_lengths().to_pylist()
    return lengths


def _in_order(path: Path, vectors: int, images: int) -> np.ndarray:
    if vectors != images:
        raise CaeError(
            f"{path} holds {counted(vectors, 'vector')} for {counted(images, 'image')}; bring one "
            "for each, in the order of the images, or name them by id in a Parquet or CSV file."
        )
    return np.arange(images)


def _matched(
    path: Path, found: _Read, keys: Sequence[Sequence[str]]
) -> tuple[np.ndarray, list[str]]:
    """Return which vector each image has, and what there is to be told of the others."""
    names = found.names or []
    places = _places_of(path, names, keys)
    images = len(keys[0])
    rows = np.full(images, -1)
    doubled = 0
    for vector, image in enumerate(places):
        if image < 0:
            continue
        if rows[image] >= 0:
            one, other = found.vectors[rows[image]], found.vectors[vector]
            if not np.array_equal(one, other, equal_nan=True):
                raise CaeError(
                    f"{path} holds several vectors for the image {keys[0][image]}, which differ; "
                    "leave one of each image."
                )
            doubled += 1
            continue
        rows[image] = vector
    missing = np.flatnonzero(rows < 0)
    if len(missing) == images and names:
        raise CaeError(
            f"{path} names its vectors {_quoted(names)}, and no image of the study is called so; "
            f"they are called {_quoted(keys[0])}. Give it a column {_ID_NAMES[0]} with these."
        )
    if len(missing):
        raise CaeError(
            f"{path} holds no vector for {len(missing):,} of {counted(images, 'image')}, such as "
            f"{_some(keys[0], missing)}; add them, or import only the others."
        )
    notes = [f"{images:,} vectors were matched to images by name."]
    if doubled:
        notes.append(f"{doubled:,} vectors stood there twice.")
    if unknown := sum(image < 0 for image in places):
        notes.append(f"{unknown:,} vectors are of no image of this set and were left out.")
    return rows, notes


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_SHOWN])) + (", …" if len(names) > _SHOWN else "")


def _places_of(path: Path, names: Sequence[str], keys: Sequence[Sequence[str]]) -> list[int]:
    """Return which image each name means, −1 for none: as what names most of the images.

    A number may be the id of one image and the file name of another, so that ids of which zeros
    are laid aside come last, and ids that are all files' names are refused where these differ.
    """
    ids, *others = keys
    if _covers_all(by_id := _exactly(names, ids), len(ids)):
        _require_one_meaning(path, names, by_id, others)
        return by_id
    ways = [(_exactly, key) for key in others] + [(_by_file, key) for key in (*others, ids)]
    best = by_id
    for find, key in ways:
        found = find(names, key)
        if _covers_all(found, len(ids)):
            return found
        if len(set(found)) > len(set(best)):
            best = found
    return best


def _covers_all(places: Sequence[int], images: int) -> bool:
    return len(set(places) - {-1}) == images


def _exactly(names: Sequence[str], key: Sequence[str]) -> list[int]:
    place = {name: row for row, name in enumerate(key)}
    return [place.get(name, -1) for name in names]


def _by_file(names: Sequence[str], key: Sequence[str]) -> list[int]:
    index = FileIndex(list(key))
    hits = [index.find(name) if name else [] for name in names]
    return [hit[0] if len(hit) == 1 else -1 for hit in hits]


def _require_one_meaning(
    path: Path, names: Sequence[str], by_id: Sequence[int], others: Sequence[Sequence[str]]
) -> None:
    for key in others:
        stems = {name.rpartition("/")[2].partition(".")[0] for name in key}
        if stems.isdisjoint(names):
            continue
        by_file = _by_file(names, key)
        differ = [
            n for n, (i, f) in enumerate(zip(by_id, by_file, strict=True)) if i >= 0 and 0 <= f != i
        ]
        # Names that are all ids and no others are ids, unless they are all files' names, too.
        are_ids = len(set(names)) == len(key) and not _covers_all(by_file, len(key))
        if differ and not are_ids:
            name = names[differ[0]]
            raise CaeError(
                f"{path} names its vectors {_quoted(names)}, which are ids of the study and names "
                f"of its files, of other images: {name!r} is the id of {key[by_id[differ[0]]]} "
                f"and the name of {key[by_file[differ[0]]]}. Name them by file with ending, such "
                f"as {key[0]!r}."
            )


def _require_form(path: Path, values: np.ndarray) -> None:
    if values.ndim != 2 or not _is_number(values.dtype):
        raise CaeError(
            f"{path} holds {str(values.dtype)[:40]} of shape {values.shape}; vectors are numbers "
            "of shape (images, numbers)."
        )
    if not 2 <= values.shape[1] <= MOST_NUMBERS:
        raise CaeError(
            f"{path} holds vectors of {values.shape[1]:,} numbers; 2 to {MOST_NUMBERS:,} can be "
            "read."
        )
    require_memory(3 * 4 * values.size, f"The file {path}")


def _require_finite(path: Path, values: np.ndarray, ids: Sequence[str]) -> None:
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise CaeError(
            f"{path} holds vectors with numbers that are missing, infinite or none (NaN) for "
            f"{counted(len(bad), 'image')}, such as {_some(ids, bad)}; make these anew or leave "
            "the images out."
        )


def _oddities(values: np.ndarray) -> list[str]:
    notes = []
    if same := len(values) - len({hash(row.tobytes()) for row in values}):
        notes.append(f"Exactly the vector of another image: {counted(same, 'image')}.")
    constant = int((values.max(axis=0) == values.min(axis=0)).sum())
    if constant:
        notes.append(
            f"The same in all vectors: {constant:,} of {counted(values.shape[1], 'number')}."
        )
    return notes


def _named(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the names that are among the known ones, in the order of these."""
    by_name = {name.casefold(): name for name in names}
    return [by_name[name] for name in known if name in by_name]


def _some(ids: Sequence[str], rows: np.ndarray) -> str:
    return ", ".join(str(ids[row])[:60] for row in rows[:_SHOWN])


def _is_number(dtype: np.dtype) -> bool:
    return dtype.kind in "fiu"


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_list(kind: pa.DataType) -> bool:
    is_list = (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )
    return bool(is_list and _is_numeric(kind.value_type))


def _unreadable(path: Path, reason: str) -> CaeError:
    return CaeError(f"{path} cannot be read ({reason[:160]}); save it again.")
