"""Files behind an address such as ``s3://bucket/scans``, which fsspec reads; none is written."""

import posixpath
import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from cae.errors import CaeError
from cae.progress import Progress, silent

# Protocols of stores and of servers of files. Those that unpack, cache or refer to other addresses
# are left out: what they open is not what the address says.
_LOCAL = ("file", "local")
MEMORY = "memory"
PROTOCOLS = (
    MEMORY,
    *_LOCAL,
    "s3",
    "s3a",
    "gs",
    "gcs",
    "az",
    "abfs",
    "abfss",
    "adl",
    "oci",
    "oss",
    "hf",
) + ("hdfs", "webhdfs", "sftp", "ssh", "ftp", "smb")
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_LOCAL_ADDRESS = re.compile(rf"(^|,)(?:{'|'.join(_LOCAL)})://", re.IGNORECASE)
_MOST_FILES = 20_000_000
_AT_ONCE = 8
_CHUNK_BYTES = 1 << 22
_PROGRESS_EVERY = 20
_LONGEST_REASON = 200


@dataclass(frozen=True)
class StoredFile:
    """A file of a store.

    Attributes:
        name: path relative to the address that was listed, with slashes.
        size: bytes, as the store says.
    """

    name: str
    size: int


@dataclass
class Listing:
    """What lies behind an address.

    Attributes:
        files: sorted by name; the one file itself where the address is of one.
        problems: name and reason of whatever cannot be used.
        is_file: whether the address is of a single file.
    """

    files: list[StoredFile]
    problems: list[tuple[str, str]]
    is_file: bool = False


def is_address(text: str) -> bool:
    """Whether a text is an address, such as ``s3://bucket/scans``, rather than a path.

    Example:
        >>> from cae.stores import is_address
        >>> is_address("s3://bucket/scans"), is_address("/home/me/scans")
        (True, False)
    """
    return _ADDRESS.match(text) is not None


def protocol_of(address: str) -> str:
    """Return what stands before ``://``, in lower case; empty where nothing does."""
    found = _ADDRESS.match(address)
    return found[1].casefold() if found else ""


def with_local_paths(text: str) -> str:
    """Return a text that begins with an address, or has one behind a comma, with plain paths.

    Only those of this computer, ``file://PATH``, become paths; others stay.

    Example:
        >>> from cae.stores import with_local_paths
        >>> with_local_paths("file:///home/me/scans,file:///home/me/scans.csv")
        '/home/me/scans,/home/me/scans.csv'
    """
    return _LOCAL_ADDRESS.sub(r"\1", text)


def checked_address(text: str) -> str:
    """Return an address without slashes behind it.

    Raises:
        CaeError: its protocol is none of `PROTOCOLS`, it names no place, or it holds a password or
            other addresses.
    """
    address = text.strip()
    protocol, place = protocol_of(address), address.partition("://")[2].rstrip("/")
    if protocol not in PROTOCOLS or "::" in address:
        shown = protocol[:40] if "::" not in address else "a chain of addresses (::)"
        raise CaeError(
            f"Files are not read through {shown or 'this address'}; use an address of "
            f"{', '.join(PROTOCOLS)}."
        )
    if not place:
        raise CaeError(
            f"The address {text[:200]!r} names no place; write {protocol}://PLACE/FOLDER."
        )
    if ":" in place.partition("/")[0].rpartition("@")[0]:
        raise CaeError(
            f"An address of {protocol} holds a password, which would be noted in studies; put it "
            "into the settings of fsspec or the environment."
        )
    return f"{protocol}://{place}"


