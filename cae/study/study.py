"""An image set and everything computed from it, as they lie in one folder."""

import uuid
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.cohorts.cohort import Cohort
from cae.cohorts.place import place_of
from cae.cohorts.store import CohortStore
from cae.columns.corrected_label import name_aside
from cae.errors import CaeError
from cae.imageset import ImageSet, Origin
from cae.latent.scaling import UNIT
from cae.latent.space import LatentSpace
from cae.latent.support import Support
from cae.storage import atomic_path, write_array, write_json, write_table
from cae.study.cluster_names import cluster_names
from cae.study.contents import (
    count_rows,
    read_areas,
    read_clusters,
    read_images,
    read_latents,
    read_masks,
    read_originals,
    read_problems,
    read_projection,
    read_samples,
)
from cae.study.folder import StudyFolder
from cae.study.label_corrections import with_corrections
from cae.study.manifest import FORMAT_VERSION, MANIFEST
from cae.timestamp import now_utc

if TYPE_CHECKING:
    from cae.local.model import LocalModel
    from cae.model import Model
    from cae.sharp.model import SharpModel


class Study(StudyFolder):
    """An image set, its model, latents, map, clusters and cohorts, in one folder.

    Row i is the same image in every file. Arrays are memory-mapped, tables read when first
    asked for. Use `Study.create` or `Study.open`; `StudyFolder` says how steps change it.
    """

    @classmethod
    def create(
        cls,
        path: Path,
        imageset: ImageSet,
        source: str,
        seed: int = 0,
        limit: int | None = None,
        choices: dict[str, str] | None = None,
    ) -> "Study":
        """Write `imageset` as a new study; nothing is left behind when that fails.

        `source`, `seed`, `limit` (the number of images asked for, None for all) and `choices`
        (what a person said about the source's table, by name) are noted.

        Raises:
            CaeError: `path` holds something already.

        Example:
            >>> from pathlib import Path
            >>> from tempfile import TemporaryDirectory
            >>> import numpy as np, pandas as pd
            >>> from cae.imageset import ImageSet
            >>> from cae.study.study import Study
            >>> columns = {"split": "train", "label": None, "patient": None}
            >>> table = pd.DataFrame({"id": ["a", "b", "c"], **columns})
            >>> images = np.zeros((3, 28, 28, 1), np.uint8)
            >>> with TemporaryDirectory() as folder:
            ...     scans = ImageSet(images, table, name="scans")
            ...     study = Study.create(Path(folder) / "scans", scans, source="npz:scans.npz")
            ...     study.images.shape, list(study.samples["id"]), study.is_done("train")
            ((3, 28, 28, 1), ['a', 'b', 'c'], False)
        """
        path = Path(path).expanduser().resolve()
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise CaeError(f"{path} already exists and is not empty; choose another folder.")
        with atomic_path(path) as temporary:
            temporary.mkdir()
            manifest = {
                "format": FORMAT_VERSION,
                "identity": uuid.uuid4().hex,
                "name": imageset.name,
                "kind": imageset.kind,
                "source": source,
                "credit": imageset.credit,
                "identifying": list(imageset.identifying),
                "mask_names": list(imageset.mask_names),
                "notes": list(imageset.notes),
                "choices": choices or {},
                "origins": {name: asdict(one) for name, one in imageset.origins.items()},
                "seed": seed,
                "created": now_utc(),
                "steps": {},
            }
            write_json(temporary / MANIFEST, manifest)
            study = cls(temporary, manifest)
            parameters = {"source": source, "images": len(imageset), "limit": limit}
            with study.step("import", parameters) as files:
                write_array(files.add("images.npy"), imageset.images)
                write_table(files.add("samples.parquet"), imageset.table)
                write_table(files.add("problems.parquet"), imageset.problems)
                if imageset.masks is not None:
                    write_array(files.add("masks.npy"), imageset.masks)
                if imageset.originals is not None:
                    write_table(files.add("originals.parquet"), imageset.originals)
        return cls.open(path)

    @property
    def method(self) -> str | None:
        """The method the model in use was trained with, None before training."""
        method: str | None = self.in_use(self.model_step).get("parameters", {}).get("method")
        return method

    @property
    def can_decode(self) -> bool:
        """Whether there is a model that turns this study's latents into images.

        A decoder of other latents than the present ones is none.
        """
        if self.brought:
            return self.is_done("decoder") and "encode" not in self.changed_since("decoder")
        return self.is_done("train")

    @property
    def can_encode(self) -> bool:
        """Whether there is a model that gives a new image its latent."""
        return not self.brought and self.is_done("train")

    @property
    def notes(self) -> tuple[str, ...]:
        """How the source was read where it left something open, and what was changed since.

        Sentences, in the order of what they are about.
        """
        changed = (sentence for note in self.revised for sentence in note["notes"])
        return (*self.manifest.get("notes", ()), *changed)

    @property
    def identifying(self) -> tuple[str, ...]:
        """Columns that may tell who a patient is."""
        return tuple(map(name_aside, self.manifest["identifying"]))

    @property
    def choices(self) -> dict[str, str]:
        """What a person said about the source's table, such as the column of labels, by name."""
        choices: dict[str, str] = self.manifest.get("choices", {})
        return choices

    @property
    def origins(self) -> dict[str, Origin]:
        """Where columns of `samples` came from that are not as the source had them, by name."""
        return {
            name_aside(name): Origin(tuple(one["columns"]), one["how"])
            for name, one in self.manifest.get("origins", {}).items()
        }

    def __len__(self) -> int:
        return len(self.images)

    @property
    def _count(self) -> int:
        """How many images the table of samples has, by which everything else is measured."""
        return count_rows(self.file("samples.parquet"))

    @cached_property
    def images(self) -> np.ndarray:
        """uint8, (N, H, W, C), memory-mapped."""
        return read_images(self.file("images.npy"), self._count)

    @cached_property
    def masks(self) -> np.ndarray | None:
        """uint8, (N, H, W, M), memory-mapped; None where the source brings none."""
        masks = self.file("masks.npy")
        names = len(self.manifest["mask_names"])
        return read_masks(masks, self.images, names) if masks.exists() else None

    @cached_property
    def originals(self) -> pd.DataFrame | None:
        """The file that each image came from, see `cae.sources.originals.original_table`.

        None where the source has no file per image, or a former version did not note them.
        """
        originals = self.file("originals.parquet")
        return read_originals(originals, self._count) if originals.exists() else None

    @cached_property
    def samples(self) -> pd.DataFrame:
        """The table, one row per image, index 0…N−1.

        A source's columns that are called as corrected labels are have other names, which imports
        give them since there are corrections.
        """
        return read_samples(self.file("samples.parquet")).rename(columns=name_aside)

    @cached_property
    def problems(self) -> pd.DataFrame:
        """Files and rows the source could not use (columns file, reason)."""
        return read_problems(self.file("problems.parquet"))

    @cached_property
    def latents(self) -> np.ndarray:
        """float32, (N, d), memory-mapped."""
        self.require("encode")
        return read_latents(self.file("latents.npy"), self._count)

    @cached_property
    def projection(self) -> np.ndarray:
        """float32, (N, 2): the map."""
        self.require("project")
        return read_projection(self.file("projection.npy"), self._count)

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """Columns cluster (int, −1 is unclustered), probability (0–1), outlier_score (0–1)."""
        self.require("cluster")
        return read_clusters(self.file("clusters.parquet"), self._count)

    @property
    def table(self) -> pd.DataFrame:
        """`samples` beside the columns of `clusters` and `areas`, where these were found."""
        table = self.samples
        for step, found in (("cluster", "clusters"), ("areas", "areas")):
            if self.is_done(step):
                columns = getattr(self, found)
                added = [column for column in columns if column not in table]
                table = pd.concat([table, columns[added]], axis=1)
        return table

    @property
    def full_table(self) -> pd.DataFrame:
        """`table` beside the labels as people corrected them, see `label_corrections`.

        Those are as they are now on disk.
        """
        return with_corrections(self.table, self.path)

    @cached_property
    def model(self) -> "Model":
        """The encoder and decoder of the latents; importing torch takes a moment the first time.

        Where the model was trained again since, this is still the one that `latents` are of. Of
        latents that came from elsewhere it is their decoder, and encodes nothing.

        Raises:
            CaeError: there is none yet, see `can_decode`.
        """
        from cae.model import Model

        if self.brought and not self.can_decode:
            raise CaeError(
                f"The latents of {self.path.name} came from elsewhere ({self.brought['file']}) and "
                f"have no decoder yet, so no image can be made of them; run: {self.redo('decoder')}"
            )
        self.require(self.model_step)
        return Model.load(self._folder_in_use(self.model_step))

    @cached_property
    def latent_space(self) -> LatentSpace:
        """The space that `latents` lie in, as the model that encoded them has it.

        Those from elsewhere lie on a sphere where each was given unit length, else in a flat space.
        """
        from cae.model import read_network

        self.require("encode")
        if self.brought:
            on_sphere = self.brought["scaling"] == UNIT
            return LatentSpace(self.latents.shape[1] if on_sphere else 0)
        return LatentSpace(read_network(self._folder_in_use("train")).semantic)

    @cached_property
    def support(self) -> Support:
        """Where in `latent_space` the images are."""
        return Support.of(self.latents, self.latent_space)

    @cached_property
    def newest_model(self) -> "Model":
        """The model that was trained last, which the next run of ``encode`` takes."""
        from cae.model import Model

        return Model.load(self.newest_folder("train"))

    @property
    def is_sharpened(self) -> bool:
        """Whether there is a sharp decoder for the latents in use."""
        return self.is_done("sharpen") and not self.changed_since("sharpen")

    @cached_property
    def sharp_model(self) -> "SharpModel":
        """What turns mean decodes of `model` into likely images.

        Raises:
            CaeError: there is none, or it was trained for former latents.
        """
        from cae.sharp.model import SharpModel

        self.require("sharpen")
        if not self.is_sharpened:
            self.require_current("sharpen")
        return SharpModel.load(self._folder_in_use("sharpen"))

    @cached_property
    def local_model(self) -> "LocalModel":
        """The model of pixels of `areas`; importing torch takes a moment the first time."""
        from cae.local.model import LocalModel

        self.require("local")
        return LocalModel.load(self._folder_in_use("local"))

    @cached_property
    def newest_local_model(self) -> "LocalModel":
        """The model of pixels that was trained last, which the next run of ``areas`` takes."""
        from cae.local.model import LocalModel

        return LocalModel.load(self.newest_folder("local"))

    @cached_property
    def areas(self) -> pd.DataFrame:
        """One column per region of the local model: the share of each image (0–1) it covers."""
        self.require("areas")
        return read_areas(self.file("local/areas.parquet"), self._count)

    @property
    def cluster_names(self) -> dict[int, str]:
        """The names that clusters were given, by number, see `cae.study.cluster_names`."""
        return cluster_names(self)

    @cached_property
    def cohorts(self) -> CohortStore:
        """The saved cohorts and remembered selections, see `cae.cohorts.place`."""
        return CohortStore(place_of(self.path, self.identity), lambda: self.full_table, self._holds)

    def _holds(self, cohort: Cohort) -> bool:
        if len(cohort.rows) and cohort.rows[-1] >= len(self):
            return False
        # A query is asked of the images that there are now, whichever it was saved on.
        digest = cohort.import_digest
        return cohort.is_live or not digest or self.is_continued("import", digest)

    def rows(self, split: str) -> np.ndarray:
        """Return the row numbers of one split (train, val or test), ascending."""
        return np.flatnonzero(self.samples["split"].to_numpy() == split)

    def learnt_rows(self, split: str) -> np.ndarray:
        """Return the rows of one split that the model in use learnt from, ascending.

        Images that were added since are none of them, whatever split they came to.
        """
        finished = self.in_use(self.model_step).get("finished", "")
        since = [one["first_row"] for one in self.appended if one["appended"] >= finished]
        rows = self.rows(split)
        return rows[rows < min(since, default=len(self))]

    def trained_elsewhere(self, step: str) -> bool:
        """Whether the last result of a step that trains was trained on other images."""
        return bool(pretrained_origin(self._entry(step)).get("other_images"))

    @property
    def foreign_model(self) -> str | None:
        """Name of the pretrained model that was taken, if it may have seen test images.

        None where the model was trained on this study's images and splits.
        """
        origin = pretrained_origin(self.in_use(self.model_step))
        return origin.get("name") if origin.get("other_images") else None


def pretrained_origin(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what study.json notes of the pretrained model that a step took over; empty if none.

    Args:
        entry: of the step; former versions called the model a checkpoint.
    """
    return entry.get("pretrained") or entry.get("checkpoint") or {}
