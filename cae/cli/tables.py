"""What commands that bring images take from a person about their table, and tell of it."""

import inspect
from typing import TYPE_CHECKING, Any

from cae.cli.extending import Command, extended
from cae.cli.options import (
    EncodingOption,
    ImageColumnOption,
    LabelOption,
    PatientOption,
    SplitOption,
    say,
)
from cae.number_text import counted

if TYPE_CHECKING:
    from cae.sources.announced import Announced
    from cae.sources.choices import Choices
    from cae.study.study import Study

_SHOWN_PROBLEMS = 10
# By the names of `cae.sources.choices.Choices`.
_ROLES = {"label": LabelOption, "patient": PatientOption, "split": SplitOption}
_TABLE = {"image": ImageColumnOption, **_ROLES, "encoding": EncodingOption}


def with_table_options(command: Command) -> Command:
    """Return a command that takes all that a person may say of a table, as its ``choices``."""
    return _with_choices(command, _TABLE)


def with_role_options(command: Command) -> Command:
    """Return a command that takes columns of labels, patients and splits, as its ``choices``."""
    return _with_choices(command, _ROLES)


def _with_choices(command: Command, annotations: dict[str, Any]) -> Command:
    def arguments(said: dict[str, Any]) -> dict[str, Any]:
        from cae.sources.choices import Choices

        return {"choices": Choices(**said)}

    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in annotations.items()
    ]
    return extended(command, options, arguments, "choices")


def chosen_source(source: str, choices: "Choices") -> "Announced":
    """Return the source with what was chosen of its table; it tells how it was read.

    Raises:
        CaeError: the source is not known, or has no table.
    """
    from cae.sources import parse, with_choices
    from cae.sources.announced import Announced

    return Announced(with_choices(parse(source), choices), say)


def say_imported(study: "Study") -> None:
    """Tell how many images were imported, and what went wrong, the worst first."""
    say(f"{counted(len(study), 'image')} imported into {study.path}.")
    say_problems(study)


def say_problems(study: "Study", known: int = 0) -> None:
    """Tell what went wrong, the worst first, but for as many problems as are `known`."""
    problems = study.problems.iloc[known:]
    for problem in problems.head(_SHOWN_PROBLEMS).itertuples(index=False):
        say(f"{problem.file}: {problem.reason}")
    if len(problems) > _SHOWN_PROBLEMS:
        say(f"cae info {study.path} lists {len(problems) - _SHOWN_PROBLEMS} more remarks.")
