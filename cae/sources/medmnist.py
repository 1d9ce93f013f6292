"""The two-dimensional sets of MedMNIST, downloaded once and kept.

Yang, J. et al.: MedMNIST v2, a large-scale lightweight benchmark for 2D and 3D biomedical image
classification. Scientific Data 10, 41 (2023). https://doi.org/10.1038/s41597-022-01721-8
"""

import difflib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.sources.known import medmnist_info
from cae.sources.npz import NpzSource

_SMALLEST = 28
_CHUNK_BYTES = 1 << 20
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class MedMnistSource:
    """A set of MedMNIST with its official splits and its class names.

    Attributes:
        flag: key of the set in ``medmnist.INFO``, such as ``pathmnist``.
        size: side of its images, pixels.
    """

    flag: str
    size: int = _SMALLEST

    @classmethod
    def from_argument(cls, argument: str) -> "MedMnistSource":
        """Return the source that ``medmnist:FLAG`` or ``medmnist:FLAG:SIZE`` names.

        Raises:
            CaeError: there is no such set or size.
        """
        flag, _, size = argument.strip().casefold().partition(":")
        flags = flat_flags()
        if flag not in flags:
            raise CaeError(_unknown_flag(flag, flags))
        sizes = available_sizes(flag)
        if not size:
            return cls(flag)
        if size not in map(str, sizes):
            raise CaeError(
                f"MedMNIST has {flag} in the sizes {', '.join(map(str, sizes))}, but not {size!r}; "
                f"write for example medmnist:{flag}:{sizes[-1]}."
            )
        return cls(flag, int(size))

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"medmnist:{self.flag}:{self.size}"

    @property
    def file(self) -> Path:
        """Where the downloaded file is kept, or may be put by hand."""
        return downloads_folder() / f"{self.flag}{self._suffix}.npz"

    @property
    def _suffix(self) -> str:
        return "" if self.size == _SMALLEST else f"_{self.size}"

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Download the set unless a whole copy is there, and read it or `limit` images of it.

        Raises:
            CaeError: the file is not there and cannot be downloaded, or arrives damaged.
        """
        entry = medmnist_info()[self.flag]
        url, md5 = entry[f"url{self._suffix}"], entry[f"MD5{self._suffix}"]
        fetch(url, md5, self.file, progress)
        imageset = NpzSource(self.file).load(progress, limit, seed, scratch)
        return replace(imageset, name=f"{entry['python_class']} {self.size}")


def flat_flags() -> list[str]:
    """Return the flags of all sets of images; the others hold volumes."""
    return [flag for flag in medmnist_info() if not flag.endswith("3d")]


def available_sizes(flag: str) -> list[int]:
    """Return the sizes in which a set can be had, pixels, ascending."""
    larger = (key.removeprefix("url_") for key in medmnist_info()[flag] if key.startswith("url_"))
    return sorted([_SMALLEST, *map(int, larger)])


def downloads_folder() -> Path:
    """Return where downloads are kept: $CAE_CACHE, or else the user's cache folder."""
    if chosen := os.environ.get("CAE_CACHE"):
        return Path(chosen).expanduser().resolve() / "medmnist"
    import platformdirs

    return platformdirs.user_cache_path("cae-explorer", appauthor=False) / "medmnist"


def fetch(url: str, md5: str, file: Path, progress: Progress = silent) -> None:
    """Download `url` to `file` unless it is there with the right MD5 sum.

    The file appears under its name only when it is whole and its sum agrees.

    Raises:
        CaeError: no connection, no room, or another file than expected arrived; the sentence
            tells which file to put where by hand.
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("ERROR")
    downloader = pooch.HTTPDownloader(
        progressbar=_Bytes(progress), chunk_size=_CHUNK_BYTES, timeout=_TIMEOUT_SECONDS
    )
    try:
        pooch.retrieve(url, f"md5:{md5}", file.name, file.parent, downloader=downloader)
    except requests.exceptions.RequestException as error:
        reason = f"could not be downloaded ({_short(error)})"
        raise CaeError(_by_hand(url, file, reason)) from error
    except ValueError as error:
        raise CaeError(_by_hand(url, file, "arrived damaged (its MD5 sum differs)")) from error
    except OSError as error:
        raise CaeError(
            f"{file} could not be written ({error.strerror or error}); make room or set "
            "CAE_CACHE to another folder."
        ) from error


class _Bytes:
    """Pass on what pooch tells a progress bar; `total` is set by pooch."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0
        self.total = 0

    def update(self, count: int) -> None:
        self._done = min(self._done + count, self.total)
        megabytes = f"downloading, {self._done / 1e6:.1f} of {self.total / 1e6:.1f} MB"
        self._progress(self._done, self.total, megabytes)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """End without a trace, as there is no bar to take off the screen."""


def _by_hand(url: str, file: Path, reason: str) -> str:
    present = ", and the copy there now is damaged" if file.exists() else ""
    return (
        f"{file.name} {reason}{present}; download {url} on any computer and put it "
        f"as {file.name} into {file.parent}."
    )


def _short(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answered {response.status_code}"
    return type(error).__name__


def _unknown_flag(flag: str, flags: list[str]) -> str:
    if not flag:
        return f"The source 'medmnist' lacks a set; write medmnist:FLAG with {', '.join(flags)}."
    if flag in medmnist_info():
        return f"{flag} holds volumes, but images are needed; choose {', '.join(flags)}."
    close = difflib.get_close_matches(flag, flags, n=1) or difflib.get_close_matches(
        f"{flag}mnist", flags, n=1
    )
    hint = f"did you mean {close[0]}? There are" if close else "choose"
    return f"MedMNIST has no set {flag!r}; {hint} {', '.join(flags)}."
