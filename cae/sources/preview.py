"""How a source would be read, before any image is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cae.imageset import Origin


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
