"""A trained network on disk: weights as safetensors, what it is as JSON."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from cae.documents import Document, Line, checked
from cae.errors import CaeError, DamagedFileError
from cae.settings import brief
from cae.storage import atomic_path, read_json, require_file, require_held, write_json

WEIGHTS, DESCRIPTION = "model.safetensors", "model.json"
_Network = TypeVar("_Network")
_MOST_CHANNELS = 65_536


class Versioned(Document):
    """What any description holds."""

    format: Any


class _Method(Document):
    method: Line | None = None


class Description(Versioned):
    """What the description of a model holds; its parts are checked by what they are of."""

    network: dict[str, Any]
    settings: _Method


def write_model(folder: Path, weights: Mapping[str, Tensor], description: dict[str, Any]) -> None:
    """Write weights and description to a folder, each atomically."""
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file({name: tensor.contiguous() for name, tensor in weights.items()}, temporary)
    write_json(folder / DESCRIPTION, description)


def read_description(
    folder: Path, version: int, schema: type[Versioned] = Versioned
) -> dict[str, Any]:
    """Return what `write_model` was given as description.

    Args:
        folder: of the model.
        version: the value of ``format`` that can be read.
        schema: what it must fit.

    Raises:
        CaeError: the file is missing or damaged, or of another version.
    """
    file = folder / DESCRIPTION
    description = checked(read_json(file), Versioned, file)
    if description["format"] != version:
        raise CaeError(
            f"{file} has model format {brief(str(description['format']))}, but this version "
            f"reads {version}; update CAE Explorer or train anew."
        )
    return checked(description, schema, file)


def network_of(kind: type[_Network], values: dict[str, Any], folder: Path) -> _Network:
    """Return the shape of a network, a dataclass, as the description in `folder` says it.

    Raises:
        CaeError: a value is unknown, of another type or out of its bounds.
    """
    try:
        wide = [name for name, value in values.items() if _is_wide(value)]
        if wide:
            raise ValueError(f"{wide[0]} should be at most {_MOST_CHANNELS}")
        unknown = sorted(set(values) - set(getattr(kind, "__dataclass_fields__", {})))
        if unknown:
            raise ValueError(f"{unknown[0]} is not known")
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise _odd_network(folder, f"{first['loc'][0]}: {first['msg'].lower()}") from error
    except ValueError as error:
        raise _odd_network(folder, str(error)) from error


def _is_wide(value: Any) -> bool:
    return isinstance(value, int) and value > _MOST_CHANNELS


def _odd_network(folder: Path, reason: str) -> DamagedFileError:
    return DamagedFileError(folder / DESCRIPTION, f"network {brief(reason)}", "train anew")


def require_weights(folder: Path, build: Callable[[], nn.Module]) -> None:
    """Raise `CaeError` unless `build` makes a network of the very weights that lie in `folder`.

    It is made without memory for its weights, so that a forged description takes none: that of
    the network is then what the file of the weights truly holds.
    """
    path = folder / WEIGHTS
    require_file(path, "train anew")
    require_held(path)
    try:
        with torch.device("meta"):
            wanted = {name: tuple(one.shape) for name, one in build().state_dict().items()}
        with safe_open(path, "pt") as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in list(file.keys())}
    except (OSError, SafetensorError, RuntimeError, OverflowError, TypeError) as error:
        raise _misfit(path, error) from error
    if wanted != found:
        odd = min({name for name, _ in wanted.items() ^ found.items()})
        raise _misfit(path, f"{odd[:80]} is {found.get(odd)} instead of {wanted.get(odd)}")


def load_weights(network: nn.Module, folder: Path) -> None:
    """Put the weights that `write_model` wrote into a network of the same shape.

    Raises:
        CaeError: the file is missing or damaged, or of another network.
    """
    try:
        network.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise _misfit(folder / WEIGHTS, error) from error


def _misfit(path: Path, reason: Any) -> DamagedFileError:
    first = (str(reason).splitlines() or [""])[0][:200]
    return DamagedFileError(path, f"it does not hold this model ({first})", "train anew")
