"""Commands that train: their options are the settings of all methods."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cae.cli.options import (
    EngineOption,
    LimitOption,
    NameOption,
    SourceArgument,
    StudyArgument,
    examples,
    reporting,
    say,
)
from cae.cli.settings_options import with_options
from cae.cli.tables import chosen_source, with_table_options
from cae.errors import CaeError
from cae.methods import DECODER, DEFAULT, METHODS, method_named

if TYPE_CHECKING:
    from cae.methods.settings import TrainingSettings
    from cae.sources.choices import Choices
    from cae.study.brought import Brought
    from cae.study.study import Study

_NAMES = [name for name in METHODS if name != DEFAULT]
MethodOption = Annotated[
    str | None, typer.Option(help=f"How to train: {DEFAULT} (usual), {', '.join(_NAMES)}.")
]


def commands(names: set[str]) -> typer.Typer:
    """Return the commands; only those of `names` get their options.

    The options come from the methods, which take a moment to import.
    """
    group = typer.Typer()
    for command in (build, train):
        name = command.__name__
        settings = [method_named(one).Settings for one in METHODS] if name in names else []
        group.command(name, epilog=examples(name))(with_options(command, settings))
    return group


LatentsOption = Annotated[
    Path | None,
    typer.Option(
        "--latents",
        metavar="FILE",
        help="Vectors of another model to take for latents instead of training: .npy or .npz in "
        "the order of the images, Parquet or CSV with a column id.",
    ),
]
ScalingOption = Annotated[
    str | None,
    typer.Option(
        help="With --latents: auto (usual), unit length, standard (mean 0, deviation 1) or none."
    ),
]
ComponentsOption = Annotated[
    int | None,
    typer.Option(min=2, metavar="N", help="With --latents: keep N principal components."),
]


@with_table_options
def build(
    context: typer.Context,
    source: SourceArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the study.")
    ] = None,
    method: MethodOption = None,
    limit: LimitOption = None,
    name: NameOption = None,
    latents: LatentsOption = None,
    scaling: ScalingOption = None,
    components: ComponentsOption = None,
    engine: EngineOption = "plain",
    *,
    choices: "Choices",
    **changes: Any,
) -> None:
    """Run all steps: import, train, encode, project, cluster.

    Steps that are finished are skipped and a build that was cut off goes on. SOURCE may also be
    the folder of a study, which is then completed. With --method local, only a model of pixels is
    trained after the import; a map that the study has stays. With --latents nothing is trained,
    but for --method decoder, which learns to show what such latents say of their images.
    """
    from cae.sources.engine import using
    from cae.study import steps
    from cae.study.brought import bring_latents, holds, told
    from cae.study.step import BROUGHT_STEPS
    from cae.study.study import Study

    if out is None:
        _require_study(source, limit, name)
    brought = brought_by(latents, scaling, components, method)
    # Before the images are read, as that may take long.
    _require_trainable(source, brought, method, changes)
    chosen = None if out is None else chosen_source(source, choices)
    with using(engine), reporting(context) as report:
        if out is None or chosen is None:
            study = Study.open(Path(source))
        else:
            seed = changes.get("seed")
            study = steps.import_or_open(
                chosen, out, limit, seed, name, report.progress, report.on_step
            )
        settings = _wanted(study, brought, method, changes)
        training = () if settings is None else method_named(settings.method).steps
        first = BROUGHT_STEPS if settings is None or brought is not None else ("import",)
        report.plan(tuple(dict.fromkeys((*first, *training))))
        if brought is not None and not holds(study, brought):
            report.on_step("encode")
            bring_latents(study, brought, report.progress)
        is_asked_for = method is not None or bool(changes)
        if settings is not None and is_asked_for and study.trained_elsewhere(training[0]):
            # It may have been trained with the very same settings, but on other images.
            report.on_step(training[0])
            steps.train(study, settings, report.progress)
        steps.complete(study, settings, report.progress, report.on_step)
    if chosen is not None:
        chosen.announce()
    for note in (study.brought or {}).get("notes", ()) if brought is not None else ():
        say(note)
    what = told(study) if settings is None else method_named(settings.method).title
    say(f"The study {study.path} is complete ({what}); look at it with: cae app {study.path}")


def _require_study(source: str, limit: int | None, name: str | None) -> None:
    """Raise `CaeError` unless a source is a study, of which no options of an import are given."""
    if not _is_study(source):
        raise CaeError("The study's folder is missing; add --out DIR.")
    if limit is not None or name is not None:
        raise CaeError(
            f"{source} is a study already, so --limit and --name change nothing; leave them out."
        )


def _require_trainable(
    source: str, brought: "Brought | None", method: str | None, changes: dict[str, Any]
) -> None:
    from cae.methods import new_settings
    from cae.settings import require_choices
    from cae.study.study import Study

    settings: TrainingSettings | None
    if _is_study(source):
        settings = _wanted(Study.open(Path(source)), brought, method, changes)
    else:
        settings = new_settings(method or DEFAULT, **changes)
    if settings is not None:
        require_choices(settings)


def _is_study(source: str) -> bool:
    from cae.study.manifest import MANIFEST

    return (Path(source) / MANIFEST).exists()


def brought_by(
    latents: Path | None, scaling: str | None, components: int | None, method: str | None
) -> "Brought | None":
    """Return what was said of latents from elsewhere; None where there are none.

    Raises:
        CaeError: the options contradict each other, or the file is missing.
    """
    from cae.latent.scaling import AUTO
    from cae.study.brought import Brought

    if latents is None:
        if scaling is not None or components is not None:
            raise CaeError(
                "--scaling and --components say what is done to latents from elsewhere; name "
                "their file with --latents."
            )
        return None
    if method not in (None, DECODER):
        raise CaeError(
            f"--latents takes the place of a training, so --method {method} contradicts it; leave "
            f"one out, or use --method {DECODER}."
        )
    if not latents.expanduser().is_file():
        raise CaeError(f"There is no file {latents}; check its name and folder.")
    return Brought(latents, scaling or AUTO, components or 0)


def _wanted(
    study: "Study", brought: "Brought | None", method: str | None, changes: dict[str, Any]
) -> "TrainingSettings | None":
    """Return how to train; None where latents came from elsewhere and no training is asked for."""
    from cae.study import steps

    if method is None and (brought is not None or study.brought):
        if not changes:
            return None
        method = DECODER
    return steps.changed_settings(study, method, changes)


def train(
    context: typer.Context, folder: StudyArgument, method: MethodOption = None, **changes: Any
) -> None:
    """Train a model on the study's images; a training that was cut off goes on.

    Options left out are those of the study's last training.
    """
    from cae.study import steps
    from cae.study.study import Study

    study = Study.open(folder)
    if method is None and study.brought:
        method = DECODER
    settings = steps.changed_settings(study, method, changes)
    step = method_named(settings.method).steps[0]
    with reporting(context) as report:
        report.on_step(step)
        steps.train(study, settings, report.progress)
    say(f"The model is in {study.newest_folder(step)}.")
    if outdated := study.outdated():
        say(f"Out of date now: {', '.join(outdated)}; run: {study.redo(outdated[0])}")
