"""The arrows of the data's way: source, image set, model, latents, map and clusters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cae.errors import CaeError
from cae.progress import Progress, silent
from cae.storage import remove_scratch, write_array, write_array_in_chunks, write_table
from cae.study.locks import making
from cae.study.step import MAP_STEPS, STEPS
from cae.study.study import MANIFEST, Study

if TYPE_CHECKING:
    from cae.local.settings import LocalSettings
    from cae.methods.settings import TrainingSettings
    from cae.sources import Source

ENCODE_CHUNK = 2048
_LOCAL_CHUNK = 256
N_NEIGHBORS = 30
MIN_DIST = 0.1
METRIC = "cosine"
_PROJECTION = ("n_neighbors", "min_dist", "metric")
_CLUSTERING = ("k", "min_cluster_size")

StepStart = Callable[[str], None]


def unheard(step: str) -> None:
    """Ignore which step starts; the default of `build` and `complete`."""


def import_images(
    source: "Source",
    path: Path,
    seed: int = 0,
    limit: int | None = None,
    name: str | None = None,
    progress: Progress = silent,
) -> Study:
    """Load the images of `source` into a new study at `path`.

    Args:
        source: where the images come from.
        path: a folder that does not exist yet or is empty.
        seed: the study's seed; it also draws the images that `limit` keeps.
        limit: the largest number of images to take, None for all.
        name: what the study is called; the source's own name when None.
        progress: told of every image read.

    Raises:
        CaeError: `path` is taken, or the source cannot be read. Nothing is left behind.
    """
    path = Path(path).expanduser().resolve()
    if (path / MANIFEST).exists():
        raise CaeError(f"{path} holds a study already; choose another folder.")
    imageset = source.load(progress)
    if limit is not None:
        imageset = imageset.limit(limit, seed)
    if name:
        imageset = replace(imageset, name=name)
    return Study.create(path, imageset, source.spec, seed=seed, limit=limit)


def train(study: Study, settings: "TrainingSettings", progress: Progress = silent) -> None:
    """Train a model on the study's images into ``model/``.

    A training with the same settings that was cut off goes on from its last checkpoint.

    Raises:
        CaeError: the settings are unknown or do not fit the images, or another process works on
            the study.
    """
    from cae.training.loop import fit

    require_known_names(settings)
    with study.working(), study.step("train", settings.to_dict()) as files:
        rows = study.rows("train"), study.rows("val")
        folder = files.folder / "model"
        fit(study.images, *rows, settings, folder, progress, _known_groups(study, settings))
        for name in STEPS["train"].files:
            files.add(name)


def _known_groups(study: Study, settings: "TrainingSettings") -> np.ndarray | None:
    """Return the classes that the method learns from, None where it finds its own."""
    from cae.training.clinical_labels import clinical_labels

    if settings.method != "clinical":
        return None
    return clinical_labels(study.samples, settings.clinical, study.rows("train"))


def encode(study: Study, progress: Progress = silent) -> None:
    """Encode every image into ``latents.npy``, float32 (N, d), without holding all in memory."""
    with study.working(), study.step("encode", {}) as files:
        model, images = study.newest_model, study.images

        def chunks() -> Iterator[np.ndarray]:
            for start in range(0, len(images), ENCODE_CHUNK):
                stop = min(start + ENCODE_CHUNK, len(images))
                yield model.encode(np.asarray(images[start:stop]))
                progress(stop, len(images))

        shape = (len(images), model.latent_size)
        write_array_in_chunks(files.add("latents.npy"), chunks(), shape, np.float32)


def project(
    study: Study,
    n_neighbors: int = N_NEIGHBORS,
    min_dist: float = MIN_DIST,
    metric: str = METRIC,
    progress: Progress = silent,
) -> None:
    """Draw the map, ``projection.npy``, by UMAP of the latents with the study's seed."""
    from cae.latent.project import project as umap_projection

    parameters = {"n_neighbors": n_neighbors, "min_dist": min_dist, "metric": metric}
    with study.working(), study.step("project", {"seed": study.seed, **parameters}) as files:
        points = umap_projection(
            np.asarray(study.latents), seed=study.seed, progress=progress, **parameters
        )
        write_array(files.add("projection.npy"), points)


def cluster(
    study: Study,
    k: int | None = None,
    min_cluster_size: int | None = None,
    progress: Progress = silent,
) -> None:
    """Group the images into ``clusters.parquet``.

    Args:
        study: its projection is grouped by HDBSCAN, or its latents by k-means when `k` is given.
        k: number of k-means clusters.
        min_cluster_size: images in the smallest HDBSCAN cluster; chosen by their number if None.
        progress: told of start and end.

    Raises:
        CaeError: `k` is below 2 or above the number of images.
    """
    from cae.latent.cluster import hdbscan_clusters, kmeans_clusters

    if k is not None and not 2 <= k <= len(study):
        raise CaeError(f"{k} clusters cannot be made of {len(study)} images; choose 2 or more.")
    parameters = {"method": "hdbscan" if k is None else "kmeans", "k": k}
    parameters["min_cluster_size"] = min_cluster_size
    with study.working(), study.step("cluster", parameters) as files:
        progress(0, 1)
        if k is None:
            clusters = hdbscan_clusters(np.asarray(study.projection), min_cluster_size)
        else:
            clusters = kmeans_clusters(np.asarray(study.latents), k, study.seed)
        write_table(files.add("clusters.parquet"), clusters)
        progress(1, 1)


