"""The arrows of the data's way: source, image set, model, latents, map and clusters."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.methods import DEFAULT
from cae.number_text import counted
from cae.plugins import load
from cae.progress import Progress, silent
from cae.seed import require_seed
from cae.settings import require_choices
from cae.storage import remove_scratch, write_array, write_array_in_chunks, write_table
from cae.study.elsewhere import parts_of, vectors
from cae.study.joint import announce
from cae.study.layout import umap_layout
from cae.study.locks import making
from cae.study.manifest import MANIFEST
from cae.study.step import STEPS, ClusterSettings, ProjectSettings
from cae.study.study import Study
from cae.uploads import noted_source, told_as_uploaded

if TYPE_CHECKING:
    from cae.local.model import LocalModel
    from cae.methods.method import Known
    from cae.methods.settings import TrainingSettings
    from cae.sources import Source

ENCODE_CHUNK = 2048
_LOCAL_CHUNK = 256
# The method of a training that was noted without one, by former versions.
_METHOD_OF = {"train": DEFAULT, "decoder": "decoder", "local": "local"}

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
        CaeError: `path` is taken, the seed is none, or the source cannot be read. Nothing is left
            behind.
    """
    from cae.sources import choices_of
    from cae.sources.splitting import lacking_notes

    require_seed(seed)
    path = Path(path).expanduser().resolve()
    if (path / MANIFEST).exists():
        raise CaeError(f"{path} holds a study already; choose another folder.")
    beside = next(parent for parent in path.parents if parent.is_dir())
    imageset = told_as_uploaded(source.load(progress, limit, seed, beside))
    notes = (*imageset.notes, *lacking_notes(imageset.table["split"]))
    imageset = replace(imageset, name=name or imageset.name, notes=notes)
    choices, noted = choices_of(source).given(), noted_source(source.spec)
    return Study.create(path, imageset, noted, seed=seed, limit=limit, choices=choices)


def train(study: Study, settings: "TrainingSettings", progress: Progress = silent) -> None:
    """Train a model on the study's images, in the step that its method begins with.

    A training with the same settings that was cut off goes on from its last checkpoint.

    Raises:
        CaeError: the settings are unknown or do not fit the images, or another process works on
            the study.
    """
    from cae.methods import method_named

    require_choices(settings)
    step = STEPS[method_named(settings.method).steps[0]]
    with study.working():
        training = training_of(study, settings)
        with study.step(step.name, settings.to_dict()) as files:
            folder = (files.folder / step.files[0]).parent
            announce(study.path, settings, folder)
            training(folder=folder, progress=progress)
            for name in step.files:
                files.add(name)


def training_of(study: Study, settings: "TrainingSettings") -> Callable[..., Any]:
    """Return `cae.training.loop.fit`, to which a folder is all that is left to say.

    Raises:
        CaeError: the settings do not fit the images.
    """
    from cae.methods import method_named
    from cae.sharp.model import SharpTraining
    from cae.sharp.settings import SharpSettings
    from cae.training.loop import fit

    on_images = partial(fit, study.images, study.rows("train"), study.rows("val"), settings)
    if isinstance(settings, SharpSettings):
        rows, latents = study.rows("train"), study.latents

        def untrained(images: np.ndarray, settings: SharpSettings) -> SharpTraining:
            places = np.linspace(0, len(rows) - 1, min(len(rows), ENCODE_CHUNK)).astype(int)
            return SharpTraining.untrained(images, latents, rows[places], study.model, settings)

        return partial(on_images, untrained=untrained, features=latents)
    known, method = known_of(study), method_named(settings.method)
    return partial(
        on_images,
        groups=method.groups(settings, known),
        untrained=partial(method.untrained, known=known),
        features=method.features(settings, known),
    )


def known_of(study: Study) -> "Known":
    """Return what is known of a study's images beside their pixels, for its methods.

    A column that has become label, patient or split can still be asked for by its former name, as
    a training did that is to be done again.
    """
    from cae.methods.method import Known

    samples = study.samples
    former = {
        origin.columns[0]: samples[role]
        for role, origin in study.origins.items()
        if len(origin.columns) == 1 and role in samples and origin.columns[0] not in samples
    }
    names = tuple(study.manifest["mask_names"])
    latents = study.latents if study.is_done("encode") else None
    return Known(samples.assign(**former), study.rows("train"), study.masks, names, latents)


