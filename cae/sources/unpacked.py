"""A zip file as the folder that it packs, for as long as it is read."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cae.progress import Progress, silent
from cae.sources.unzip import unpack_zip
from cae.uploads import names_upload


@contextmanager
def unpacked(path: Path, progress: Progress = silent) -> Iterator[Path]:
    """Yield a temporary folder with what a zip file holds, or `path` itself when it is none.

    Raises:
        CaeError: the zip file is damaged or refused, see `unpack_zip`.
    """
    path = Path(path).expanduser()
    if not (path.is_file() and zipfile.is_zipfile(path)):
        yield path
        return
    # Beside an upload, with which it is removed should this process be killed.
    beside = path.parent if names_upload(str(path)) else None
    with tempfile.TemporaryDirectory(prefix="cae-", dir=beside) as folder:
        yield unpack_zip(path, Path(folder, path.stem), progress)
