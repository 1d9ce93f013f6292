"""Vectors of a network for the images of a study.

The network is one that comes along, the study's own model of pixels, or one of a local folder; or
the study's latents are taken as they are.
"""

import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cae.documents import Count, Document, Line, fits
from cae.errors import CaeError, DamagedFileError
from cae.home import folder_name
from cae.latent.scaling import UNIT
from cae.progress import Progress, silent
from cae.storage import atomic_path, read_array, read_json, sha256_file, write_json
from cae.study.brought import Brought, bring_latents
from cae.study.elsewhere import parts_of, vectors
from cae.study.study import Study

if TYPE_CHECKING:
    from cae.local.model import LocalModel
    from cae.networks.foundation import FoundationModel

LITE0, LOCAL, LATENTS = "lite0", "local", "latents"
SUFFIXES = (".npz", ".parquet")
_GROUP_ROWS = 4096
FOLDER = "embeddings"
# Small medical images hold no detail that the 224 px of ImageNet would show better.
_SIDE = 112
_LITE0_NUMBERS = 1280
# Lost at most when it is cut off.
_CHUNK = 256
_AT_ONCE = 32

Features = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Part(Document):
    """What ``embeddings/NAME.json`` holds: of which images, and how many of them are done."""

    images: Line
    network: Line
    done: Count


class Network(NamedTuple):
    """What describes images.

    Attributes:
        name: short, for files.
        asked: by which `network_named` finds it, also from another folder.
        version: that two runs with the same network have in common.
        numbers: per vector.
        features: maps images (N, S, S, C) and rows (n,) to vectors, float32 (n, numbers).
    """

    name: str
    asked: str
    version: str
    numbers: int
    features: Features


def network_named(study: Study, model: str) -> Network:
    """Return EfficientNet-Lite0, the study's model of pixels, or the model in a local folder.

    For folders see `cae.networks.foundation`, for the model of pixels `LocalModel.patches`. By
    ``latents`` it is what gives the study's own.

    Raises:
        CaeError: there is none of that name, the study has no model of pixels, or the folder holds
            none that can be read.
    """
    if model == LITE0:
        return Network(LITE0, LITE0, f"{LITE0} {_SIDE}", _LITE0_NUMBERS, _lite0_features)
    if model == LOCAL:
        local = study.local_model
        numbers = local.settings.grid**2 * local.network.embedding
        return Network(LOCAL, LOCAL, study.digest(LOCAL), numbers, partial(_patch_features, local))
    if model == LATENTS:
        numbers, latents = study.latents.shape[1], study.latents
        return Network(
            LATENTS, LATENTS, study.digest("encode"), numbers, lambda _, rows: latents[rows]
        )
    folder = Path(model).expanduser().absolute()
    if not folder.is_dir():
        raise CaeError(
            f"There is no model {model[:200]!r} to embed with; use {LITE0}, {LOCAL}, "
            f"{LATENTS}, or a local folder with config.json and model.safetensors."
        )
    # torch is slow to import.
    from cae.model_files import WEIGHTS
    from cae.networks.foundation import FoundationModel

    network = FoundationModel(folder)
    name = folder_name(folder.resolve().name) or "model"
    version = f"{sha256_file(folder / WEIGHTS)} {network.side}"
    features = partial(_foundation_features, network)
    return Network(name, str(folder), version, network.numbers, features)


def embed(study: Study, model: str, out: Path, progress: Progress = silent) -> None:
    """Write what a network says of a study's images to an npz or Parquet file.

    In an npz file there are ``ids`` and ``embeddings``, in a Parquet file the columns ``id`` and
    ``embeddings``, lists of 32-bit numbers, in row groups of 4096 rows. The engine in use, see
    `cae.sources.engine`, describes the images. What was cut off goes on where it stopped. The
    vectors are as the network says them, such as the mean over the place of the last feature maps;
    whoever reads them scales them.

    Args:
        study: whose images are looked at.
        model: ``lite0``, ``local``, ``latents``, or a folder, see `network_named`.
        out: the file, which ends with .npz or .parquet; replaced when it exists.
        progress: told of every chunk of images.

    Raises:
        CaeError: there is no such model, `out` is no such file, or another process works on the
            study.
    """
    _write(study, network_named(study, model), out, progress)


def _write(study: Study, network: Network, out: Path, progress: Progress) -> None:
    if out.suffix.casefold() not in SUFFIXES:
        raise CaeError(f"{out} should end with {' or '.join(SUFFIXES)}; call it {out.stem}.npz.")
    with study.working():
        part = study.path / FOLDER / f"{network.name}.part.npy"
        _complete(study, network, part, progress)
        pack = _pack if out.suffix.casefold() == ".npz" else _write_parquet
        pack(study.samples["id"].astype(str).to_numpy(), read_array(part), out)
        part.with_suffix(".json").unlink()
        part.unlink()


