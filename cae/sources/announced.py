"""A source that tells how it was read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cae.imageset import ImageSet
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.sources import Source


@dataclass
class Announced:
    """Another source, whose notes are kept until they are to be told.

    Attributes:
        source: the other source.
        tell: told each note, one sentence.
    """

    source: "Source"
    tell: Callable[[str], None]
    _notes: tuple[str, ...] = field(default=(), init=False)

    @property
    def spec(self) -> str:
        """The text that names the other source."""
        return self.source.spec

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Read the other source.

        Raises:
            CaeError: see the other source.
        """
        imageset = self.source.load(progress, limit, seed, scratch)
        self._notes = imageset.notes
        return imageset

    def announce(self) -> None:
        """Tell how the source was read, if it was."""
        for note in self._notes:
            self.tell(note)
