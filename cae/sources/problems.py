"""Problems that are many of one kind, or the end of everything, said once."""

from collections.abc import Callable

from cae.errors import CaeError
from cae.sources.printable import printable

Problem = tuple[str, str]
MOST_ALONE = 5


def summed_up(
    problems: list[Problem], file: str, summary: Callable[[int, Problem], str]
) -> list[Problem]:
    """Return problems of one kind as they are, or one for all where there are more than five.

    Args:
        problems: what is concerned, and why.
        file: what the sum is about.
        summary: returns its reason from the number of problems and the first of them.
    """
    if len(problems) <= MOST_ALONE:
        return problems
    return [(file, summary(len(problems), problems[0]))]


def none_usable(count: int, what: str, place: object, problem: Problem) -> CaeError:
    """Return the error that says that nothing of a source can be used, and why one of it cannot.

    Args:
        count: how many there are.
        what: what they are, in the plural.
        place: where they are.
        problem: of one of them.
    """
    file, reason = map(printable, problem)
    return CaeError(f"None of the {count:,} {what} in {place} can be used; of {file}: {reason}.")
