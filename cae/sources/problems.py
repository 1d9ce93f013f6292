"""Problems that are many of one kind, said once."""

from collections.abc import Callable

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
