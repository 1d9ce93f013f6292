"""What commands that bring images take from a person about their table, and tell of it."""

from typing import TYPE_CHECKING

from cae.cli.options import say

if TYPE_CHECKING:
    from cae.sources.announced import Announced
    from cae.study.study import Study

_SHOWN_PROBLEMS = 10


def chosen_source(
    source: str,
    image_column: str | None,
    label: str | None,
    patient: str | None,
    split: str | None,
    encoding: str | None,
) -> "Announced":
    """Return the source with what was chosen of its table; it tells how it was read.

    Raises:
        CaeError: the source is not known, or has no table.
    """
    from cae.sources import parse, with_choices
    from cae.sources.announced import Announced
    from cae.sources.choices import Choices

    choices = Choices(image_column, label, patient, split, encoding)
    return Announced(with_choices(parse(source), choices), say)


def say_imported(study: "Study") -> None:
    """Tell how many images were imported, and what went wrong, the worst first."""
    say(f"{len(study)} images imported into {study.path}.")
    say_problems(study)


def say_problems(study: "Study", known: int = 0) -> None:
    """Tell what went wrong, the worst first, but for as many problems as are `known`."""
    problems = study.problems.iloc[known:]
    for problem in problems.head(_SHOWN_PROBLEMS).itertuples(index=False):
        say(f"{problem.file}: {problem.reason}")
    if len(problems) > _SHOWN_PROBLEMS:
        say(f"cae info {study.path} lists {len(problems) - _SHOWN_PROBLEMS} more remarks.")
