"""How volumes are cut: which planes, how far apart, into which patches."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cae.errors import CaeError

PLANES = ("axial", "coronal", "sagittal")
ALL = "all"
# Volumes point right, anterior and superior; a plane lies across one of these axes.
ACROSS = {"axial": 2, "coronal": 1, "sagittal": 0}
_STEP = re.compile(r"(\d+(?:\.\d+)?)mm")
_PATCH = re.compile(r"patch(\d+)")
_SMALLEST_PATCH = 8


@dataclass(frozen=True)
class Cutting:
    """What is cut out of every volume.

    Attributes:
        plane: axial, coronal, sagittal, or all for the three of them.
        step_mm: distance of slices; 0 takes every slice there is.
        patch: side of square patches that slices are divided into, pixels; 0 keeps them whole.
    """

    plane: str = "axial"
    step_mm: float = 5.0
    patch: int = 0

    @property
    def planes(self) -> tuple[str, ...]:
        """The planes to cut in."""
        return PLANES if self.plane == ALL else (self.plane,)

    @property
    def words(self) -> list[str]:
        """The words of a source's text that make a usual cutting this one."""
        usual = Cutting()
        words = [self.plane] if self.plane != usual.plane else []
        words += [f"{self.step_mm:g}mm"] if self.step_mm != usual.step_mm else []
        return words + ([f"patch{self.patch}"] if self.patch else [])

    def with_word(self, word: str) -> "Cutting | None":
        """Return the cutting with what `word` asks for, None where it asks for nothing.

        Raises:
            CaeError: patches would be too small to show anything.
        """
        if word in (*PLANES, ALL):
            return replace(self, plane=word)
        if found := _STEP.fullmatch(word):
            return replace(self, step_mm=float(found[1]))
        if found := _PATCH.fullmatch(word):
            if int(found[1]) < _SMALLEST_PATCH:
                raise CaeError(f"Patches of {found[1]} pixels are too small; use 8 or more.")
            return replace(self, patch=int(found[1]))
        return None

    def slices(self, count: int, thickness_mm: float) -> np.ndarray:
        """Return the indices of the slices to take of `count`, evenly spread from the middle out.

        Args:
            count: number of slices across the plane.
            thickness_mm: distance of two of them.
        """
        if self.step_mm <= thickness_mm:
            return np.arange(count)
        places = np.arange(self.step_mm / 2, count * thickness_mm, self.step_mm)
        if not len(places):
            return np.array([count // 2])
        shift = (count * thickness_mm - self.step_mm - places[-1] + places[0]) / 2
        return np.unique(np.clip((places + shift) / thickness_mm, 0, count - 1).astype(int))

    def as_json(self) -> dict[str, Any]:
        """Return what a limited process is told of it."""
        return {"plane": self.plane, "step_mm": self.step_mm, "patch": self.patch}


def split_argument(argument: str) -> tuple[str, Cutting]:
    """Return the path and the cutting that ``PATH[,PLANE][,Nmm][,patchN]`` asks for."""
    cutting, path = Cutting(), argument
    while "," in path:
        before, _, word = path.rpartition(",")
        changed = cutting.with_word(word.strip().casefold())
        if changed is None:
            break
        cutting, path = changed, before
    return path, cutting
