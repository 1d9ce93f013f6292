"""The command that shows a study's columns, and gives roles to others."""

from typing import TYPE_CHECKING

import typer

from cae.cli.options import JsonOption, StudyArgument, examples, print_json, say
from cae.cli.tables import with_role_options

if TYPE_CHECKING:
    from cae.sources.choices import Choices

commands = typer.Typer()


@commands.command(epilog=examples("columns"))
@with_role_options
def columns(folder: StudyArgument, as_json: JsonOption = False, *, choices: "Choices") -> None:
    """Show the columns of a study, or take label, patient or split from other ones.

    The images are not needed again. What had the role before becomes a column of its own.
    """
    from cae.columns.overview import overview
    from cae.sources.choices import Choices
    from cae.study.roles import change_roles
    from cae.study.study import Study

    study = Study.open(folder)
    if choices != Choices():
        for note in change_roles(study, choices) or ["Nothing was to be changed."]:
            say(note)
        if outdated := study.outdated():
            say(f"Out of date: {', '.join(outdated)}; renew with: cae build {study.path}")
    found = overview(study.samples, study.origins, study.identifying)
    if as_json:
        print_json(found.to_dict("records"))
        return
    typer.echo(found.rename(columns=str.capitalize).to_string(index=False))
