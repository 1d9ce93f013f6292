"""The table of contents of a zip that is being written, on the disk instead of in memory."""

import json
import tempfile
import zipfile
from collections.abc import Iterator

# What `zipfile` writes of an entry into the table of contents and does not make anew.
_KEPT = (
    *("compress_type", "create_system", "create_version", "extract_version", "flag_bits"),
    *("external_attr", "header_offset", "CRC", "compress_size", "file_size"),
)


class ZipContents:
    """Stands in for the list ``ZipFile.filelist``, which grows by half a kilobyte per entry.

    Entries are equal to those that were appended in what the zip's table of contents tells.
    """

    def __init__(self) -> None:
        # It stays open, and so there, until it is closed.
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._count = 0

    def append(self, entry: zipfile.ZipInfo) -> None:
        """Put an entry behind the others."""
        values = [getattr(entry, name) for name in _KEPT]
        self._file.write(json.dumps([entry.filename, entry.date_time, *values]) + "\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        self._file.seek(0)
        for line in self._file:
            name, time, *values = json.loads(line)
            entry = zipfile.ZipInfo(name, tuple(time))
            for kept, value in zip(_KEPT, values, strict=True):
                setattr(entry, kept, value)
            yield entry

    def close(self) -> None:
        """Remove what is on the disk."""
        self._file.close()
