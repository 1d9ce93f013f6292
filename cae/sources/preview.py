"""How a source would be read, before any image is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from cae.imageset import Origin

Item = TypeVar("Item")


@dataclass(frozen=True)
class Preview:
    """What is known of images before they are read.

    Attributes:
        table: as it would become the image set's, one row per file; some may turn out to be
            damaged.
        columns: all columns of the source's own tables, also those that name the images; none
            where it has no table.
        origins: where columns of `table` came from that are not as the source has them, by name;
            ``file`` tells which columns name the images.
        matched: how many files have a row of the source's table.
        identifying: columns of `table` that may tell who a patient is.
        notes: how the source was read where it left something open, as sentences.
        problems: what could not be used so far (columns file, reason).
        guessed_encoding: how the source's table is written, where it does not say so itself.
        refused: why the source cannot be read so, as a sentence; empty where it can.
    """

    table: pd.DataFrame
    columns: tuple[str, ...]
    origins: dict[str, Origin]
    matched: int
    identifying: tuple[str, ...]
    notes: tuple[str, ...]
    problems: pd.DataFrame
    guessed_encoding: str = ""
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Examples:
    """A few images of a source, read as an import would read them.

    Attributes:
        files: of each, relative to the source.
        images: uint8 (n, S, S, C), C is 1 or 3.
    """

    files: tuple[str, ...]
    images: np.ndarray


class Shown(Protocol):
    """A source of which some images can be seen before it is read."""

    def example_files(self, count: int) -> list[Path]:
        """Return `count` of the files that hold images, or all, evenly spread.

        Raises:
            CaeError: there is none.
        """

    def examples(self, count: int) -> Examples:
        """Read up to `count` images of these files, as an import would show them.

        Raises:
            CaeError: there is none.
        """


def evenly_spread(items: Sequence[Item], count: int) -> list[Item]:
    """Return `count` of the items, or all, in their order and evenly spread."""
    places = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int)
    return [items[place] for place in places]
