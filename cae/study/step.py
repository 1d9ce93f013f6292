"""The list of steps: the arrows from images to a map, and from images to regions.

Commands, jobs, `cae verify` and the pages are made from this list. A new step is an entry here and
the function that runs it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cae.plugins import load


@dataclass(frozen=True)
class Step:
    """One arrow of a study.

    Attributes:
        name: what study.json, the shell and jobs call it.
        title: what the screen calls it.
        sentence: what it does, for people.
        needs: the steps whose results it reads.
        runner: the function that runs it, as ``module:function``; it takes a study, keyword
            arguments, and ``progress``.
        files: what it writes, relative to the study; the first is what others read.
        command: the shell command that runs it anew, ``{path}`` being the study's folder; empty
            where it cannot be run anew.
    """

    name: str
    title: str
    sentence: str
    needs: tuple[str, ...]
    runner: str
    files: tuple[str, ...]
    command: str = ""

    @property
    def run(self) -> Callable[..., Any]:
        """The function that runs it; importing it may take a moment."""
        return load(self.runner)

    def redo(self, path: Path) -> str:
        """Return the command that runs this step anew on the study at `path`."""
        return (self.command or f"cae {self.name} {{path}}").format(path=path)


_MODEL = ("model.safetensors", "model.json", "history.jsonl")

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "import",
            "Import images",
            "Read the images of a source into a new study.",
            (),
            "cae.study.steps:import_images",
            ("images.npy", "samples.parquet", "problems.parquet"),
            "cae build SOURCE --out DIR",
        ),
        Step(
            "train",
            "Train",
            "Train a model on the study's images; a training that was cut off goes on.",
            ("import",),
            "cae.study.steps:train",
            tuple(f"model/{name}" for name in _MODEL),
        ),
        Step(
            "encode",
            "Encode",
            "Turn every image into its latent.",
            ("import", "train"),
            "cae.study.steps:encode",
            ("latents.npy",),
        ),
        Step(
            "project",
            "Draw the map",
            "Draw the map of the latents with UMAP.",
            ("encode",),
            "cae.study.steps:project",
            ("projection.npy",),
        ),
        Step(
            "cluster",
            "Find clusters",
            "Group the images: HDBSCAN on the map, k-means on the latents, or prototypes.",
            ("encode", "project"),
            "cae.study.steps:cluster",
            ("clusters.parquet",),
        ),
        Step(
            "local",
            "Train on pixels",
            "Train a model of pixels on the study's images, beside its map.",
            ("import",),
            "cae.study.steps:train",
            tuple(f"local/{name}" for name in _MODEL),
            "cae train {path} --method local",
        ),
        Step(
            "areas",
            "Measure regions",
            "Measure which share of every image each region covers.",
            ("import", "local"),
            "cae.study.steps:measure_areas",
            ("local/areas.parquet",),
        ),
    )
}
# The way to a map, and what stands beside it where a study has a model of pixels.
MAP_STEPS = ("import", "train", "encode", "project", "cluster")
LOCAL_STEPS = ("local", "areas")
# A result that can only be read with the very model that it was made by.
READ_WITH = {"encode": "train", "areas": "local"}
