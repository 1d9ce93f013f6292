"""Other pictures of a study's images than its map.

Principal components and UMAP with other settings show the same latents; the map of another study
of the same images, in a folder beside this one, shows what another model makes of them. Maps by
UMAP take a while and are kept in the study, two files each: ``maps/NAME.npy`` and
``maps/NAME.json``, which says of which latents. They are left out once the latents have changed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from cae.documents import read_document
from cae.errors import CaeError, DamagedFileError
from cae.latent.principal import principal_projection
from cae.progress import Progress, silent
from cae.storage import read_array, write_array, write_json
from cae.study.layout import umap_layout
from cae.study.manifest import MANIFEST
from cae.study.schemas import KeptMap
from cae.study.study import Study

FOLDER = "maps"
_NAME = re.compile(r"umap-(\d{1,4})-(\d(?:\.\d{1,3})?)(-3d)?")


@dataclass(frozen=True)
class Projection:
    """A way to lay out latents.

    Attributes:
        dimensions: 2 or 3.
        n_neighbors: of UMAP, 2 to 1000; None for principal components and for the study's map.
        min_dist: of UMAP, 0 to 1; None likewise.
        is_map: whether it is the map of a study.
        study: the name of the folder of another study whose map it is; empty for this study.
        method: what the model of that other study was trained with.
        version: the digest of that other study's map.
    """

    dimensions: int = 2
    n_neighbors: int | None = None
    min_dist: float | None = None
    is_map: bool = False
    study: str = ""
    method: str = ""
    version: str = ""

    @property
    def name(self) -> str:
        """What it is called in files and addresses, such as ``umap-15-0.5-3d``."""
        if self.is_map:
            return f"map-of-{self.study}" if self.study else "map"
        space = "-3d" if self.dimensions == 3 else ""
        return f"pca{space}" if self.n_neighbors is None else f"{self._umap}{space}"

    @property
    def title(self) -> str:
        """What it is called on screen."""
        if self.is_map and self.study:
            return f"The map of {self.study} ({self.method})"
        if self.is_map:
            return "The study's map (UMAP)"
        space = " in 3-D" if self.dimensions == 3 else ""
        if self.n_neighbors is None:
            return f"Principal components{space}"
        return f"UMAP{space}: n_neighbors {self.n_neighbors}, min_dist {self.min_dist:g}"

    @property
    def _umap(self) -> str:
        return f"umap-{self.n_neighbors}-{self.min_dist:g}"


MAP = Projection(is_map=True)
AT_ONCE = (MAP, Projection(2), Projection(3))


def umap_projection(n_neighbors: int, min_dist: float, dimensions: int = 2) -> Projection:
    """Return the projection by UMAP with these settings, `min_dist` to three decimals.

    Raises:
        CaeError: they are out of range.
    """
    if not 2 <= n_neighbors <= 1000:
        raise CaeError(f"UMAP with n_neighbors {n_neighbors} is not possible; use 2 to 1000.")
    if not 0 <= min_dist <= 1:
        raise CaeError(f"UMAP with min_dist {min_dist:g} is not possible; use 0 to 1.")
    if dimensions not in (2, 3):
        raise CaeError(f"A map has 2 or 3 dimensions, not {dimensions}.")
    return Projection(dimensions, n_neighbors, round(float(min_dist), 3))


def list_projections(study: Study) -> list[Projection]:
    """Return what can be shown without waiting.

    These are the map, principal components, kept maps, and the maps of other studies of the same
    images.
    """
    kept = []
    for path in (study.path / FOLDER).glob("*.json"):
        found = _NAME.fullmatch(path.stem)
        if found and _made_from(study, path.stem):
            dimensions = 3 if found[3] else 2
            kept.append(Projection(dimensions, int(found[1]), float(found[2])))
    order = sorted(kept, key=lambda p: (p.dimensions, p.n_neighbors, p.min_dist))
    return [*AT_ONCE, *order, *_of_other_studies(study)]


def positions(study: Study, projection: Projection) -> np.ndarray:
    """Return where a projection of `list_projections` puts the images: float32 (N, 2 or 3).

    Raises:
        CaeError: it was never drawn or is damaged.
    """
    if projection.study:
        return positions(Study.open(study.path.parent / projection.study), MAP)
    if projection.is_map:
        return np.asarray(study.projection, dtype=np.float32)
    if projection.n_neighbors is None:
        return principal_projection(study.latents, projection.dimensions)
    path = study.path / FOLDER / f"{projection.name}.npy"
    found = np.asarray(read_array(path))
    expected = (len(study.latents), projection.dimensions)
    if found.shape != expected or found.dtype != np.float32 or not np.isfinite(found).all():
        raise DamagedFileError(
            path,
            f"it holds {found.shape} {found.dtype} instead of {expected} finite float32",
            "draw this map anew",
        )
    return found


def keep_projection(study: Study, projection: Projection, progress: Progress = silent) -> None:
    """Draw a projection by UMAP with the study's seed and keep it.

    A map in space is centred, since it turns about the origin. Maps of former latents are removed.

    Raises:
        CaeError: the projection is not by UMAP, the study has no latents, or another process works
            on it.
    """
    if projection.n_neighbors is None or projection.min_dist is None:
        raise CaeError(f"{projection.title} is not drawn by UMAP; see `umap_projection`.")
    with study.working():
        made_from = study.digest("encode")
        found = umap_layout(
            study,
            projection.n_neighbors,
            projection.min_dist,
            progress=progress,
            dimensions=projection.dimensions,
        )
        if projection.dimensions == 3 and len(found):
            found = found - found.mean(axis=0)
        folder = study.path / FOLDER
        for path in folder.glob("*.json"):
            if not _made_from(study, path.stem):
                path.with_suffix(".npy").unlink(missing_ok=True)
                path.unlink()
        (folder / f"{projection.name}.json").unlink(missing_ok=True)
        write_array(folder / f"{projection.name}.npy", found.astype(np.float32))
        write_json(folder / f"{projection.name}.json", {"latents": made_from})


def _of_other_studies(study: Study) -> list[Projection]:
    """Return the maps of studies of the same images in folders beside this one."""
    others = [
        _map_of(manifest.parent, manifest.stat().st_mtime_ns)
        for manifest in sorted(study.path.parent.glob(f"*/{MANIFEST}"))
        if manifest.parent != study.path
    ]
    return [found for found, pixels in filter(None, others) if pixels == study.pixels_digest]


@lru_cache(maxsize=512)
def _map_of(path: Path, changed: int) -> tuple[Projection, str] | None:
    """Return a study's map and the digest of its pixels; None where it has none.

    A study is read again when `changed`, the time of its study.json, is another.
    """
    try:
        study = Study.open(path)
    except CaeError:
        return None  # a damaged study says so itself when it is opened
    if not study.is_done("project"):
        return None
    version = study.digest("project")
    projection = Projection(
        is_map=True, study=path.name, method=study.method or "", version=version
    )
    return projection, study.pixels_digest


def _made_from(study: Study, name: str) -> bool:
    """Whether a kept map was made from the present latents."""
    try:
        found = read_document(study.path / FOLDER / f"{name}.json", KeptMap)
    except CaeError:
        return False
    return bool(found["latents"] == study.digest("encode"))
