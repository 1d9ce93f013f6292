"""Give a command options that it does not name itself."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

Command = Callable[..., Any]


def extended(
    command: Command,
    options: Sequence[inspect.Parameter],
    arguments: Callable[[dict[str, Any]], dict[str, Any]],
    replaced: str = "",
) -> Command:
    """Return a command with further options.

    Args:
        command: a function as typer takes it.
        options: keyword-only parameters, annotated as typer wants them.
        arguments: makes what the command is called with of what was given, by name.
        replaced: the parameter of the command that the options take the place of, if any; without
            it they take that of its ``**`` parameter.
    """
    own = inspect.signature(command).parameters.values()

    @wraps(command)
    def run(*args: Any, **given: Any) -> Any:
        said = {option.name: given.pop(option.name) for option in options}
        return command(*args, **given, **arguments(said))

    kept = [p for p in own if p.name != replaced and (replaced or p.kind is not p.VAR_KEYWORD)]
    # What takes any further arguments stays the last.
    parameters = sorted((*kept, *options), key=lambda p: p.kind)
    # `inspect.signature` looks for this attribute, which the type of functions does not name.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run
