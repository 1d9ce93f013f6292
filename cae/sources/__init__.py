"""Where image sets come from: one file per source."""

import difflib
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.sources.announced import Announced
from cae.sources.brain import BrainSource
from cae.sources.choices import Choices
from cae.sources.dicom.source import DicomSource
from cae.sources.folder import FolderSource
from cae.sources.medmnist import MedMnistSource
from cae.sources.nifti.source import NiftiSource
from cae.sources.npz import NpzSource
from cae.sources.parquet.source import ParquetSource
from cae.sources.stored import StoredSource
from cae.stores import is_address, with_local_paths
from cae.uploads import uploaded_source


class Source(Protocol):
    """Where an image set comes from."""

    @property
    def spec(self) -> str:
        """The text that names this source; `parse` turns it into an equal source."""

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Read the images and what is known of them, at most `limit` images drawn with `seed`.

        Images that are read are kept on disk, in the folder `scratch`, for as long as the image
        set is used; in the system's folder for temporary files when None. No room is taken for
        images that are not wanted.

        Raises:
            CaeError: nothing usable was found; the sentence says why and what to do.
        """


class ListedSource(Source, Protocol):
    """A source of one of the kinds that `parse` knows."""

    @classmethod
    def from_argument(cls, argument: str) -> "ListedSource":
        """Return the source that a text behind the kind's name and a colon names.

        Raises:
            CaeError: the text names none.
        """


SOURCES: dict[str, tuple[type[ListedSource], str]] = {
    "brain": (BrainSource, "brain"),
    "medmnist": (MedMnistSource, "medmnist:FLAG[:SIZE]"),
    "npz": (NpzSource, "npz:FILE"),
    "folder": (FolderSource, "folder:DIR[,TABLE]"),
    "parquet": (ParquetSource, "parquet:PATH"),
    "dicom": (DicomSource, "dicom:PATH[,TABLE]"),
    "nifti": (NiftiSource, "nifti:PATH[,PLANE][,Nmm][,patchN]"),
}
# Those that read from an address by themselves, and those that read a copy.
_READ_THERE = frozenset({"parquet"})
_READ_AS_COPY = frozenset({"npz", "folder", "dicom", "nifti"})
_Described = FolderSource | DicomSource | NiftiSource | ParquetSource


def parse(spec: str) -> Source:
    """Return the source that a text such as ``medmnist:pathmnist:64`` names.

    ``dicom:PATH`` and ``nifti:PATH`` take a folder, a zip file or a single file; DICOM also a table
    with a comma before it. Of NIfTI volumes words behind the path, with commas between, say what
    is cut out: a plane (axial, coronal, sagittal or all), the distance of slices (``5mm``, ``0mm``
    for all) and the side of patches in pixels (``patch64``), as in ``nifti:study,all,2mm``;
    without them axial slices every 5 mm.

    A PATH, DIR or FILE may be an address, see `cae.stores`, as in ``dicom:s3://bucket/export``.

    Nothing is read or downloaded yet.

    Raises:
        CaeError: the kind of source, or what follows it, is not known, or it was an upload.
    """
    if (uploaded := uploaded_source(spec.strip())) is not None:
        name = uploaded.partition(":")[2]
        raise CaeError(
            f"{name} was uploaded, and uploads are not kept; give the path of the files on this "
            "computer, or only the study's folder to go on with it."
        )
    kind, _, argument = spec.strip().partition(":")
    if kind.casefold() not in SOURCES:
        usages = ", ".join(usage for _, usage in SOURCES.values())
        close = difflib.get_close_matches(kind.casefold(), SOURCES, n=1)
        hint = f"did you mean {close[0]}? Sources are" if close else "use one of"
        raise CaeError(f"Unknown source {spec!r}; {hint} {usages}.")
    kind = kind.casefold()
    argument = with_local_paths(argument)
    if kind in _READ_AS_COPY and is_address(argument):
        return StoredSource.from_argument(kind, argument)
    elif kind not in _READ_THERE and is_address(argument):
        raise CaeError(f"The source {kind!r} is not read from an address.")
    return SOURCES[kind][0].from_argument(argument)


def with_size(source: Source, side: int) -> Source:
    """Return the source so that it brings squares of `side` pixels, where it can do so."""
    if isinstance(source, StoredSource) and isinstance(source.read_as, _Described):
        return replace(source, read_as=replace(source.read_as, size=side))
    return replace(source, size=side) if isinstance(source, _Described) else source


def has_table(source: Source) -> bool:
    """Whether a person can say something about a table of the source."""
    return isinstance(_reader(source), _Described)


def choices_of(source: Source) -> Choices:
    """Return what a person said about a source's table; nothing where it has none."""
    read = _reader(source.source if isinstance(source, Announced) else source)
    return read.choices if isinstance(read, _Described) else Choices()


def with_choices(source: Source, choices: Choices) -> Source:
    """Return the source with what a person says about its table.

    Raises:
        CaeError: something is said, but the source has no table.
    """
    if choices == Choices():
        return source
    if isinstance(source, StoredSource) and isinstance(source.read_as, _Described):
        return replace(source, read_as=replace(source.read_as, choices=choices))
    if not isinstance(source, _Described):
        raise CaeError(
            f"The source {source.spec} has no table; leave out --image-column, --label, "
            "--patient, --split and --encoding."
        )
    return replace(source, choices=choices)


def _reader(source: Source) -> Source:
    """Return what reads the files of a source: of one that copies them, what reads the copy."""
    return source.read_as if isinstance(source, StoredSource) else source
