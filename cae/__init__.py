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
    """Open a study by its folder, or its address, such as ``s3://bucket/study``, read-only.

    Raises:
        CaeError: the folder is none, or one of a newer format; of addresses see
            `cae.study.fetched.study_folder`.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> import cae, numpy as np, pandas as pd
        >>> table = pd.DataFrame({"id": ["a"], "split": "train", "label": None, "patient": None})
        >>> scans = cae.ImageSet(np.zeros((1, 28, 28, 1), np.uint8), table, name="scans")
        >>> with TemporaryDirectory() as folder:
        ...     made = cae.Study.create(f"{folder}/scans", scans, source="npz:scans.npz")
        ...     cae.open_study(made.path).samples["id"].tolist()
        ['a']
    """
    from cae.study.fetched import study_folder
    from cae.study.study import Study

    return Study.open(study_folder(str(path)))


def encode(images: "np.ndarray", model: "Model") -> "np.ndarray":
    """Encode uint8 images (N, H, W, C) into float32 latents (N, d).

    Example:
        >>> import cae, numpy as np
        >>> from cae.app_files import ASSETS
        >>> from cae.model import Model
        >>> model = Model.load(ASSETS / "pneumoniamnist" / "model")
        >>> latents = cae.encode(np.zeros((2, 28, 28, 1), np.uint8), model)
        >>> latents.shape, latents.dtype
        ((2, 128), dtype('float32'))
    """
    return model.encode(images)


def decode(latents: "np.ndarray", model: "Model") -> "np.ndarray":
    """Decode float32 latents (N, d) into synthetic uint8 images (N, H, W, C).

    Example:
        >>> import cae, numpy as np
        >>> from cae.app_files import ASSETS
        >>> from cae.model import Model
        >>> model = Model.load(ASSETS / "pneumoniamnist" / "model")
        >>> synthetic = cae.decode(np.zeros((1, model.latent_size), np.float32), model)
        >>> synthetic.shape, synthetic.dtype
        ((1, 28, 28, 1), dtype('uint8'))
    """
    return model.decode(latents)
