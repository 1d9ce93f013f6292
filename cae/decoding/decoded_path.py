"""Paths through a study's latent space, what lies nearest to them, and their synthetic images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cae.decoding.rendering import AS_MEAN, Rendering, render
from cae.errors import CaeError
from cae.latent.direction import Direction, principal_directions
from cae.latent.medoid import medoid
from cae.latent.neighbour_path import neighbour_path
from cae.latent.neighbours import nearest
from cae.latent.path import anchor_steps, geodesic_path, latent_grid
from cae.latent.place import place
from cae.latent.space import LatentSpace
from cae.latent.spread import evenly_spread
from cae.number_text import deviations_text

if TYPE_CHECKING:
    from cae.study.study import Study

FEWEST_STEPS, MOST_STEPS = 3, 49
FEWEST_SIDE, MOST_SIDE = 3, 9
MOST_ANCHORS = 12
# How far a direction may be followed to either side, in standard deviations, and in how many steps.
REACHES, DIRECTION_STEPS = (3.0, 2.4, 1.8, 1.2, 0.6), 13
# How far, in how many steps and along how many components the variation of a group is shown.
VARIATION_REACH, VARIATION_STEPS, VARIATIONS = 2.0, 7, 3
_MOST_MEMBERS = 50_000
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class PathKind:
    """A way from anchor to anchor.

    Attributes:
        title: its name.
        sentence: what it does.
        walk: from latents (N, d), the anchors' rows, a number of steps and the space to latents.
    """

    title: str
    sentence: str
    walk: Callable[[np.ndarray, np.ndarray, int, LatentSpace], np.ndarray]


def _geodesic(latents: np.ndarray, rows: np.ndarray, steps: int, space: LatentSpace) -> np.ndarray:
    return geodesic_path(np.asarray(latents[rows]), steps, space)


KINDS = {
    "geodesic": PathKind(
        "Shortest",
        "What the image means turns evenly from one end to the other, and its detail changes "
        "evenly: a geodesic of the latent space.",
        _geodesic,
    ),
    "neighbours": PathKind(
        "Neighbours",
        "The path leads from real image to real image, so that it stays where images are.",
        neighbour_path,
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Average:
    """The mean latent of some images as an anchor.

    Attributes:
        name: of the group, such as ``Label 3``; of one image its id.
        rows: int64, at least one; the mean of one image is its own latent.
    """

    name: str
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class LatentPath:
    """M steps through a study's latent space and what lies beside them.

    Attributes:
        anchors: rows of the images it runs through, or starts from; of averages their medoids.
        kind: a key of `KINDS`, ``averages``, ``grid``, ``direction``, ``morph`` or
            ``average``.
        latents: float32 (M, d).
        places: float32 (M, 2), where the steps fall on the map.
        nearest_rows: int64 (M,), the real image nearest to each step.
        nearest_distances: float32 (M,), cosine distance to it, 0–2.
        off_data: bool (M,), whether it is far from every image, see `Support`.
        captions: (M,), what each step is, in a few words.
        facts: more about how it was made, JSON-able; ``columns`` where the steps fill a grid,
            ``averages`` where it joins means of groups.
        directions: float32 (K, d), those that it follows, one standard deviation long; none where
            it leads from image to image.
        members: int64, rows of the images that it is the average of; none where it is no average.
    """

    anchors: tuple[int, ...]
    kind: str
    latents: np.ndarray
    places: np.ndarray
    nearest_rows: np.ndarray
    nearest_distances: np.ndarray
    off_data: np.ndarray
    captions: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    directions: np.ndarray | None = None
    members: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.latents)

    @property
    def letters(self) -> list[str]:
        """A letter for each anchor; an image that comes again keeps its letter."""
        if "averages" in self.facts:
            return list(_LETTERS[: len(self.anchors)])
        return anchor_letters(self.anchors)


@dataclass(frozen=True, eq=False)
class DecodedPath(LatentPath):
    """A path with a synthetic image per step.

    Attributes:
        means: uint8 (M, H, W, C), mean decodes of `latents`, by which changes are measured.
        images: uint8 (M, H, W, C), what is shown of them, see `rendering`.
        rendering: how `images` were made.
        apart: float32 (M,), cosine distance of each image, encoded again, to what was meant, see
            `PathCheck`; None where it was not checked.
    """

    means: np.ndarray = field(kw_only=True)
    images: np.ndarray = field(kw_only=True)
    rendering: Rendering = field(kw_only=True)
    apart: np.ndarray | None = field(default=None, kw_only=True)

    @property
    def made_from(self) -> dict[str, Any]:
        """How it came about, JSON-able."""
        return {"kind": self.kind, "anchor_rows": list(self.anchors), **self.facts}


def anchor_letters(anchors: Sequence[int]) -> list[str]:
    """Return a letter for each anchor; an image that comes again keeps its letter."""
    known = {row: _LETTERS[number] for number, row in enumerate(dict.fromkeys(anchors))}
    return [known[row] for row in anchors]


def walk(
    study: "Study", anchors: Sequence[int], steps: int = 9, kind: str = "geodesic"
) -> LatentPath:
    """Walk from anchor to anchor in the study's latent space; needs no model.

    Args:
        study: with its steps up to ``project`` current.
        anchors: rows, two to twelve; a loop ends with the row it begins with.
        steps: both ends included, 3–49 and at least one per anchor.
        kind: a key of `KINDS`.

    Raises:
        CaeError: an anchor is no row of the study, their number, the number of steps or the
            kind is not offered, or a step of the study has not been run.
    """
    if kind not in KINDS:
        raise CaeError(f"There is no path of the kind {kind!r}; choose one of {', '.join(KINDS)}.")
    _check_steps(steps)
    require_rows(study, anchors)
    if len(set(anchors)) > MOST_ANCHORS:
        raise CaeError(f"A path through {len(set(anchors))} images is not offered; use fewer.")
    rows = np.asarray(anchors, dtype=np.int64)
    latents = KINDS[kind].walk(study.latents, rows, steps, study.latent_space)
    ends = np.asarray(study.latents[list(anchors)], dtype=np.float32)
    return described_path(
        study, anchors, kind, latents, _ways(anchor_letters(anchors), ends, latents)
    )


def walk_averages(study: "Study", averages: Sequence[Average], steps: int = 9) -> LatentPath:
    """Walk the shortest way from the mean latent of one group to that of the next.

    Means are brought back to the space of latents, as the average of a group is, and so stand for
    no image. Of more than 50,000 images of a group so many, evenly spread, are looked at.
    Needs no model.

    Args:
        study: with its steps up to ``project`` current.
        averages: two to twelve.
        steps: both ends included, 3–49 and at least one per average.

    Returns:
        A path whose facts tell under ``averages`` each one's ``letter``, ``group``, ``images`` and
        ``step``, from 0.

    Raises:
        CaeError: a group is empty or holds a row that is none of the study, or so many groups or
            steps are not offered.

    Example:
        ``walk_averages(study, [Average("ill", ill), Average("well", well)], steps=7)``
    """
    _check_steps(steps)
    if not 2 <= len(averages) <= MOST_ANCHORS:
        raise CaeError(
            f"A path between the averages of {len(averages)} groups is not offered; use 2 to "
            f"{MOST_ANCHORS}."
        )
    for one in averages:
        if len(one.rows) == 0:
            raise CaeError(f"No image is in {one.name}; choose a group that holds some.")
        require_rows(study, (int(np.min(one.rows)), int(np.max(one.rows))))
    means = np.stack([mean_latent(study, one.rows) for one in averages])
    latents = geodesic_path(means, steps, study.latent_space)
    at = anchor_steps(study.latent_space.lengths(means[:-1], means[1:]), steps)
    letters = _LETTERS[: len(averages)]
    told = [
        {"letter": letter, "group": one.name, "images": len(one.rows), "step": int(step)}
        for letter, one, step in zip(letters, averages, at, strict=True)
    ]
    words = [
        f"The average of {letter}" if len(one.rows) > 1 else f"Decoded from {letter} itself"
        for letter, one in zip(letters, averages, strict=True)
    ]
    captions = _captions(letters, words, at.tolist())
    anchors = [medoid(study.latents, np.asarray(one.rows)) for one in averages]
    return described_path(study, anchors, "averages", latents, captions, {"averages": told})


def mean_latent(study: "Study", rows: np.ndarray) -> np.ndarray:
    """Return the mean latent (d,) of some images, float64, brought back to the space of latents.

    Of more than 50,000 images so many, evenly spread, are looked at.
    """
    return study.latent_space.onto(_members(study, rows).mean(axis=0, dtype=np.float64))


def _members(study: "Study", rows: np.ndarray) -> np.ndarray:
    spread = np.asarray(rows)[evenly_spread(len(rows), _MOST_MEMBERS)]
    return np.asarray(study.latents[spread], dtype=np.float32)


def walk_grid(study: "Study", anchors: Sequence[int], side: int = 5) -> LatentPath:
    """Fill the square between four images of the study, row by row; needs no model.

    Args:
        study: with its steps up to ``project`` current.
        anchors: four rows: upper left, upper right, lower left, lower right.
        side: steps along each edge, 3–9.

    Raises:
        CaeError: there are not four rows of the study, or the number of steps is not offered.
    """
    if not FEWEST_SIDE <= side <= MOST_SIDE:
        raise CaeError(f"A grid of {side} steps is not offered; use {FEWEST_SIDE}–{MOST_SIDE}.")
    require_rows(study, anchors)
    latents = latent_grid(np.asarray(study.latents[list(anchors)]), side, study.latent_space)
    captions = [f"Row {row + 1}, column {column + 1}" for row, column in np.ndindex(side, side)]
    return described_path(study, anchors, "grid", latents, captions, {"columns": side})


def walk_direction(
    study: "Study", row: int, direction: Direction, reach: float | None = None
) -> LatentPath:
    """Change one image's latent along a direction, to either side.

    The middle one of the 13 steps is the image's own latent.

    Args:
        study: with its steps up to ``project`` current.
        row: of the image.
        direction: of this study's latent space.
        reach: in standard deviations; None is the farthest of `REACHES` whose ends are no farther
            from every image than images are from one another, or the nearest of them.

    Raises:
        CaeError: there is no such row, or the direction is of another latent space.
    """
    require_rows(study, [row])
    start = np.asarray(study.latents[row], dtype=np.float32)
    require_direction(direction, start)
    if reach is None:
        reach = _shown_reach(study, start, direction)
    deviations = _evenly(reach, DIRECTION_STEPS)
    latents = moved_along(study, start, direction.vector, deviations)
    latents[DIRECTION_STEPS // 2] = start
    captions = [deviations_text(value) if value else "The image itself" for value in deviations]
    facts = {"direction": {"name": direction.name, **direction.facts}}
    facts["deviations"] = deviations.tolist()
    path = described_path(study, [row], "direction", latents, captions, facts)
    return replace(path, directions=np.asarray(direction.vector, np.float32)[None])


def moved_along(
    study: "Study", start: np.ndarray, vector: np.ndarray, amounts: np.ndarray
) -> np.ndarray:
    """Return the latents, float32 (M, d), that lie amounts (M,) of a vector away from a latent."""
    moved = study.latent_space.onto(start + amounts[:, None] * vector)
    return moved.astype(np.float32)


def _shown_reach(study: "Study", start: np.ndarray, direction: Direction) -> float:
    """Return how far a direction can be followed from a latent before it leaves the images."""
    ends = moved_along(study, start, direction.vector, np.ravel([[-one, one] for one in REACHES]))
    within = ~study.support.is_far(ends).reshape(-1, 2).any(axis=1)
    return REACHES[int(within.argmax())] if within.any() else REACHES[-1]


def walk_average(study: "Study", rows: np.ndarray) -> LatentPath:
    """Vary the mean latent of some images along their first three principal components.

    The mean is brought back to the space of latents, as is all that is beside it. A row of 7
    steps per component, two standard deviations to either side; the middle one is the mean. The
    anchor is the medoid of the images. Of more than 50,000 images so many, evenly
    spread, are looked at.

    Raises:
        CaeError: fewer than two images, or a row that is none of the study.
    """
    if len(rows) < 2:
        raise CaeError("One image does not vary; choose two or more.")
    require_rows(study, (int(np.min(rows)), int(np.max(rows))))
    members = _members(study, rows)
    directions = principal_directions(members, VARIATIONS)
    deviations = _evenly(VARIATION_REACH, VARIATION_STEPS)
    mean = mean_latent(study, rows)
    rows_of_film = [moved_along(study, mean, one.vector, deviations) for one in directions]
    captions = [
        f"{one.name}, {deviations_text(value)}" if value else "The mean"
        for one in directions
        for value in deviations
    ]
    facts = {
        "columns": VARIATION_STEPS,
        "images": len(rows),
        "shares_of_variance": [one.facts["share"] for one in directions],
        "deviations": deviations.tolist(),
    }
    latents = np.concatenate(rows_of_film)
    anchor = medoid(study.latents, np.asarray(rows))
    path = described_path(study, [anchor], "average", latents, captions, facts)
    vectors = np.array([one.vector for one in directions], np.float32)
    return replace(path, directions=vectors, members=np.asarray(rows, np.int64))


def decode_path(study: "Study", path: LatentPath, rendering: Rendering = AS_MEAN) -> DecodedPath:
    """Decode every step of a path into a synthetic image.

    Likely images all begin with the same noise, so that they change only where latents do.

    Raises:
        CaeError: the study's model is missing or damaged, or there is no sharp decoder where
            likely images are asked for.

    Example:
        ``decoded = decode_path(study, walk(study, [12, 340], steps=7, kind="neighbours"))``
    """
    means = study.model.decode(path.latents)
    images = render(study, path.latents, rendering, means)
    steps = {one.name: getattr(path, one.name) for one in fields(LatentPath)}
    return DecodedPath(**steps, means=means, images=images, rendering=rendering)


def _check_steps(steps: int) -> None:
    if not FEWEST_STEPS <= steps <= MOST_STEPS:
        raise CaeError(f"A path of {steps} steps is not offered; use {FEWEST_STEPS}–{MOST_STEPS}.")


def require_direction(direction: Direction, latent: np.ndarray) -> None:
    """Raise `CaeError` unless a direction has as many numbers as a latent (d,) of its study."""
    if direction.vector.shape != latent.shape:
        raise CaeError(
            f"The direction {direction.name!r} has {len(direction.vector)} numbers, but latents "
            f"of this study have {len(latent)}; find it again."
        )


def _evenly(reach: float, steps: int) -> np.ndarray:
    """Return an odd number of steps from −reach to reach, the middle one exactly 0."""
    half = np.linspace(0, reach, steps // 2 + 1)
    return np.concatenate([-half[:0:-1], half])


def require_rows(study: "Study", anchors: Sequence[int]) -> None:
    """Raise `CaeError` unless all are rows of the study."""
    total = len(study.latents)
    for row in anchors:
        if not 0 <= row < total:
            raise CaeError(f"There is no image in row {row}; the rows are 0 to {total - 1}.")


def _ways(letters: Sequence[str], ends: np.ndarray, latents: np.ndarray) -> list[str]:
    """Say of every step of a path where between its anchors, the latents `ends`, it is."""
    at = [0]
    for end in ends[1:-1]:
        at.append(at[-1] + 1 + int((latents[at[-1] + 1 :] == end).all(axis=1).argmax()))
    at.append(len(latents) - 1)
    return _captions(letters, [f"Decoded from {letter} itself" for letter in letters], at)


def _captions(letters: Sequence[str], words: Sequence[str], at: Sequence[int]) -> list[str]:
    """Say of every step where it is between anchors, which have words and lie `at` some steps."""
    ways = [words[0]]
    for number, (start, goal) in enumerate(zip(letters, letters[1:], strict=False)):
        shares = np.linspace(0, 1, at[number + 1] - at[number] + 1)[1:-1]
        ways += [f"{share:.0%} of the way from {start} to {goal}" for share in shares]
        ways.append(words[number + 1])
    return ways


def described_path(
    study: "Study",
    anchors: Sequence[int],
    kind: str,
    latents: np.ndarray,
    captions: Sequence[str],
    facts: dict[str, Any] | None = None,
) -> LatentPath:
    """Return latents (M, d) as a path of a kind, with what lies beside each of them."""
    rows, distances = nearest(study.latents, latents, 1)
    return LatentPath(
        anchors=tuple(int(row) for row in anchors),
        kind=kind,
        latents=latents,
        places=place(study.latents, study.projection, latents),
        nearest_rows=rows[:, 0],
        nearest_distances=distances[:, 0],
        off_data=study.support.is_far(latents),
        captions=tuple(captions),
        facts=facts or {},
    )