def encode(study: Study, progress: Progress = silent) -> None:
    """Encode every image into ``latents.npy``, float32 (N, d), without holding all in memory."""
    needs = STEPS["encode"].needs
    with study.working(), study.step("encode", {}, needs) as files:
        model, images = study.newest_model, study.images
        parts = parts_of(len(images), ENCODE_CHUNK)
        described = vectors(
            lambda start, stop: model.encode(np.asarray(images[start:stop])),
            {"images": str(study.file("images.npy")), "model": str(study.newest_folder("train"))},
            parts,
            model.latent_size,
        )

        def chunks() -> Iterator[np.ndarray]:
            for (_, stop), latents in zip(parts, described, strict=True):
                yield latents
                progress(stop, len(images))

        shape = (len(images), model.latent_size)
        write_array_in_chunks(files.add("latents.npy"), chunks(), shape, np.float32)


def project(
    study: Study,
    n_neighbors: int = ProjectSettings.n_neighbors,
    min_dist: float = ProjectSettings.min_dist,
    metric: str = ProjectSettings.metric,
    progress: Progress = silent,
) -> None:
    """Draw the map, ``projection.npy``, see `umap_layout`."""
    parameters: dict[str, Any] = {
        "n_neighbors": n_neighbors,
        "min_dist": min_dist,
        "metric": metric,
    }
    with study.working(), study.step("project", {"seed": study.seed, **parameters}) as files:
        places = umap_layout(study, **parameters, progress=progress)
        write_array(files.add("projection.npy"), places)


def cluster(
    study: Study,
    k: int = ClusterSettings.k,
    min_cluster_size: int = ClusterSettings.min_cluster_size,
    prototypes: bool = ClusterSettings.prototypes,
    progress: Progress = silent,
) -> None:
    """Group the images into ``clusters.parquet``: by HDBSCAN, k-means or prototypes.

    Args:
        study: its projection is grouped by HDBSCAN, its latents by k-means or prototypes.
        k: number of k-means clusters; 0 for HDBSCAN.
        min_cluster_size: images in the smallest HDBSCAN cluster; chosen by their number if 0.
        prototypes: whether each image goes to the nearest prototype of the model.
        progress: told of start and end.

    Raises:
        CaeError: more than one way is asked for, `k` is 1 or above the number of images, or the
            model has no prototypes.
    """
    from cae.latent.cluster import centre_clusters, hdbscan_clusters, kmeans_clusters

    if sum(map(bool, (k, min_cluster_size, prototypes))) > 1:
        raise CaeError(
            "Images are grouped in one way; choose k (k-means), min_cluster_size (HDBSCAN) or "
            "prototypes."
        )
    if k and not 2 <= k <= len(study):
        wanted, there = counted(k, "cluster"), counted(len(study), "image")
        raise CaeError(f"{wanted} cannot be made of {there}; choose 2 or more.")
    has_some = prototypes and not study.brought
    centres = study.newest_model.prototypes if has_some else np.empty(0)
    if prototypes and len(centres) == 0:
        raise CaeError(
            f"The model of {study.path.name} has no prototypes; train with the method 'prototypes' "
            "or group by HDBSCAN or k-means."
        )
    settings = ClusterSettings(k, min_cluster_size, prototypes)
    method = "prototypes" if prototypes else "kmeans" if k else "hdbscan"
    with study.working(), study.step("cluster", {"method": method, **settings.to_dict()}) as files:
        progress(0, 1)
        if prototypes:
            clusters = centre_clusters(np.asarray(study.latents), centres)
        elif k:
            clusters = kmeans_clusters(np.asarray(study.latents), k, study.seed)
        else:
            clusters = hdbscan_clusters(np.asarray(study.projection), min_cluster_size or None)
        write_table(files.add("clusters.parquet"), clusters)
        progress(1, 1)


def sharpen(study: Study, progress: Progress = silent, **changes: Any) -> None:
    """Train what turns the study's mean decodes into likely images, see `cae.sharp`.

    A training that was cut off goes on from its last checkpoint, unless `changes` differ from what
    it began with.

    Args:
        study: with latents that are current.
        progress: told of every step, in images.
        changes: of `SharpSettings`, by name; what is left out is as in a training that was cut
            off, else as usual, with the study's seed.

    Raises:
        CaeError: the settings are unknown or do not fit, or another process works on the study.
    """
    from cae.sharp.settings import SharpSettings

    with study.working():
        unfinished = study.unfinished("sharpen")
        begun = usual_sharpening(study) if unfinished is None else unfinished["parameters"]
        kept = {name: value for name, value in begun.items() if name in SharpSettings.names()}
        settings = SharpSettings.from_dict({**kept, **changes})
        with study.step("sharpen", settings.to_dict()) as files:
            folder = (files.folder / STEPS["sharpen"].files[0]).parent
            announce(study.path, settings, folder)
            training_of(study, settings)(folder=folder, progress=progress)
            for name in STEPS["sharpen"].files:
                files.add(name)


