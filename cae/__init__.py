"""Explore what a contrastive autoencoder learned from medical images, without labels."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cae.errors import CaeError
from cae.version import __version__

if TYPE_CHECKING:
    import numpy as np

    from cae.imageset import ImageSet
    from cae.model import Model
    from cae.study.study import Study


__all__ = ["__version__", "CaeError", "ImageSet", "Study", "decode", "encode", "open_study"]

# The command line imports this package first and should answer at once.
_LOADED_LATER = {"ImageSet": "cae.imageset", "Study": "cae.study.study"}


def __getattr__(name: str) -> Any:
    if name not in _LOADED_LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LOADED_LATER[name]), name)


def open_study(path: str | Path) -> "Study":
    """Open a study folder. Raises `CaeError` when it is none."""
    from cae.study.study import Study

    return Study.open(Path(path))


def encode(images: "np.ndarray", model: "Model") -> "np.ndarray":
    """Encode uint8 images (N, H, W, C) into float32 latents (N, d)."""
    return model.encode(images)


def decode(latents: "np.ndarray", model: "Model") -> "np.ndarray":
    """Decode float32 latents (N, d) into synthetic uint8 images (N, H, W, C)."""
    return model.decode(latents)
