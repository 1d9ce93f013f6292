"""A trained network on disk: weights as safetensors, what it is as JSON."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from cae.errors import CaeError
from cae.storage import atomic_path, read_json, write_json

WEIGHTS, DESCRIPTION = "model.safetensors", "model.json"


def write_model(folder: Path, weights: Mapping[str, Tensor], description: dict[str, Any]) -> None:
    """Write weights and description to a folder, each atomically."""
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file({name: tensor.contiguous() for name, tensor in weights.items()}, temporary)
    write_json(folder / DESCRIPTION, description)


def read_description(folder: Path, version: int) -> dict[str, Any]:
    """Return what `write_model` was given as description.

    Args:
        folder: of the model.
        version: the value of ``format`` that can be read.

    Raises:
        CaeError: the file is missing or damaged, or of another version.
    """
    description: dict[str, Any] = read_json(folder / DESCRIPTION)
    if description.get("format") != version:
        raise CaeError(
            f"{folder / DESCRIPTION} has model format {description.get('format')}, but this "
            f"version reads {version}; update CAE Explorer or train anew."
        )
    return description


def load_weights(network: nn.Module, folder: Path) -> None:
    """Put the weights that `write_model` wrote into a network of the same shape.

    Raises:
        CaeError: the file is missing or damaged, or of another network.
    """
    try:
        network.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CaeError(
            f"{folder / WEIGHTS} is damaged or of another model ({reason}); train anew."
        ) from error