def cluster_by_prototypes(study: Study, progress: Progress = silent) -> None:
    """Group the images by the nearest prototype of the model into ``clusters.parquet``.

    Raises:
        CaeError: the model was not trained with prototypes.
    """
    from cae.latent.cluster import centre_clusters

    prototypes = study.newest_model.prototypes
    if len(prototypes) == 0:
        raise CaeError(
            f"The model of {study.path} has no prototypes; train with the method 'prototypes' "
            "or group by HDBSCAN or k-means."
        )
    with study.working(), study.step("cluster", {"method": "prototypes"}) as files:
        clusters = centre_clusters(np.asarray(study.latents), prototypes)
        write_table(files.add("clusters.parquet"), clusters)
        progress(1, 1)


def train_local(study: Study, settings: "LocalSettings", progress: Progress = silent) -> None:
    """Train a local model on the study's images into ``local/``, beside its model if it has one.

    A training with the same settings that was cut off goes on from its last checkpoint.

    Raises:
        CaeError: the settings are unknown or do not fit the images, or another process works on
            the study.
    """
    from cae.local.model import LocalModel
    from cae.study.shapes import load_shapes
    from cae.training.loop import fit

    shapes = load_shapes(study, settings.shape) if settings.shape else None
    with study.working(), study.step("local", settings.to_dict()) as files:
        fit(
            study.images,
            study.rows("train"),
            study.rows("val"),
            settings,
            files.folder / "local",
            progress,
            untrained=partial(LocalModel.for_images, shapes=shapes),
        )
        for name in STEPS["local"].files:
            files.add(name)


def measure_areas(study: Study, progress: Progress = silent) -> None:
    """Write which share of every image each region covers into ``local/areas.parquet``."""
    from cae.local.regions import areas_table, region_areas

    with study.working(), study.step("areas", {}) as files:
        model, images = study.newest_local_model, study.images
        areas = np.empty((len(images), model.network.regions), np.float32)
        for start in range(0, len(images), _LOCAL_CHUNK):
            stop = min(start + _LOCAL_CHUNK, len(images))
            found = model.pixels(np.asarray(images[start:stop]))
            areas[start:stop] = region_areas(found.labels, areas.shape[1])
            progress(stop, len(images), "images")
        write_table(files.add("local/areas.parquet"), areas_table(areas))


def complete_local(
    study: Study,
    settings: "LocalSettings | None" = None,
    progress: Progress = silent,
    on_step: StepStart = unheard,
) -> None:
    """Run the steps of the local model that are not current, or whose settings have changed.

    Args:
        study: an imported study.
        settings: how to train; when None, as the last such training of this study, finished or
            cut off, else by `default_local_settings`.
        progress: told how far the present step is.
        on_step: called with a step's name when it starts.
    """
    settings = settings or last_local_settings(study) or default_local_settings(study)
    with study.working():
        remove_scratch(study.path)
        if not study.is_current("local") or last_local_settings(study) != settings:
            on_step("local")
            train_local(study, settings, progress)
        if not study.is_current("areas"):
            on_step("areas")
            measure_areas(study, progress)


def default_local_settings(study: Study, **changes: Any) -> "LocalSettings":
    """Return the settings of a local model with the study's seed and `changes` made to them."""
    from cae.local.settings import LocalSettings

    return LocalSettings.from_dict({"seed": study.seed, **changes})


def last_local_settings(study: Study) -> "LocalSettings | None":
    """Return the settings of the last training of a local model; None without any."""
    from cae.local.settings import LocalSettings

    parameters = study.last_parameters("local")
    return LocalSettings.from_dict(parameters) if parameters else None


def build(
    source: "Source",
    path: Path,
    settings: "TrainingSettings | None" = None,
    limit: int | None = None,
    seed: int | None = None,
    name: str | None = None,
    progress: Progress = silent,
    on_step: StepStart = unheard,
) -> Study:
    """Run every step from `source` to clusters, or go on with a build that was cut off.

    Args:
        source: where the images come from.
        path: the study's folder; a study of the same source is continued.
        settings: how to train, see `complete`.
        limit: the largest number of images to take, None for all.
        seed: seed of a new study, 0 when None.
        name: name of a new study; the source's own when None.
        progress: told how far the present step is.
        on_step: called with a step's name when it starts; steps that are current are skipped.

    Raises:
        CaeError: `path` holds a study of another source or limit, or a step fails.
    """
    study = import_or_open(source, path, limit, seed, name, progress, on_step)
    complete(study, settings, progress, on_step)
    return study