class Store:
    """The files behind one address, read-only.

    Errors of the store become `CaeError`: a sentence with the address.

    Attributes:
        address: of a file, or a folder.
    """

    def __init__(self, address: str) -> None:
        """Connect to what holds the address.

        Raises:
            CaeError: see `checked_address`; fsspec, or what it reads this protocol with, is not
                installed, or it cannot be reached.
        """
        self.address = checked_address(address)
        self._files: Any
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise CaeError(
                f"{self.address} is read with the package fsspec; install it with: "
                "pip install 'cae-explorer[stores]'"
            ) from error
        try:
            self._files, self._root = url_to_fs(self.address)
        except ImportError as error:
            raise CaeError(
                f"{self.address} cannot be read yet ({_brief(error)}); install that package beside "
                "CAE Explorer."
            ) from error
        # What stores raise on wrong settings is up to each of them.
        except Exception as error:
            raise self._unreachable(error) from error

    def list(self) -> Listing:
        """Return all files at any depth.

        Raises:
            CaeError: there is nothing, the store cannot be reached, or it holds too many files.
        """
        try:
            # What an earlier look found may have changed since.
            self._files.invalidate_cache()
            if self._files.isfile(self._root):
                size = int(self._files.info(self._root)["size"])
                return Listing([StoredFile(posixpath.basename(self._root), size)], [], is_file=True)
            found: dict[str, dict[str, Any]] = self._files.find(self._root, detail=True)
        except FileNotFoundError:
            found = {}
        except Exception as error:
            raise self._unreachable(error) from error
        if not found:
            raise CaeError(f"There is nothing at {self.address}; check its name and your rights.")
        if len(found) > _MOST_FILES:
            raise CaeError(f"{self.address} holds more than {_MOST_FILES:,} files; name a part.")
        return self._sorted(found)

    def exists(self, name: str) -> bool:
        """Whether there is a file of this name, relative to the address.

        Raises:
            CaeError: the store cannot be reached.
        """
        try:
            return bool(self._files.isfile(self._path(name)))
        except Exception as error:
            raise self._unreachable(error) from error

    def size(self, name: str = "") -> int:
        """Return the size of a file in bytes, as the store says.

        Raises:
            CaeError: there is none, or the store cannot be reached.
        """
        try:
            return int(self._files.info(self._path(name))["size"])
        except FileNotFoundError as error:
            raise CaeError(f"There is no file {self._shown(name)}; check its name.") from error
        except Exception as error:
            raise self._unreachable(error) from error

    def open(self, name: str = "") -> BinaryIO:
        """Open a file, by its name relative to the address, or the one file of the address.

        Raises:
            CaeError: there is none, or it cannot be read.
        """
        try:
            return cast(BinaryIO, self._files.open(self._path(name), "rb"))
        except FileNotFoundError as error:
            raise CaeError(f"There is no file {self._shown(name)}; check its name.") from error
        except Exception as error:
            raise self._unreachable(error) from error

    def copy(
        self, name: str, target: Path, size: int, seen: Callable[[bytes], object] = bytes
    ) -> None:
        """Copy a file to this computer, and no more bytes than it is said to have.

        Args:
            name: relative to the address; empty for the one file of the address.
            target: does not exist yet; its folder does.
            size: bytes that it should have.
            seen: told of every piece, in order.

        Raises:
            CaeError: it cannot be read, or has another size.
        """
        left = size
        try:
            with self.open(name) as source, target.open("xb") as file:
                while piece := source.read(_CHUNK_BYTES):
                    left -= len(piece)
                    if left < 0:
                        break
                    file.write(piece)
                    seen(piece)
        except (CaeError, FileExistsError, NotADirectoryError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.filename == str(target):
                raise
            raise self._unreachable(error) from error
        if left:
            raise CaeError(
                f"{self._shown(name)} does not have the {size:,} bytes that its store tells; "
                "it changed meanwhile, or the store is damaged: run the same again."
            )

    def _sorted(self, found: dict[str, dict[str, Any]]) -> Listing:
        listing = Listing([], [])
        root = self._root.rstrip("/") + "/"
        for path, told in sorted(found.items()):
            name = path.removeprefix(root)
            # What some stores keep in the place of folders.
            if name.endswith("/"):
                continue
            reason = _unusable(name, path.startswith(root) or root == "/", told)
            if reason:
                listing.problems.append((name, reason))
            elif told["type"] == "file":
                listing.files.append(StoredFile(name, int(told["size"])))
        return listing

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}" if name else self._root

    def _shown(self, name: str) -> str:
        return f"{self.address}/{name}" if name else self.address

    def _unreachable(self, error: Exception) -> CaeError:
        return CaeError(
            f"{self.address} cannot be read ({_brief(error)}); check its name, your rights there "
            "and the network."
        )


def copy_files(
    store: Store,
    files: Sequence[StoredFile],
    folder: Path,
    progress: Progress = silent,
) -> list[tuple[str, str]]:
    """Copy files of a store into a new folder, several at once.

    Names are those of `Store.list`, which lead nowhere but into the folder.

    Args:
        store: of a folder.
        files: of its listing.
        folder: exists and is empty.
        progress: told of every file.

    Returns:
        Name and reason of what could not be copied.

    Raises:
        CaeError: they find no room on the disk.
    """
    require_room(sum(file.size for file in files), store.address, folder)

    def copied(file: StoredFile) -> str:
        target = folder / file.name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            store.copy(file.name, target, file.size)
        except CaeError as error:
            return error.reason
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            return "its name is that of a folder or file beside it"
        return ""

    problems = []
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        reasons = pool.map(copied, files)
        for done, (file, reason) in enumerate(zip(files, reasons, strict=True), start=1):
            if reason:
                with suppress(OSError):
                    (folder / file.name).unlink()
                problems.append((file.name, reason))
            if done % _PROGRESS_EVERY == 0 or done == len(files):
                progress(done, len(files), "fetching files")
    finally:
        pool.shutdown(cancel_futures=True)
    return problems


def require_room(needed: int, address: str, folder: Path) -> None:
    """Raise `CaeError` where `needed` bytes of an address find no room in a folder."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise CaeError(
            f"What lies at {address} has {needed / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are "
            f"free in {folder}; make room, or name a part of it."
        )


def _unusable(name: str, is_inside: bool, told: dict[str, Any]) -> str:
    """Return why a file of a listing cannot be used; empty where it can."""
    if told.get("type") != "file":
        return "" if told.get("type") == "directory" else "it is no regular file"
    if told.get("islink"):
        return "it is a link, and links are not followed"
    parts = name.split("/")
    if not is_inside or {"", ".", ".."} & set(parts) or PurePosixPath(name).is_absolute():
        return "its name leads out of the folder"
    if any(sign in name for sign in ("\\", "\0")) or len(max(parts, key=len).encode()) > 255:
        return "its name is none that files of this computer can have"
    if not isinstance(told.get("size"), int) or told["size"] < 0:
        return "the store does not tell its size"
    return ""


def _brief(error: BaseException) -> str:
    words = " ".join(str(error).split()).removesuffix(".") or type(error).__name__
    return words[:_LONGEST_REASON]
