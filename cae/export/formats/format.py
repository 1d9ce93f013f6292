"""What a format is."""

from collections.abc import Callable
from dataclasses import dataclass

from cae.export.archive import Entries
from cae.export.release import Release


@dataclass(frozen=True)
class Format:
    """Files that a tool needs beside the images and tables of an exported cohort.

    Attributes:
        title: the tool's name.
        readme: what the files are and how the tool opens them, for the archive's README.
        entries: makes the files of a release; memory does not grow with the number of images but
            for their table.
        needs_latents: whether a cohort of a study without latents cannot be exported so.
        divides: whether it says which images to train and which to test with.
    """

    title: str
    readme: str
    entries: Callable[[Release], Entries]
    needs_latents: bool = False
    divides: bool = False
