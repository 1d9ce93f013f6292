"""Commands that make a study or a step of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cae.cli.looking import clusters_found
from cae.cli.options import (
    LOCAL,
    ArchitectureOption,
    ClinicalOption,
    ClinicalWeightsOption,
    ClustersOption,
    EpochsOption,
    LatentOption,
    LimitOption,
    MethodOption,
    NameOption,
    OutOption,
    PositivesOption,
    PresetOption,
    PseudoClassesOption,
    RegionsOption,
    SeedOption,
    ShapeOption,
    SourceArgument,
    StudyArgument,
    TemperatureOption,
    examples,
    given,
    local_settings_for,
    parse_numbers,
    reporting,
    say,
    settings_for,
    without_method,
)
from cae.errors import CaeError

if TYPE_CHECKING:
    pass


commands = typer.Typer()


@commands.command(epilog=examples("build"))
def build(
    context: typer.Context,
    source: SourceArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the study.")
    ] = None,
    method: MethodOption = None,
    epochs: EpochsOption = None,
    latent: LatentOption = None,
    preset: PresetOption = None,
    architecture: ArchitectureOption = None,
    clusters: ClustersOption = None,
    clinical: ClinicalOption = None,
    clinical_weights: ClinicalWeightsOption = None,
    pseudo_classes: PseudoClassesOption = None,
    positives: PositivesOption = None,
    temperature: TemperatureOption = None,
    regions: RegionsOption = None,
    shape: ShapeOption = None,
    seed: SeedOption = None,
    limit: LimitOption = None,
    name: NameOption = None,
) -> None:
    """Run all steps: import, train, encode, project, cluster.

    Steps that are finished are skipped and a build that was cut off goes on. SOURCE may also be
    the folder of a study, which is then completed. With --method local, only a model of pixels is
    trained after the import; a map that the study has stays.
    """
    from cae.methods.settings import TrainingSettings
    from cae.sources import parse
    from cae.study import steps
    from cae.study.study import MANIFEST, Study

    changes = given(
        method=method,
        architecture=architecture,
        clusters=clusters,
        clinical=None if clinical is None else clinical.split(","),
        clinical_weights=parse_numbers(clinical_weights),
        pseudo_classes=pseudo_classes,
        positives=positives,
        temperature=temperature,
        regions=regions,
        shape=shape,
        preset=preset,
        epochs=epochs,
        latent=latent,
        seed=seed,
    )
    is_study = (Path(source) / MANIFEST).exists()
    if out is None and not is_study:
        raise CaeError("The study's folder is missing; add --out DIR.")
    # Before the images are read, as that may take long.
    if method == LOCAL:
        steps.require_known_views(without_method(changes))
    elif is_study:
        steps.require_known_names(settings_for(Study.open(Path(source)), changes))
    else:
        steps.require_known_names(TrainingSettings.from_dict(changes))
    with reporting(context) as report:
        if out is None:
            study = Study.open(Path(source))
        else:
            study = steps.import_or_open(
                parse(source), out, limit, seed, name, report.progress, report.on_step
            )
        if method == LOCAL:
            local = local_settings_for(study, changes)
            steps.complete_local(study, local, report.progress, report.on_step)
        else:
            steps.complete(study, settings_for(study, changes), report.progress, report.on_step)
    done = "has a local model" if method == LOCAL else "is complete"
    say(f"The study {study.path} {done}; look at it with: cae app {study.path}")


@commands.command("import", epilog=examples("import"))
def import_command(
    context: typer.Context,
    source: SourceArgument,
    out: OutOption,
    seed: SeedOption = None,
    limit: LimitOption = None,
    name: NameOption = None,
) -> None:
    """Read the images of SOURCE into a new study."""
    from cae.sources import parse
    from cae.study import steps

    with reporting(context) as report:
        report.on_step("import")
        study = steps.import_images(parse(source), out, seed or 0, limit, name, report.progress)
    problems = len(study.problems)
    say(f"{len(study)} images imported into {study.path}.")
    if problems:
        unused = "1 file or row" if problems == 1 else f"{problems} files or rows"
        say(f"{unused} could not be used; cae info {study.path} lists them.")


@commands.command(epilog=examples("train"))
def train(
    context: typer.Context,
    folder: StudyArgument,
    method: MethodOption = None,
    epochs: EpochsOption = None,
    latent: LatentOption = None,
    preset: PresetOption = None,
    architecture: ArchitectureOption = None,
    clusters: ClustersOption = None,
    clinical: ClinicalOption = None,
    clinical_weights: ClinicalWeightsOption = None,
    pseudo_classes: PseudoClassesOption = None,
    positives: PositivesOption = None,
    temperature: TemperatureOption = None,
    regions: RegionsOption = None,
    shape: ShapeOption = None,
    seed: SeedOption = None,
) -> None:
    """Train a model on the study's images; a training that was cut off goes on.

    Options left out are those of the study's last training.
    """
    from cae.study import steps
    from cae.study.study import Study

    study = Study.open(folder)
    changes = given(
        method=method,
        architecture=architecture,
        clusters=clusters,
        clinical=None if clinical is None else clinical.split(","),
        clinical_weights=parse_numbers(clinical_weights),
        pseudo_classes=pseudo_classes,
        positives=positives,
        temperature=temperature,
        regions=regions,
        shape=shape,
        preset=preset,
        epochs=epochs,
        latent=latent,
        seed=seed,
    )
    with reporting(context) as report:
        if method == LOCAL:
            local = local_settings_for(study, changes)
            steps.complete_local(study, local, report.progress, report.on_step)
        else:
            report.on_step("train")
            steps.train(study, settings_for(study, changes), report.progress)
    say(f"The model is in {study.path / ('local' if method == LOCAL else 'model')}.")


@commands.command(epilog=examples("use"))
def use(
    context: typer.Context,
    folder: StudyArgument,
    checkpoint: Annotated[
        str, typer.Option(metavar="NAME", help="One of cae checkpoints.", show_default=False)
    ],
) -> None:
    """Take a trained model that comes with the program, then encode, project and cluster."""
    from cae.study import steps
    from cae.study.checkpoints import use_checkpoint
    from cae.study.study import Study

    study = Study.open(folder)
    with reporting(context) as report:
        use_checkpoint(study, checkpoint)
        steps.complete(study, progress=report.progress, on_step=report.on_step)
    say(f"The study {study.path} is complete; look at it with: cae app {study.path}")


@commands.command(epilog=examples("checkpoints"))
def checkpoints() -> None:
    """List the trained models that come with the program and how to get their images."""
    from cae.study.checkpoints import list_checkpoints

    for one in list_checkpoints():
        height, width, channels = one.shape
        kind = "grey" if channels == 1 else "RGB"
        typer.echo(f"{one.name:<16} {width}×{height} px {kind}  {one.title}. {one.images}")


@commands.command(epilog=examples("encode"))
def encode(context: typer.Context, folder: StudyArgument) -> None:
    """Turn every image into its latent."""
    from cae.study import steps
    from cae.study.study import Study

    study = Study.open(folder)
    with reporting(context) as report:
        report.on_step("encode")
        steps.encode(study, report.progress)
    say(f"{study.latents.shape[0]} latents of {study.latents.shape[1]} numbers computed.")


@commands.command(epilog=examples("project"))
def project(
    context: typer.Context,
    folder: StudyArgument,
    neighbors: Annotated[int, typer.Option(min=2, help="Neighbours whose closeness is kept.")] = 30,
    min_dist: Annotated[float, typer.Option(min=0, max=1, help="Least distance on the map.")] = 0.1,
) -> None:
    """Draw the map of the latents with UMAP."""
    from cae.study import steps
    from cae.study.study import Study

    study = Study.open(folder)
    with reporting(context) as report:
        report.on_step("project")
        steps.project(study, neighbors, min_dist, progress=report.progress)
    say(f"The map of {len(study.projection)} images is drawn.")


@commands.command("map", epilog=examples("map"))
def map_command(
    context: typer.Context,
    folder: StudyArgument,
    neighbors: Annotated[int, typer.Option(min=2, help="Neighbours whose closeness is kept.")] = 30,
    min_dist: Annotated[float, typer.Option(min=0, max=1, help="Least distance on the map.")] = 0.1,
    dimensions: Annotated[int, typer.Option(min=2, max=3, help="A plane, or space.")] = 2,
) -> None:
    """Draw another map with UMAP, to be looked at beside the study's own."""
    from cae.study.maps import keep_projection, umap_projection
    from cae.study.study import Study

    study = Study.open(folder)
    wanted = umap_projection(neighbors, min_dist, dimensions)
    with reporting(context) as report:
        report.on_step("map")
        keep_projection(study, wanted, report.progress)
    say(f"The map {wanted.name} of {len(study)} images is drawn.")


