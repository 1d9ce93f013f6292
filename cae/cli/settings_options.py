"""Options of commands, made from settings."""

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from cae.cli.extending import extended
from cae.cli.options import parse_numbers
from cae.plugins import load
from cae.settings import About, Settings


def with_options(
    command: Callable[..., Any], groups: Iterable[type[Settings]]
) -> Callable[..., Any]:
    """Return a command that also has an option for every setting of `groups`.

    What was given reaches the command's ``**changes``, by name; what was left out does not. A
    setting that several groups have is one option, with the widest bounds.
    """
    kinds: dict[str, Any] = {}
    about: dict[str, About] = {}
    for group in groups:
        hints = get_type_hints(group)
        for name, one in group.about().items():
            kinds.setdefault(name, hints[name])
            about[name] = _widened(about[name], one) if name in about else one

    def changes(given: dict[str, Any]) -> dict[str, Any]:
        return {
            name: _read(kinds[name], value)
            for name, value in given.items()
            if value is not None and value is not False
        }

    return extended(
        command, [_parameter(name, kinds[name], about[name]) for name in kinds], changes
    )


def _parameter(name: str, kind: Any, about: About) -> inspect.Parameter:
    known = f" One of {', '.join(load(about.choices))}." if about.choices else ""
    option: dict[str, Any] = {"help": about.help + known}
    if about.metavar:
        option["metavar"] = about.metavar
    if kind in (int, float):
        option |= {"min": about.low, "max": about.high}
    flag = "--" + name.replace("_", "-")
    if kind is bool:
        annotation: Any = Annotated[bool, typer.Option(flag, help=about.help)]
        default: Any = False
    else:
        taken = kind if kind in (int, float) else str
        annotation, default = Annotated[taken | None, typer.Option(flag, **option)], None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _widened(one: About, other: About) -> About:
    def widest(
        choose: Callable[[float, float], float], first: float | None, second: float | None
    ) -> float | None:
        return None if first is None or second is None else choose(first, second)

    return About(
        one.title,
        one.help,
        widest(min, one.low, other.low),
        widest(max, one.high, other.high),
        metavar=one.metavar,
        choices=one.choices if one.choices == other.choices else "",
    )


def _read(kind: Any, value: Any) -> Any:
    """Return a setting's value as it was given; of a tuple, as text with commas between."""
    if get_origin(kind) is not tuple:
        return value
    return parse_numbers(value) if get_args(kind)[0] is float else value.split(",")
