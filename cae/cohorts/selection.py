"""The set of images that is highlighted now, and how it came about."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from cae.cohorts.rows import pack_rows, unpack_rows
from cae.errors import CaeError, DamagedFileError
from cae.json_value import json_value

COMBINATIONS = ("replace", "add", "remove", "intersect")
# What stands in a history that left the study in the place of what would tell too much.
LEFT_OUT = "(left out: may identify a patient)"


@dataclass(frozen=True, eq=False)
class Selection:
    """Rows of a study and the history that led to them.

    Attributes:
        rows: int64, ascending, unique.
        history: events, oldest first, JSON-able. Each has ``kind`` (lasso, box, click, filter,
            cluster, similarity, ids, cohort, all or invert, the last two with the former history,
            cohorts with their own, under ``of``), ``combine`` (one of `COMBINATIONS`), ``count``
            (images selected after it) and details of its kind, such as ``polygon`` in data
            coordinates. A replacing event starts the history anew. What was searched for has the
            kinds outliers, near-duplicates and suspected labels; similarity has the history of
            what it is similar to under ``of`` too; `cae.decoding.search` notes and reads them.
            `cae.cohorts.replay` takes it all again.
    """

    rows: np.ndarray
    history: tuple[dict[str, Any], ...] = ()

    @classmethod
    def empty(cls) -> "Selection":
        """Return the selection of no image."""
        return cls(np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Selection)
            and np.array_equal(self.rows, other.rows)
            and self.history == other.history
        )

    def combine(self, rows: np.ndarray, combine: str, event: dict[str, Any]) -> "Selection":
        """Return this selection combined with `rows`, `event` added to its history.

        Args:
            rows: row numbers in any order, repeats allowed.
            combine: replace, add, remove or intersect.
            event: kind and details; ``combine`` and ``count`` are filled in.

        Raises:
            CaeError: `combine` is none of these.

        Example:
            >>> import numpy as np
            >>> lasso = Selection.empty().combine(np.array([4, 2, 7]), "replace", {"kind": "lasso"})
            >>> both = lasso.combine(np.array([7, 9]), "intersect", {"kind": "click"})
            >>> both.rows.tolist(), [event["count"] for event in both.history]
            ([7], [3, 1])
        """
        rows, past = np.unique(np.asarray(rows, dtype=np.int64)), self.history
        if combine == "replace":
            combined, past = rows, ()
        elif combine == "add":
            combined = np.union1d(self.rows, rows)
        elif combine == "remove":
            combined = np.setdiff1d(self.rows, rows, assume_unique=True)
        elif combine == "intersect":
            combined = np.intersect1d(self.rows, rows, assume_unique=True)
        else:
            raise CaeError(
                f"Selections cannot be combined by {combine!r}; use one of "
                f"{', '.join(COMBINATIONS)}."
            )
        noted = json_value({**event, "combine": combine, "count": len(combined)})
        return Selection(combined, (*past, noted))

    def to_json(self) -> str:
        """Return rows (compressed) and history as JSON text."""
        packed = base64.b64encode(pack_rows(self.rows)).decode("ascii")
        return json.dumps({"rows": packed, "history": list(self.history)})

    @classmethod
    def from_json(cls, text: str) -> "Selection":
        """Return the selection `to_json` was called on.

        Raises:
            CaeError: the text is damaged.
        """
        try:
            content = json.loads(text)
            packed = base64.b64decode(content["rows"], validate=True)
            history = tuple(dict(event) for event in content["history"])
        except (ValueError, KeyError, TypeError) as error:
            reason = f"it does not hold rows and history ({error})"
            raise DamagedFileError(
                "The stored selection", reason, "select the images again"
            ) from error
        return cls(unpack_rows(packed), history)


def rows_in_polygon(xy: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Return the ascending rows of the points that lie in a polygon, by the even-odd rule.

    Args:
        xy: points (N, 2); points that are not finite lie nowhere.
        polygon: corners (P, 2) in the same coordinates, closed by itself, may cross itself.

    Raises:
        CaeError: a corner is not finite.
    """
    polygon = np.asarray(polygon, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(polygon).all():
        raise CaeError("The outline has a corner without a position; draw it again.")
    if len(polygon) < 3:
        return np.empty(0, dtype=np.int64)
    from skimage.measure import points_in_poly

    low, high = polygon.min(axis=0), polygon.max(axis=0)
    near = (xy[:, 0] >= low[0]) & (xy[:, 0] <= high[0])
    near &= (xy[:, 1] >= low[1]) & (xy[:, 1] <= high[1])
    candidates = np.flatnonzero(near).astype(np.int64)
    points = np.asarray(xy[candidates], dtype=np.float64)
    inside: np.ndarray = candidates[points_in_poly(points, polygon)]
    return inside
