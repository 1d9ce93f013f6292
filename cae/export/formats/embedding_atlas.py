"""A table with the images themselves, as Embedding Atlas shows it."""

from collections.abc import Iterator

import pyarrow as pa

from cae.export.archive import Entries, Entry
from cae.export.formats.format import Format
from cae.export.parquet import arrow_table, parquet_pieces
from cae.export.release import Release

_FILE = "embedding-atlas.parquet"
_IMAGES_AT_ONCE = 256
_README = f"""\
{_FILE}
                   For Embedding Atlas: the columns of images.csv, and in image the picture itself:
                   embedding-atlas {_FILE} --x map_x --y map_y --image image
                   Without map_x the study has no map; then leave --x and --y away.
"""


def _entries(release: Release) -> Entries:
    yield Entry(_FILE, parquet_pieces(_tables(release)))


def _tables(release: Release) -> Iterator[pa.Table]:
    """Yield a few lines at a time, each with its picture as the Hugging Face datasets hold it."""
    columns = arrow_table(release.table)
    place = columns.column_names.index("image")
    for start in range(0, len(release), _IMAGES_AT_ONCE):
        part = columns.slice(start, _IMAGES_AT_ONCE)
        pictures = [
            {"bytes": release.png(start + number), "path": path}
            for number, path in enumerate(part["image"].to_pylist())
        ]
        held = pa.array(pictures, pa.struct({"bytes": pa.binary(), "path": pa.string()}))
        yield part.set_column(place, "image", held)


EMBEDDING_ATLAS = Format("Embedding Atlas", _README, _entries)
