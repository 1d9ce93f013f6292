"""The points of a map as the browser gets them, once: places, ids and what hovering tells."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cae.cohorts.picking import Shown, places_digest
from cae.columns.colours import Colours
from cae.latent.density import SHARES, density_contours
from pages.components.kit.blob import pack

_BETWEEN = "\0"


@dataclass(frozen=True, eq=False)
class HoverField:
    """A line of the hover card: a title, and per row (uint16) which of `names` it says."""

    title: str
    names: Sequence[str]
    codes: np.ndarray


@dataclass(frozen=True, eq=False)
class MapPoints:
    """The points of a map.

    Attributes:
        positions: float32 (N, 2), or (N, 3) for a map in space, which turns about the origin.
        ids: one each.
        fields: what hovering tells at once.
        pixels: hash of the images themselves, see `Study.pixels_digest`.
    """

    positions: np.ndarray
    ids: Sequence[str]
    fields: tuple[HoverField, ...] = ()
    pixels: str = ""

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        dimensions: int = self.positions.shape[1]
        return dimensions

    @cached_property
    def digest(self) -> str:
        """Hash of positions, ids, fields and pixels."""
        return _hash(self._packed(""))

    @cached_property
    def places(self) -> str:
        """Hash of the positions alone."""
        return places_digest(self.positions)

    @cached_property
    def images(self) -> str:
        """Hash of which images these are: of ids and pixels, as other studies may use the same ids.

        Maps of the same images are linked: what is hovered in one shows in all.
        """
        return _hash(f"{self.pixels}\n".encode() + self._id_text)

    def shown_in(self, colours: Colours) -> Shown:
        """Return what a map shows of these points in `colours`."""
        return Shown(self.images, self.places, colours.digest)

    @cached_property
    def message(self) -> bytes:
        """What the browser needs once."""
        return self._packed(self.digest)

    @cached_property
    def _id_text(self) -> bytes:
        # A sign that ids do not hold, so that line breaks in them can be told from those between.
        together = _BETWEEN.join(self.ids)
        return together.replace("\n", " ").replace(_BETWEEN, "\n").encode()

    def _packed(self, digest: str) -> bytes:
        header = {
            "digest": digest,
            "places": self.places,
            "images": self.images,
            "count": len(self.positions),
            "dimensions": self.dimensions,
            "fields": [{"title": f.title, "names": list(f.names)} for f in self.fields],
        }
        arrays = {"positions": self.positions.astype(np.float32, copy=False).ravel()}
        arrays["ids"] = np.frombuffer(self._id_text, dtype=np.uint8)
        for number, field in enumerate(self.fields):
            arrays[f"field{number}"] = field.codes.astype(np.uint16, copy=False)
        return pack(header, arrays | self._contours)

    @cached_property
    def _contours(self) -> dict[str, np.ndarray]:
        """Lines of equal density, one after another; the innermost have the highest level."""
        lines = density_contours(self.positions) if self.dimensions == 2 else []
        corners = [line.corners.ravel() for line in lines]
        return {
            "contours": np.concatenate([np.empty(0, np.float32), *corners]),
            "contourLevels": np.array([SHARES.index(line.share) for line in lines], np.uint8),
            "contourLengths": np.array([len(line.corners) for line in lines], np.uint16),
        }


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