def usual_sharpening(study: Study) -> dict[str, Any]:
    """Return the `SharpSettings` that depend on a study where nothing else is said."""
    from cae.sharp.settings import SharpSettings

    epochs = SharpSettings.usual_epochs(len(study.rows("train")))
    return {"seed": study.seed, "epochs": epochs}


def measure_areas(study: Study, progress: Progress = silent) -> None:
    """Write which share of every image each region covers into ``local/areas.parquet``."""
    with study.working(), study.step("areas", {}) as files:
        areas = areas_of(study.newest_local_model, study.images, progress)
        write_table(files.add("local/areas.parquet"), areas)


def areas_of(model: "LocalModel", images: np.ndarray, progress: Progress = silent) -> pd.DataFrame:
    """Return which share of every image (uint8, (N, H, W, C)) each region of a model covers."""
    from cae.local.regions import areas_table, region_areas

    areas = np.empty((len(images), model.network.regions), np.float32)
    for start in range(0, len(images), _LOCAL_CHUNK):
        stop = min(start + _LOCAL_CHUNK, len(images))
        found = model.pixels(np.asarray(images[start:stop]))
        areas[start:stop] = region_areas(found.labels, areas.shape[1])
        progress(stop, len(images), "images")
    return areas_table(areas)


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
        CaeError: `path` holds a study of another source, limit or name, or with other choices
            of columns, or a step fails.
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
        CaeError: `path` holds a study of another source, limit or name, or with other choices
            of columns, is being made by another process, or cannot be imported.
    """
    path = Path(path).expanduser().resolve()
    if not (path / MANIFEST).exists():
        with making(path, patience):
            if not (path / MANIFEST).exists():
                remove_scratch(path)
                on_step("import")
                return import_images(source, path, seed or 0, limit, name, progress)
    study = Study.open(path)
    _require_same_images(study, source, limit)
    if name and name != study.name:
        raise CaeError(
            f"{study.path} holds a study that is called {study.name!r}, not {name!r}; leave out "
            "the name or choose another folder."
        )
    return study


def complete(
    study: Study,
    settings: "TrainingSettings | None" = None,
    progress: Progress = silent,
    on_step: StepStart = unheard,
) -> None:
    """Run the steps of a method that are not current, or whose settings have changed.

    Args:
        study: an imported study.
        settings: how to train; when None, as the last training on the way to the study's map,
            finished or cut off, else by `default_settings`. Where latents came from elsewhere,
            None trains nothing, and a method that encodes puts its latents in their place.
        progress: told how far the present step is.
        on_step: called with a step's name when it starts.
    """
    from cae.methods import method_named

    if settings is None and not study.brought:
        settings = last_settings(study) or default_settings(study)
    others = study.map_steps[1:] if settings is None else method_named(settings.method).steps[1:]
    with study.working():
        remove_scratch(study.path)
        if settings is None and study.is_done("encode"):
            # Their file has to be brought again.
            study.require_current("encode")
        if settings is not None and not is_trained_with(study, settings):
            on_step(method_named(settings.method).steps[0])
            train(study, settings, progress)
        for step in others:
            takes_place = step == "encode" and settings is not None and study.brought
            if takes_place or not study.is_current(step):
                on_step(step)
                _run_again(study, step, progress)


def default_settings(study: Study, method: str = DEFAULT, **changes: Any) -> "TrainingSettings":
    """Return a method's settings for the study's kind of image and their number, but for `changes`.

    Raises:
        CaeError: there is no such method, or it has no such setting.
    """
    from cae.methods import method_named, new_settings

    kind = method_named(method).Settings
    usual: dict[str, Any] = {"seed": study.seed}
    usual["epochs"] = kind.usual_epochs(len(study.rows("train")))
    preset = kind.about().get("preset")
    if preset is not None and study.manifest["kind"] in load(preset.choices):
        usual["preset"] = study.manifest["kind"]
    return new_settings(method, **{**usual, **changes})


def last_settings(study: Study, step: str = "train") -> "TrainingSettings | None":
    """Return the settings that ``train`` or ``local`` last began with, even if it was cut off.

    None where there was no such training.
    """
    from cae.methods import read_settings

    parameters = study.last_parameters(step)
    return read_settings(parameters, _METHOD_OF[step]) if parameters else None


def trains_alike(study: Study, step: str, samples: pd.DataFrame) -> bool:
    """Whether ``train`` or ``local``, as it was run or begun, would be the same with `samples`.

    So it is where images are divided alike and the classes that its method learns from, if any,
    are the same; and for a pretrained model that was trained on other images.

    Args:
        study: of its own samples the training is.
        step: ``train`` or ``local``.
        samples: one row per image of the study.
    """
    from cae.methods import method_named, read_settings
    from cae.methods.method import Known

    unfinished = study.unfinished(step)
    begun = [unfinished["parameters"]] if unfinished is not None else []
    if not study.trained_elsewhere(step):
        begun.append(study.parameters(step))
    runs = [read_settings(parameters, _METHOD_OF[step]) for parameters in begun if parameters]
    if not runs:
        return True
    if not samples["split"].equals(study.samples["split"]):
        return False
    known = known_of(study)
    others = Known(samples, known.train_rows, known.masks, known.mask_names, known.latents)
    try:
        for run in runs:
            groups = method_named(run.method).groups
            if not np.array_equal(_array(groups(run, known)), _array(groups(run, others))):
                return False
    except CaeError:
        # A column that it learnt from is gone.
        return False
    return True


def _array(groups: np.ndarray | None) -> np.ndarray:
    return np.empty(0) if groups is None else groups


def changed_settings(
    study: Study, method: str | None, changes: dict[str, Any]
) -> "TrainingSettings":
    """Return the settings of the study's last training with `changes` made to them.

    Args:
        study: where nothing was trained yet, `default_settings` are changed.
        method: the method; None for the last one. What another method has in common with the last
            stays, but for a method that trains in a step of its own.
        changes: by name.

    Raises:
        CaeError: there is no such method, or it has no such setting.
    """
    from cae.methods import method_named, new_settings

    step = method_named(method).steps[0] if method else "train"
    last = last_settings(study, step)
    if last is None:
        return default_settings(study, method or DEFAULT, **changes)
    if (
        tuple(changes.get("clinical", ())) != getattr(last, "clinical", ())
        and "clinical" in changes
    ):
        # Weights given earlier are those of other columns.
        changes = {"clinical_weights": (), **changes}
    wanted = method_named(method or last.method)
    kept = {name: getattr(last, name) for name in last.names() if name in wanted.Settings.names()}
    return new_settings(method or last.method, **{**kept, **changes})


def is_trained_with(study: Study, settings: "TrainingSettings") -> bool:
    """Whether the study's model is current and was trained with exactly these settings.

    A setting that the program did not have yet counts as its default.
    """
    from cae.methods import method_named, read_settings

    step = method_named(settings.method).steps[0]
    if not study.is_current(step):
        return False
    return read_settings(study.parameters(step), _METHOD_OF[step]) == settings


def pending(study: Study) -> list[str]:
    """Return the steps that are not current, in their order."""
    return [step for step in study.map_steps if not study.is_current(step)]


def _require_same_images(study: Study, source: "Source", limit: int | None) -> None:
    from cae.sources import choices_of

    imported, spec = study.parameters("import"), noted_source(source.spec)
    if imported.get("source") != spec and _from_here(imported.get("source", "")) != spec:
        raise CaeError(
            f"{study.path} holds a study of {imported.get('source')!r}, not of {spec!r}; "
            "choose another folder."
        )
    if limit is not None and imported.get("limit") != limit:
        had = "all images" if imported.get("limit") is None else f"--limit {imported['limit']}"
        raise CaeError(f"{study.path} was imported with {had}; choose another folder.")
    for name, column in choices_of(source).given().items():
        if study.choices.get(name) != column:
            raise CaeError(
                f"{study.path} was imported with another choice of {name} than {column!r}; "
                f"change it with cae columns {study.path}, or choose another folder."
            )


def _from_here(spec: str) -> str:
    """Return a source with the paths that it has in the present folder.

    Former versions noted paths as they were typed.
    """
    from cae.sources import parse

    try:
        return parse(spec).spec
    except CaeError:
        return spec


def _run_again(study: Study, step: str, progress: Progress) -> None:
    """Run a step as it was last run, with what is usual where it never was."""
    settings, last = STEPS[step].settings, study.last_parameters(step)
    names = settings.names() if settings else []
    # Former versions noted None for what is chosen by the images.
    wanted = {name: last[name] for name in names if last.get(name) is not None}
    if step == "cluster" and last.get("method") == "prototypes":
        # Another method may have learned none since.
        has_some = not study.brought and len(study.newest_model.prototypes) > 0
        wanted = {"prototypes": has_some}
    elif step == "cluster" and wanted.get("k"):
        # Former versions noted a size of HDBSCAN's clusters beside it, which k-means passes over.
        wanted = {"k": wanted["k"]}
    if settings:
        wanted = settings.from_dict(wanted).to_dict()
    STEPS[step].run(study, **wanted, progress=progress)
