"""Commands that train: their options are the settings of all methods."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cae.cli.options import (
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
from cae.methods import DEFAULT, METHODS, method_named

if TYPE_CHECKING:
    from cae.sources.choices import Choices

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
    *,
    choices: "Choices",
    **changes: Any,
) -> None:
    """Run all steps: import, train, encode, project, cluster.

    Steps that are finished are skipped and a build that was cut off goes on. SOURCE may also be
    the folder of a study, which is then completed. With --method local, only a model of pixels is
    trained after the import; a map that the study has stays.
    """
    from cae.methods import new_settings
    from cae.settings import require_choices
    from cae.study import steps
    from cae.study.manifest import MANIFEST
    from cae.study.study import Study

    is_study = (Path(source) / MANIFEST).exists()
    if out is None and not is_study:
        raise CaeError("The study's folder is missing; add --out DIR.")
    if out is None and (limit is not None or name is not None):
        raise CaeError(
            f"{source} is a study already, so --limit and --name change nothing; leave them out."
        )
    # Before the images are read, as that may take long.
    if is_study:
        require_choices(steps.changed_settings(Study.open(Path(source)), method, changes))
    else:
        require_choices(new_settings(method or DEFAULT, **changes))
    chosen = None
    if out is not None:
        chosen = chosen_source(source, choices)
    with reporting(context) as report:
        if out is None or chosen is None:
            study = Study.open(Path(source))
        else:
            seed = changes.get("seed")
            study = steps.import_or_open(
                chosen, out, limit, seed, name, report.progress, report.on_step
            )
        settings = steps.changed_settings(study, method, changes)
        report.plan(("import", *method_named(settings.method).steps))
        steps.complete(study, settings, report.progress, report.on_step)
    if chosen is not None:
        chosen.announce()
    say(
        f"The study {study.path} is complete ({method_named(settings.method).title}); "
        f"look at it with: cae app {study.path}"
    )


def train(
    context: typer.Context, folder: StudyArgument, method: MethodOption = None, **changes: Any
) -> None:
    """Train a model on the study's images; a training that was cut off goes on.

    Options left out are those of the study's last training.
    """
    from cae.study import steps
    from cae.study.study import Study

    study = Study.open(folder)
    settings = steps.changed_settings(study, method, changes)
    step = method_named(settings.method).steps[0]
    with reporting(context) as report:
        report.on_step(step)
        steps.train(study, settings, report.progress)
    say(f"The model is in {study.history_file(step).parent}.")
