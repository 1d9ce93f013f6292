"""The Parquet files of a set, here or behind an address, and their column of images."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from cae.errors import CaeError, UnusableError
from cae.sources.problems import Problem, none_usable
from cae.sources.walk import walk
from cae.stores import Store, is_address

SUFFIXES = (".parquet", ".pq")
# A struct of these is how Hugging Face keeps an image; the path names what it was made from.
BYTES, PATH = "bytes", "path"
_NAMES = ("image", "img", "images", "picture", "photo", "scan", "pixels", "jpg", "jpeg", "png")
_SHOWN = 8
# A column is streamed through a buffer of so many bytes, however long a row group is.
_BUFFER_BYTES = 1 << 22
_MOST_BYTES_OF_SCHEMA = 1 << 26


@dataclass(frozen=True)
class ImageColumn:
    """The column that holds encoded images.

    Attributes:
        name: of the column.
        is_struct: whether it holds ``bytes`` and ``path``, rather than the bytes themselves.
    """

    name: str
    is_struct: bool

    @property
    def bytes_path(self) -> str:
        """What is read for the images alone."""
        return f"{self.name}.{BYTES}" if self.is_struct else self.name


@dataclass(frozen=True)
class Shard:
    """One Parquet file.

    Attributes:
        reference: its path on this computer, or its address.
        name: relative to the folder of the set, with slashes.
        groups: number of rows of each row group.
        schema: its columns.
    """

    reference: str
    name: str
    groups: tuple[int, ...]
    schema: pa.Schema

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(self.groups)


@contextmanager
def opened(reference: str, dictionaries: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file by its path, or its address, without reading more than its footer.

    Args:
        reference: path or address.
        dictionaries: columns whose repeated values are kept once.

    Raises:
        UnusableError: it cannot be read.
        CaeError: its store cannot be reached.
    """
    with _file(reference) as file:
        yield pq.ParquetFile(
            file,
            buffer_size=_BUFFER_BYTES,
            pre_buffer=False,
            read_dictionary=list(dictionaries),
            thrift_string_size_limit=_MOST_BYTES_OF_SCHEMA,
        )


def _file(reference: str) -> BinaryIO:
    if is_address(reference):
        return Store(reference).open()
    try:
        return Path(reference).open("rb")
    except OSError as error:
        raise UnusableError(f"it cannot be read ({error.strerror})") from error


def find_shards(place: str) -> tuple[list[Shard], list[Problem]]:
    """Return the Parquet files at a path or address, in the order of their names.

    Returns:
        The files, and what of them cannot be used, and why.

    Raises:
        CaeError: there is nothing, or no Parquet file that can be read.
    """
    references, problems = _references(place)
    if not references:
        raise CaeError(f"{place} holds no Parquet files ({', '.join(SUFFIXES)}); choose another.")
    shards = []
    for name, reference in references.items():
        try:
            with opened(reference) as file:
                metadata = file.metadata
                groups = tuple(
                    metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)
                )
                shards.append(Shard(reference, name, groups, file.schema_arrow))
        except (CaeError, UnusableError) as error:
            problems.append((name, error.reason))
        # What pyarrow raises on a damaged file is not documented.
        except Exception as error:
            problems.append((name, f"it is cut off or no Parquet file ({_brief(error)})"))
    if not shards:
        raise none_usable(len(references), "Parquet files", place, problems[-1])
    return shards, problems


def image_column(shard: Shard, chosen: str | None = None) -> ImageColumn:
    """Return the column that holds encoded images: the one chosen, else the one there is.

    Of several, the one with a usual name, such as ``image``.

    Raises:
        CaeError: there is none, or it is not clear which.
    """
    found = {
        field.name: ImageColumn(field.name, pa.types.is_struct(field.type))
        for field in shard.schema
        if holds_bytes(field.type)
    }
    if chosen is not None:
        if chosen in found:
            return found[chosen]
        raise CaeError(
            f"{shard.name} has no column {chosen!r} of encoded images; it has {_list(shard)}."
        )
    if not found:
        raise CaeError(
            f"{shard.name} has no column of encoded images (bytes of PNG, JPEG and the like, or a "
            f"struct of bytes and path); it has {_list(shard)}."
        )
    usual = {name.casefold(): name for name in reversed(found)}
    named = next((usual[name] for name in _NAMES if name in usual), None)
    if named is None and len(found) > 1:
        raise CaeError(
            f"{shard.name} has several columns that may hold images ({', '.join(found)}); choose "
            "one with --image-column."
        )
    return found[named] if named else next(iter(found.values()))


def holds_bytes(kind: pa.DataType) -> bool:
    """Whether a column of this type may hold encoded images."""
    if pa.types.is_struct(kind):
        names = [kind.field(number).name for number in range(kind.num_fields)]
        return names.count(BYTES) == 1 and _is_binary(kind.field(BYTES).type)
    return _is_binary(kind)


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _references(place: str) -> tuple[dict[str, str], list[Problem]]:
    """Return path or address of every Parquet file by its name, and what is no file."""
    if is_address(place):
        listing = Store(place).list()
        if listing.is_file:
            return {listing.files[0].name: place}, []
        names = [file.name for file in listing.files if _is_parquet(file.name)]
        problems = [(name, reason) for name, reason in listing.problems if _is_parquet(name)]
        return {name: f"{place}/{name}" for name in names}, problems
    found = walk(Path(place))
    if Path(place).is_file():
        return {name: str(found.folder / name) for name in found.files}, []
    names = [name for name in found.files if _is_parquet(name)]
    return {name: str(found.folder / name) for name in names}, list(found.problems)


def _is_parquet(name: str) -> bool:
    hidden = any(part.startswith(".") for part in name.split("/"))
    return not hidden and name.casefold().endswith(SUFFIXES)


def _list(shard: Shard) -> str:
    shown = [f"{field.name[:40]} ({str(field.type)[:40]})" for field in shard.schema][:_SHOWN]
    return ", ".join(shown) + (", …" if len(shard.schema) > _SHOWN else "") or "no columns"


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
