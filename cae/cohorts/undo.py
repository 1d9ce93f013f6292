"""Going back to former selections and forth again, in bounded memory."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cae.cohorts.selection import Selection

_MOST_STEPS = 50
_MOST_BYTES = 16 << 20


class Undo:
    """Former selections, kept as few bytes; the oldest are dropped where there is no room."""

    def __init__(self) -> None:
        self._past: list[_Packed] = []
        self._future: list[_Packed] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a former selection to go back to."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether a selection was undone and can be brought back."""
        return bool(self._future)

    @property
    def bytes(self) -> int:
        """How much memory is taken; never more than 16 MiB."""
        return _size(self._past) + _size(self._future)

    def leave(self, selection: Selection) -> None:
        """Remember `selection`, which another takes the place of."""
        self._future = []
        self._past.append(_packed(selection))
        self._drop()

    def undo(self, selection: Selection) -> Selection:
        """Return the selection before `selection`, which `redo` brings back.

        Where there is none, that is `selection` itself.
        """
        return self._step(selection, self._past, self._future)

    def redo(self, selection: Selection) -> Selection:
        """Return what `undo` took away, or `selection` where it took nothing away."""
        return self._step(selection, self._future, self._past)

    def _step(
        self, selection: Selection, origin: "list[_Packed]", target: "list[_Packed]"
    ) -> Selection:
        if not origin:
            return selection
        found = origin.pop()
        target.append(_packed(selection))
        self._drop()
        return _unpacked(found)

    def _drop(self) -> None:
        """Forget the oldest first, then what was undone first."""
        del self._past[:-_MOST_STEPS]
        for kept in (self._past, self._future):
            while kept and self.bytes > _MOST_BYTES:
                del kept[0]


@dataclass(frozen=True)
class _Packed:
    """A selection: its rows as int32 or int64, or as one bit for each row up to the last."""

    rows: bytes
    kind: str
    history: str

    @property
    def bytes(self) -> int:
        return len(self.rows) + len(self.history)


_BITS = "bits"


def _packed(selection: Selection) -> _Packed:
    history = json.dumps(selection.history)
    rows = selection.rows
    if not len(rows):
        return _Packed(b"", "<i4", history)
    last = int(rows[-1])
    kind = "<i4" if last <= np.iinfo(np.int32).max else "<i8"
    if len(rows) * np.dtype(kind).itemsize <= last // 8:
        return _Packed(rows.astype(kind).tobytes(), kind, history)
    is_selected = np.zeros(last + 1, dtype=bool)
    is_selected[rows] = True
    return _Packed(np.packbits(is_selected).tobytes(), _BITS, history)


def _unpacked(packed: _Packed) -> Selection:
    history: list[dict[str, Any]] = json.loads(packed.history)
    if packed.kind == _BITS:
        rows = np.flatnonzero(np.unpackbits(np.frombuffer(packed.rows, np.uint8)))
    else:
        rows = np.frombuffer(packed.rows, packed.kind)
    return Selection(rows.astype(np.int64), tuple(history))


def _size(kept: Iterable[_Packed]) -> int:
    return sum(one.bytes for one in kept)
