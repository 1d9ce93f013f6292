"""Commands that make a study or a step of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cae.cli.options import (
    EngineOption,
    LimitOption,
    NameOption,
    OutOption,
    PresetOption,
    SeedOption,
    SourceArgument,
    StudyArgument,
    examples,
    reporting,
    say,
)
from cae.cli.settings_options import with_options
from cae.cli.tables import chosen_source, say_imported, say_problems, with_table_options
from cae.number_text import counted
from cae.seed import HIGHEST_SEED
from cae.study.step import MAP_STEPS, STEPS, ProjectSettings, Step

if TYPE_CHECKING:
    from cae.sources.choices import Choices

# Steps that are part of commands with arguments of their own.
_BY_HAND = ("import", "train", "encode", "decoder", "local")
commands = typer.Typer()


@commands.command("import", epilog=examples("import"))
@with_table_options
def import_command(
    context: typer.Context,
    source: SourceArgument,
    out: OutOption,
    seed: SeedOption = None,
    limit: LimitOption = None,
    name: NameOption = None,
    engine: EngineOption = "plain",
    *,
    choices: "Choices",
) -> None:
    """Read the images of SOURCE into a new study, and tell how its table was understood."""
    from cae.sources.engine import using
    from cae.study import steps
    from cae.uploads import consumed

    chosen = chosen_source(source, choices)
    with using(engine), reporting(context) as report, consumed(source):
        report.on_step("import")
        study = steps.import_images(chosen, out, seed or 0, limit, name, report.progress)
    chosen.announce()
    say_imported(study)


@commands.command(epilog=examples("append"))
@with_table_options
def append(
    context: typer.Context,
    folder: StudyArgument,
    source: SourceArgument,
    seed: SeedOption = None,
    limit: LimitOption = None,
    *,
    choices: "Choices",
) -> None:
    """Add the images of SOURCE to a study: with its model, on its map, nothing trained anew."""
    from cae.study.append import append as append_images
    from cae.study.study import Study
    from cae.uploads import consumed

    study = Study.open(folder)
    chosen = chosen_source(source, choices).source
    with reporting(context) as report, consumed(source):
        report.on_step("append")
        known = len(study.problems)
        count = append_images(study, chosen, limit, seed or 0, report.progress)
    for note in study.appended[-1]["notes"]:
        say(note)
    say_problems(study, known)
    say(f"{counted(count, 'image')} added to {study.path}, which now holds {len(study):,}.")


@commands.command(epilog=examples("use"))
def use(
    context: typer.Context,
    folder: StudyArgument,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="One of cae models.", show_default=False)
    ],
) -> None:
    """Take a pretrained model, which comes with the program, then encode, project and cluster."""
    from cae.study import steps
    from cae.study.pretrained import use_pretrained, use_pretrained_sharp
    from cae.study.study import Study

    study = Study.open(folder)
    with reporting(context) as report:
        report.plan(MAP_STEPS[2:])
        use_pretrained(study, model)
        steps.complete(
            study, steps.last_settings(study), progress=report.progress, on_step=report.on_step
        )
        use_pretrained_sharp(study, model)
    say(f"The study {study.path} is complete; look at it with: cae app {study.path}")


@commands.command(epilog=examples("models"))
def models() -> None:
    """List the pretrained models, which come with the program, and how to get their images."""
    from cae.study.pretrained import list_pretrained

    for one in list_pretrained():
        height, width, channels = one.shape
        kind = "grey" if channels == 1 else "RGB"
        typer.echo(f"{one.name:<16} {width}×{height} px {kind}  {one.title}. {one.images}")


@commands.command(epilog=examples("encode"))
def encode(context: typer.Context, folder: StudyArgument, engine: EngineOption = "plain") -> None:
    """Turn every image into its latent."""
    from cae.sources.engine import using

    with using(engine):
        _command_of(STEPS["encode"])(context, folder)


def _command_of(step: Step) -> Callable[..., None]:
    """Return the command that runs a step anew."""

    def run(context: typer.Context, folder: StudyArgument, **settings: Any) -> None:
        from cae.study.study import Study

        study = Study.open(folder)
        with reporting(context) as report:
            report.on_step(step.name)
            step.run(study, **settings, progress=report.progress)
        say(f"{step.title}: done for {counted(len(study), 'image')} of {study.path}.")

    run.__doc__ = step.sentence
    return with_options(run, [step.settings] if step.settings else [])


for step in STEPS.values():
    if step.name not in _BY_HAND:
        commands.command(step.name, epilog=examples(step.name))(_command_of(step))


@commands.command("map", epilog=examples("map"))
def map_command(
    context: typer.Context,
    folder: StudyArgument,
    n_neighbors: Annotated[
        int, typer.Option(min=2, help="Neighbours whose closeness is kept.")
    ] = ProjectSettings.n_neighbors,
    min_dist: Annotated[
        float, typer.Option(min=0, max=1, help="Least distance on the map.")
    ] = ProjectSettings.min_dist,
    dimensions: Annotated[int, typer.Option(min=2, max=3, help="A plane, or space.")] = 2,
) -> None:
    """Draw another map with UMAP, to be looked at beside the study's own."""
    from cae.study.maps import keep_projection, umap_projection
    from cae.study.study import Study

    study = Study.open(folder)
    wanted = umap_projection(n_neighbors, min_dist, dimensions)
    with reporting(context) as report:
        report.on_step("map")
        keep_projection(study, wanted, report.progress)
    say(f"The map {wanted.name} of {counted(len(study), 'image')} is drawn.")


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
    seed: Annotated[
        int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of every random choice.")
    ] = 0,
) -> None:
    """Draw what an augmentation preset does to eight images."""
    import numpy as np
    from PIL import Image

    from cae.augment.augmentation import augmentation_sheet
    from cae.sources import parse
    from cae.storage import atomic_path
    from cae.study.manifest import MANIFEST
    from cae.study.study import Study

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