def embed_latents(study: Study, model: str, progress: Progress = silent) -> None:
    """Take what a network says of a study's images for their latents.

    Raises:
        CaeError: the study has latents of another origin, which would be lost; see also `embed`.
    """
    if model == LATENTS:
        raise CaeError("The latents are the study's already; write them to a file with --out FILE.")
    network = network_named(study, model)
    file = study.path / FOLDER / f"{network.name}.npz"
    brought = study.brought
    if study.is_done("encode") and (brought is None or brought["file"] != file.name):
        raise CaeError(
            f"{study.path.name} has latents already, which these would replace; write a file with "
            "--out FILE.npz, and build another study of the same images with --latents FILE.npz."
        )
    _write(study, network, file, progress)
    bring_latents(study, Brought(file, UNIT))


def _lite0_features(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    # Slow to import.
    from cae.training.teacher import pooled_features

    return pooled_features(images, rows, _SIDE)


def _patch_features(model: "LocalModel", images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    parts = [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]
    return np.concatenate([model.patches(np.asarray(images[part])) for part in parts])


def _foundation_features(
    network: "FoundationModel", images: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    import torch

    from cae.model import to_tensor

    parts = [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]
    with torch.inference_mode():
        return np.concatenate([network(to_tensor(images[part])).numpy() for part in parts])


def _complete(study: Study, network: Network, part: Path, progress: Progress) -> None:
    """Fill the file of vectors from where it was left."""
    total, note = len(study), part.with_suffix(".json")
    of = {"images": study.pixels_digest, "network": network.version}
    done = _done(note, of) if part.exists() else 0
    part.parent.mkdir(exist_ok=True)
    if not done:
        # It would vouch for vectors that the file, begun anew, does not hold.
        note.unlink(missing_ok=True)
    mode: Any = "r+" if done else "w+"
    shape = (total, network.numbers)
    found = np.lib.format.open_memmap(part, mode, None if done else np.float32, shape)
    if found.shape != shape:
        raise DamagedFileError(
            part,
            f"it holds {found.shape} instead of {shape} numbers",
            "remove it and run the same again",
        )
    parts = parts_of(total, _CHUNK, done)
    described = vectors(
        lambda start, stop: network.features(study.images, np.arange(start, stop)),
        {"study": str(study.path), "network": network.asked},
        parts,
        network.numbers,
    )
    for (start, stop), some in zip(parts, described, strict=True):
        found[start:stop] = some
        found.flush()
        write_json(note, {**of, "done": stop})
        progress(stop, total, "images")


def _done(note: Path, of: dict[str, Any]) -> int:
    """Return how many vectors of the very images are there already."""
    try:
        found = read_json(note)
    except CaeError:
        return 0
    if not fits(found, Part) or any(found[key] != value for key, value in of.items()):
        return 0
    done: int = found["done"]
    return done


def _pack(ids: np.ndarray, vectors: np.ndarray, out: Path) -> None:
    """Write an npz file without holding all vectors in memory."""
    with atomic_path(out) as temporary, zipfile.ZipFile(temporary, "w") as packed:
        for name, array in (("ids", ids.astype(np.str_)), ("embeddings", vectors)):
            with packed.open(f"{name}.npy", "w", force_zip64=True) as file:
                for piece in itertools.chain([_header(array)], _pieces(array)):
                    file.write(piece)


def _write_parquet(ids: np.ndarray, vectors: np.ndarray, out: Path) -> None:
    """Write a Parquet file, a row group at a time."""
    numbers = vectors.shape[1]
    schema = pa.schema({"id": pa.string(), "embeddings": pa.list_(pa.float32(), numbers)})
    with atomic_path(out) as temporary, pq.ParquetWriter(temporary, schema) as file:
        for start in range(0, len(ids), _GROUP_ROWS):
            rows = slice(start, start + _GROUP_ROWS)
            flat = pa.array(np.ascontiguousarray(vectors[rows]).ravel(), pa.float32())
            lists = pa.FixedSizeListArray.from_arrays(flat, numbers)
            file.write_table(pa.table([pa.array(ids[rows], pa.string()), lists], schema))


def _header(array: np.ndarray) -> bytes:
    text = io.BytesIO()
    head: dict[str, Any] = np.lib.format.header_data_from_array_1_0(array)
    np.lib.format.write_array_header_2_0(text, {**head, "fortran_order": False})
    return text.getvalue()


def _pieces(array: np.ndarray) -> Iterator[bytes]:
    for start in range(0, len(array), _CHUNK):
        yield np.ascontiguousarray(array[start : start + _CHUNK]).tobytes()
