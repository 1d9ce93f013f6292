"""The files that one run of a step writes."""

from pathlib import Path
from typing import Any

from cae.storage import sha256_file


class StepFiles:
    """The files one run of a step writes.

    Attributes:
        folder: where they go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: list[str] = []

    def add(self, name: str) -> Path:
        """Count `name`, relative to the study, among the step's files; return where to write it."""
        self._names.append(name)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return size and hash of every file."""
        return {
            name: {
                "bytes": (self.folder / name).stat().st_size,
                "sha256": sha256_file(self.folder / name),
            }
            for name in self._names
        }
