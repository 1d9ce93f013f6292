"""The list of steps: the arrows from images to a map, and from images to regions.

Commands, jobs, `cae verify` and the pages are made from this list. A new step is an entry here and
the function that runs it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from cae.plugins import load
from cae.settings import Settings, setting
from cae.sharp.settings import SharpSettings


@dataclass(frozen=True)
class Step:
    """One arrow of a study.

    Attributes:
        name: what study.json, the shell and jobs call it.
        title: what the screen calls it.
        sentence: what it does, for people.
        result: what it makes, as people call it.
        needs: the steps whose results it reads.
        runner: the function that runs it, as ``module:function``; it takes a study, keyword
            arguments, and ``progress``.
        files: what it writes, relative to the study; the first is what others read.
        settings: what it can be run with; None for nothing.
        command: the shell command that runs it anew, ``{path}`` being the study's folder; empty
            where it cannot be run anew.
    """

    name: str
    title: str
    sentence: str
    result: str
    needs: tuple[str, ...]
    runner: str
    files: tuple[str, ...]
    settings: type[Settings] | None = None
    command: str = ""

    @property
    def run(self) -> Callable[..., Any]:
        """The function that runs it; importing it may take a moment."""
        run: Callable[..., Any] = load(self.runner)
        return run

    def redo(self, path: Path) -> str:
        """Return the command that runs this step anew on the study at `path`."""
        return (self.command or f"cae {self.name} {{path}}").format(path=path)


@dataclass(frozen=True)
class ProjectSettings(Settings):
    """How to draw a map with UMAP.

    Attributes:
        n_neighbors: images whose closeness is kept.
        min_dist: the least distance of points on the map.
        metric: distance of latents.
    """

    owner: ClassVar[str] = "the step 'project'"

    n_neighbors: int = setting(
        30,
        "n_neighbors",
        "Neighbours whose closeness is kept: few show detail, many the whole.",
        low=2,
        high=1000,
        usual=True,
    )
    min_dist: float = setting(
        0.1,
        "min_dist",
        "Least distance on the map: 0 packs alike images tightly.",
        low=0,
        high=1,
        usual=True,
    )
    metric: str = setting("cosine", "metric", "Distance of latents, such as cosine or euclidean.")


@dataclass(frozen=True)
class ClusterSettings(Settings):
    """How to group images.

    Attributes:
        k: clusters of k-means on the latents; 0 for HDBSCAN on the map.
        min_cluster_size: images in the smallest HDBSCAN cluster; 0 chooses it by their number.
        prototypes: whether to take the nearest prototype of a model that has some.
    """

    owner: ClassVar[str] = "the step 'cluster'"

    k: int = setting(0, "k", "Use k-means on the latents with K clusters.", low=0, usual=True)
    min_cluster_size: int = setting(
        0, "min_cluster_size", "Images in the smallest HDBSCAN cluster.", low=0
    )
    prototypes: bool = setting(False, "Prototypes", "Use the prototypes that the model learned.")


_MODEL = ("model.safetensors", "model.json", "history.jsonl")

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "import",
            "Import images",
            "Read the images of a source into a new study.",
            "images and table",
            (),
            "cae.study.steps:import_images",
            ("images.npy", "samples.parquet", "problems.parquet"),
            command="cae build SOURCE --out DIR",
        ),
        Step(
            "train",
            "Train",
            "Train a model on the study's images; a training that was cut off goes on.",
            "model",
            ("import",),
            "cae.study.steps:train",
            tuple(f"model/{name}" for name in _MODEL),
        ),
        Step(
            "encode",
            "Encode",
            "Turn every image into its latent.",
            "latents",
            ("import", "train"),
            "cae.study.steps:encode",
            ("latents.npy",),
        ),
        Step(
            "project",
            "Draw the map",
            "Draw the map of the latents with UMAP.",
            "map",
            ("encode",),
            "cae.study.steps:project",
            ("projection.npy",),
            ProjectSettings,
        ),
        Step(
            "cluster",
            "Find clusters",
            "Group the images: HDBSCAN on the map, k-means on the latents, or prototypes.",
            "clusters",
            ("encode", "project"),
            "cae.study.steps:cluster",
            ("clusters.parquet",),
            ClusterSettings,
        ),
        Step(
            "sharpen",
            "Train the sharp decoder",
            "Train what turns mean decodes into likely images; a training that was cut off goes "
            "on with the settings it began with.",
            "sharp decoder",
            ("import", "encode"),
            "cae.study.steps:sharpen",
            tuple(f"sharp/{name}" for name in _MODEL),
            SharpSettings,
        ),
        Step(
            "decoder",
            "Train a decoder",
            "Train what turns latents that came from elsewhere into images.",
            "decoder",
            ("import", "encode"),
            "cae.study.steps:train",
            tuple(f"decoder/{name}" for name in _MODEL),
            command="cae train {path} --method decoder",
        ),
        Step(
            "local",
            "Train on pixels",
            "Train a model of pixels on the study's images, beside its map.",
            "local model",
            ("import",),
            "cae.study.steps:train",
            tuple(f"local/{name}" for name in _MODEL),
            command="cae train {path} --method local",
        ),
        Step(
            "areas",
            "Measure regions",
            "Measure which share of every image each region covers.",
            "areas of regions",
            ("import", "local"),
            "cae.study.steps:measure_areas",
            ("local/areas.parquet",),
        ),
    )
}
# The way to a map, and what stands beside it where a study has a model of pixels.
MAP_STEPS = ("import", "train", "encode", "project", "cluster")
# The same where latents came from elsewhere, and what then turns them into images.
BROUGHT_STEPS = ("import", "encode", "project", "cluster")
DECODER_STEPS = ("decoder",)
LOCAL_STEPS = ("local", "areas")
# A result that can only be read with the very model that it was made by.
READ_WITH = {"encode": "train", "areas": "local"}
