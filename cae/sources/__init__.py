"""Where image sets come from: one file per source."""

import difflib
from dataclasses import replace
from typing import Protocol

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.sources.brain import BrainSource
from cae.sources.choices import Choices
from cae.sources.dicom.source import DicomSource
from cae.sources.folder import FolderSource
from cae.sources.medmnist import MedMnistSource
from cae.sources.nifti.source import NiftiSource
from cae.sources.npz import NpzSource
from cae.uploads import uploaded_source


class Source(Protocol):
    """Where an image set comes from."""

    @property
    def spec(self) -> str:
        """The text that names this source; `parse` turns it into an equal source."""

    def load(
        self, progress: Progress = silent, limit: int | None = None, seed: int = 0
    ) -> ImageSet:
        """Read the images and what is known of them, at most `limit` images drawn with `seed`.

        No memory is taken for images that are not.

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
    "dicom": (DicomSource, "dicom:PATH[,TABLE]"),
    "nifti": (NiftiSource, "nifti:PATH[,PLANE][,Nmm][,patchN]"),
}


def parse(spec: str) -> Source:
    """Return the source that a text such as ``medmnist:pathmnist:64`` names.

    ``dicom:PATH`` and ``nifti:PATH`` take a folder, a zip file or a single file; DICOM also a table
    with a comma before it. Of NIfTI volumes words behind the path, with commas between, say what
    is cut out: a plane (axial, coronal, sagittal or all), the distance of slices (``5mm``, ``0mm``
    for all) and the side of patches in pixels (``patch64``), as in ``nifti:study,all,2mm``;
    without them axial slices every 5 mm.

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
    source, _ = SOURCES[kind.casefold()]
    return source.from_argument(argument)


def with_size(source: Source, side: int) -> Source:
    """Return the source so that it brings squares of `side` pixels, where it can do so."""
    if isinstance(source, FolderSource | DicomSource | NiftiSource):
        return replace(source, size=side)
    return source


def with_choices(source: Source, choices: Choices) -> Source:
    """Return the source with what a person says about its table.

    Raises:
        CaeError: something is said, but the source has no table.
    """
    if choices == Choices():
        return source
    if not isinstance(source, FolderSource | DicomSource | NiftiSource):
        raise CaeError(
            f"The source {source.spec} has no table; leave out --image-column, --label, "
            "--patient, --split and --encoding."
        )
    return replace(source, choices=choices)
