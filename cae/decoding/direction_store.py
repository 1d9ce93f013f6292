"""Directions that were named and saved with a study."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, filterfalse
from typing import TYPE_CHECKING, Any

import numpy as np

from cae.documents import read_of_format
from cae.errors import CaeError
from cae.latent.direction import Direction
from cae.storage import write_json
from cae.study.schemas import LONGEST_NAME, Directions
from cae.timestamp import now_utc

if TYPE_CHECKING:
    from cae.study.study import Study

DIRECTIONS = "directions.json"
NAME_LENGTH = LONGEST_NAME
_FORMAT = 1


def saved_directions(study: "Study") -> list[Direction]:
    """Return the directions saved for the study's present latents, or for these before images
    were added, sorted by name.

    Those found in other latents mean nothing in these and are left out.

    Raises:
        CaeError: the file is damaged, or of a later version.
    """
    digests = study.continued_from("encode")
    size = study.latents.shape[1] if study.is_done("encode") else 0
    found = [
        entry
        for entry in _read(study)
        if entry["latents"] in digests and len(entry["vector"]) == size
    ]
    directions = [
        Direction(entry["name"], np.asarray(entry["vector"], dtype=np.float32), entry["facts"])
        for entry in found
    ]
    return sorted(directions, key=lambda one: one.name.casefold())


def save_direction(study: "Study", direction: Direction) -> None:
    """Keep a direction with the study.

    Raises:
        CaeError: the name is empty, too long or taken, the study cannot be written to, or what it
            holds of directions cannot be read; that stays as it is.
    """
    name = direction.name.strip()
    if not 1 <= len(name) <= NAME_LENGTH:
        raise CaeError(f"A direction needs a name of 1 to {NAME_LENGTH} characters.")
    entry = {
        "name": name,
        "latents": study.digest("encode"),
        "vector": direction.vector.tolist(),
        "facts": direction.facts,
        "created": now_utc(),
    }
    with study.editing():
        digests = study.continued_from("encode")
        kept = [entry for entry in _read(study) if entry["latents"] in digests]
        if any(entry["name"].casefold() == name.casefold() for entry in kept):
            raise CaeError(f"There is a direction named {name!r} already; choose another name.")
        _write(study, [*kept, entry])


def keep_direction(study: "Study", direction: Direction) -> str:
    """Save a direction unless it is kept already, and return under which name it is.

    Where another direction has its name, a number is put behind it.

    Raises:
        CaeError: the name is empty, or as `save_direction`.
    """
    known = {one.name.casefold(): one for one in saved_directions(study)}

    def is_other(name: str) -> bool:
        saved = known.get(name.casefold())
        return saved is not None and not np.array_equal(saved.vector, direction.vector)

    name = next(filterfalse(is_other, _numbered(direction.name.strip())))
    if name.casefold() in known:
        return known[name.casefold()].name
    save_direction(study, replace(direction, name=name))
    return name


def delete_direction(study: "Study", name: str) -> None:
    """Forget a direction; nothing happens when there is none of this name.

    Raises:
        CaeError: the study cannot be written to, or what it holds of directions cannot be read.
    """
    with study.editing():
        kept = [entry for entry in _read(study) if entry["name"] != name]
        _write(study, kept)


def _numbered(name: str) -> Iterator[str]:
    """Yield a name, shortened where it is too long, and then with 2, 3, … behind it."""
    yield name[:NAME_LENGTH]
    for number in count(2):
        behind = f" ({number})"
        yield f"{name[: NAME_LENGTH - len(behind)].rstrip()}{behind}"


def _read(study: "Study") -> list[dict[str, Any]]:
    file = study.path / DIRECTIONS
    if not file.exists():
        return []
    entries: list[dict[str, Any]] = read_of_format(file, Directions, _FORMAT)["directions"]
    return entries


def _write(study: "Study", entries: list[dict[str, Any]]) -> None:
    try:
        write_json(study.path / DIRECTIONS, {"format": _FORMAT, "directions": entries})
    except OSError as error:
        raise CaeError(
            f"{study.path / DIRECTIONS} cannot be written ({error.strerror}); "
            "make the folder writable."
        ) from error