@commands.command(epilog=examples("cluster"))
def cluster(
    context: typer.Context,
    folder: StudyArgument,
    k: Annotated[
        int | None, typer.Option(min=2, help="Use k-means on the latents with K clusters.")
    ] = None,
    min_size: Annotated[
        int | None, typer.Option(min=2, help="Images in the smallest HDBSCAN cluster.")
    ] = None,
    prototypes: Annotated[
        bool, typer.Option("--prototypes", help="Use the prototypes that the model learned.")
    ] = False,
) -> None:
    """Group the images: HDBSCAN on the map, k-means on the latents with --k, or --prototypes."""
    from cae.study import steps
    from cae.study.study import Study

    study = Study.open(folder)
    with reporting(context) as report:
        report.on_step("cluster")
        if prototypes:
            steps.cluster_by_prototypes(study, report.progress)
        else:
            steps.cluster(study, k, min_size, report.progress)
    say(f"{clusters_found(study)['clusters']} clusters found.")


@commands.command(epilog=examples("augment"))
def augment(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="SOURCE_OR_DIR", help="A source or a study's folder.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="PNG", help="The picture.", show_default=False)
    ],
    preset: PresetOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = 0,
) -> None:
    """Draw what an augmentation preset does to eight images."""
    import numpy as np
    from PIL import Image

    from cae.augment.augmentation import augmentation_sheet
    from cae.sources import parse
    from cae.storage import atomic_path
    from cae.study.study import MANIFEST, Study

    with reporting(context) as report:
        if (Path(source) / MANIFEST).exists():
            study = Study.open(Path(source))
            images, kind = study.images, study.manifest["kind"]
        else:
            report.on_step("import")
            imageset = parse(source).load(report.progress)
            images, kind = imageset.images, imageset.kind
        rows = np.random.default_rng(seed).permutation(len(images))[:8]
        sheet = augmentation_sheet(np.asarray(images[np.sort(rows)]), preset or kind, seed)
        with atomic_path(out) as temporary:
            Image.fromarray(sheet.squeeze()).save(temporary, format="PNG")
    say(f"The picture is in {out}.")