def import_or_open(
    source: "Source",
    path: Path,
    limit: int | None = None,
    seed: int | None = None,
    name: str | None = None,
    progress: Progress = silent,
    on_step: StepStart = unheard,
    patience: float = 0.0,
) -> Study:
    """Return the study at `path`, importing it from `source` unless that is done already.

    Somebody else who makes a study there is waited for as many seconds as `patience` says.

    Raises:
        CaeError: `path` holds a study of another source or limit, is being made by another
            process, or cannot be imported.
    """
    path = Path(path).expanduser().resolve()
    if not (path / MANIFEST).exists():
        with making(path, patience):
            if not (path / MANIFEST).exists():
                remove_scratch(path)
                on_step("import")
                return import_images(source, path, seed or 0, limit, name, progress)
    study = Study.open(path)
    _require_same_images(study, source.spec, limit)
    return study


def complete(
    study: Study,
    settings: "TrainingSettings | None" = None,
    progress: Progress = silent,
    on_step: StepStart = unheard,
) -> None:
    """Run the steps of `study` that are not current, or whose settings have changed.

    Args:
        study: an imported study.
        settings: how to train; when None, as the last training of this study, finished or cut
            off, else by `default_settings`.
        progress: told how far the present step is.
        on_step: called with a step's name when it starts.
    """
    settings = settings or last_settings(study) or default_settings(study)
    with study.working():
        remove_scratch(study.path)
        if not is_trained_with(study, settings):
            on_step("train")
            train(study, settings, progress)
        if not study.is_current("encode"):
            on_step("encode")
            encode(study, progress)
        if not study.is_current("project"):
            on_step("project")
            project(study, **_last(study, "project", _PROJECTION), progress=progress)
        if not study.is_current("cluster"):
            on_step("cluster")
            _cluster_again(study, progress)


def default_settings(study: Study, **changes: Any) -> "TrainingSettings":
    """Return the settings that suit the study's kind of image, with `changes` made to them."""
    from cae.methods.settings import TrainingSettings

    return TrainingSettings.from_dict(
        {"preset": study.manifest["kind"], "seed": study.seed, **changes}
    )


def last_settings(study: Study) -> "TrainingSettings | None":
    """Return the settings of the study's last training, even one cut off; None without any."""
    from cae.methods.settings import TrainingSettings

    parameters = study.last_parameters("train")
    return TrainingSettings.from_dict(parameters) if parameters else None


def require_known_names(settings: "TrainingSettings") -> None:
    """Raise `CaeError` when there is no such method, architecture or augmentation."""
    from cae.augment.augmentation import PRESETS
    from cae.methods import METHODS
    from cae.networks import ARCHITECTURES

    wanted = {
        "method": (settings.method, METHODS),
        "architecture": (settings.architecture, ARCHITECTURES),
        "preset": (settings.preset, PRESETS),
    }
    for what, (name, known) in wanted.items():
        if name not in known:
            raise CaeError(f"There is no {what} {name!r}; choose one of {', '.join(known)}.")


def require_known_views(changes: dict[str, Any]) -> None:
    """Raise `CaeError` when a local model cannot be trained with `changes` of its settings."""
    from cae.augment.aligned_views import aligned_views
    from cae.local.settings import LocalSettings

    aligned_views(LocalSettings.from_dict(changes).preset)


def is_trained_with(study: Study, settings: "TrainingSettings") -> bool:
    """Whether the study's model is current and was trained with exactly these settings.

    A setting that the program did not have yet counts as its default.
    """
    return study.is_current("train") and last_settings(study) == settings


def pending(study: Study) -> list[str]:
    """Return the steps that are not current, in their order."""
    return [step for step in MAP_STEPS if not study.is_current(step)]


def _require_same_images(study: Study, spec: str, limit: int | None) -> None:
    imported = study.parameters("import")
    if imported.get("source") != spec:
        raise CaeError(
            f"{study.path} holds a study of {imported.get('source')!r}, not of {spec!r}; "
            "choose another folder."
        )
    if limit is not None and imported.get("limit") != limit:
        had = "all images" if imported.get("limit") is None else f"--limit {imported['limit']}"
        raise CaeError(f"{study.path} was imported with {had}; choose another folder.")


def _last(study: Study, step: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return those parameters of `names` that `step` last ran with."""
    parameters = study.parameters(step)
    return {name: parameters[name] for name in names if name in parameters}


def _cluster_again(study: Study, progress: Progress) -> None:
    """Group the images as they were last grouped, if the model still can."""
    by_prototypes = study.parameters("cluster").get("method") == "prototypes"
    if by_prototypes and len(study.model.prototypes):
        cluster_by_prototypes(study, progress)
    else:
        cluster(study, **_last(study, "cluster", _CLUSTERING), progress=progress)
