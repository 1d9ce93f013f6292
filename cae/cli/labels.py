"""The command that corrects labels, tells who corrected which, and undoes it."""

from typing import Annotated

import typer

from cae.cli.options import JsonOption, StudyArgument, examples, print_json, say
from cae.errors import CaeError

commands = typer.Typer()


@commands.command(epilog=examples("label"))
def label(
    folder: StudyArgument,
    expression: Annotated[
        str | None,
        typer.Argument(
            metavar="EXPRESSION", help="Which images, as of cae query.", show_default=False
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="LABEL", help="Empty gives the source's back.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Undo the last correction.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give images another label, in columns of their own, or list what was corrected by whom.

    The source's labels stay; corrected_label, corrected_by, corrected_at and corrected_how are
    beside them.
    """
    from cae.study.label_corrections import (
        correct_labels,
        corrections,
        given_words,
        last_correction,
        undo_correction,
    )
    from cae.study.querying import queried
    from cae.study.study import Study
    from cae.who import this_user

    study = Study.open(folder)
    if undo:
        undone = undo_correction(study)
        say(f"Undone: {given_words(undone)}, of {undone[-1].made}.")
    elif (expression is None) != (to is None):
        raise CaeError("Say which images get which label: cae label DIR EXPRESSION --to LABEL.")
    elif expression is not None:
        rows = queried(study, expression)
        correct_labels(study, rows, to, this_user())
        say(f"Given: {given_words(last_correction(study.path))}.")
    facts = [
        {
            "images": len(act.rows),
            "label": act.label,
            "who": act.who,
            "made": act.made,
            "how": act.how,
            "undone": act.undone,
        }
        for act in corrections(study.path)
    ]
    if as_json:
        print_json({"corrections": facts})
        return
    for one in facts:
        undone_at = f"\tundone {one['undone']}" if one["undone"] else ""
        given = one["label"] or "that of the source"
        told = (one["images"], given, one["who"], one["made"], one["how"])
        typer.echo("\t".join(map(str, told)) + undone_at)
