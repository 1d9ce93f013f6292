"""A zip that is the same whenever its contents are, with a hash of every file."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o644 << 16


class HashedZip:
    """Writes files into a zip one by one, without times, and notes their SHA-256.

    Attributes:
        hashes: SHA-256 in hexadecimal by file name, in the order written.
    """

    def __init__(self, path: Path) -> None:
        self.hashes: dict[str, str] = {}
        self._zip = zipfile.ZipFile(path, "w")

    def __enter__(self) -> "HashedZip":
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def add(self, name: str, content: bytes) -> str:
        """Write one file and return its hash."""
        return self.add_pieces(name, [content])

    def add_pieces(self, name: str, pieces: Iterable[bytes]) -> str:
        """Write one file from pieces that need not fit into memory together; return its hash."""
        entry = zipfile.ZipInfo(name, _TIME)
        entry.external_attr = _PERMISSIONS
        entry.create_system = 3
        # PNGs and floats hardly shrink.
        stored = name.endswith((".png", ".npy"))
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        digest = hashlib.sha256()
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        self.hashes[name] = digest.hexdigest()
        return self.hashes[name]

    def add_checksums(self, name: str) -> None:
        """Write the hashes of everything so far, as ``sha256sum --check`` reads them."""
        lines = [f"{digest}  {file}\n" for file, digest in self.hashes.items()]
        self.add(name, "".join(lines).encode("ascii"))
