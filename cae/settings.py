"""Settings as frozen dataclasses that know their bounds, titles and help.

The options of commands and the fields of forms are made from them, so that a setting is written
once.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar

from cae.errors import CaeError
from cae.plugins import load

Value = TypeVar("Value")
_LONGEST_QUOTE = 80
# What libraries count with.
_MOST = 2**31 - 1


@dataclass(frozen=True)
class About:
    """What people and checks must know of a setting.

    Attributes:
        title: on screen.
        help: one sentence or two.
        low: the least value, None for no bound.
        high: the greatest value, None for no bound.
        above: the value must be greater than this; None for no bound.
        usual: whether it is shown before others.
        metavar: what stands for the value in the shell's help; empty for the type.
        choices: where the values to choose from are listed, as ``module:dictionary``; empty for
            none.
    """

    title: str
    help: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    usual: bool = False
    metavar: str = ""
    choices: str = ""


def setting(default: Value, title: str, help: str, **about: Any) -> Value:
    """Return a dataclass field with what is to be known of it, see `About`.

    To checkers of types it is the default, as with `dataclasses.field`.
    """
    return field(default=default, metadata={"about": About(title, help, **about)})


@dataclass(frozen=True)
class Settings:
    """A group of settings; a subclass adds fields made by `setting`.

    Attributes:
        owner: what error sentences call the thing that is set.
    """

    owner: ClassVar[str] = "this step"

    def __post_init__(self) -> None:
        """Raise `CaeError` where a number is out of its bounds or not finite."""
        for one in dataclasses.fields(self):
            about, value = one.metadata["about"], getattr(self, one.name)
            if isinstance(value, int | float):
                require_within(one.name, value, about)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-able dictionary."""
        return dataclasses.asdict(self)

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the settings, in their order."""
        return [one.name for one in dataclasses.fields(cls)]

    @classmethod
    def about(cls) -> dict[str, About]:
        """Return what is to be known of each setting, by name."""
        return {one.name: one.metadata["about"] for one in dataclasses.fields(cls)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the settings that `to_dict` wrote; what is absent takes its default.

        Raises:
            CaeError: a name is unknown, or a value is of another type or out of its bounds.
        """
        from pydantic import TypeAdapter, ValidationError

        unknown = sorted(set(values) - set(cls.names()))
        if unknown:
            raise CaeError(
                f"{cls.owner.capitalize()} has no setting {brief(repr(unknown[0]))}; leave it out."
            )
        try:
            return TypeAdapter(cls).validate_python(values)
        except ValidationError as error:
            first = error.errors()[0]
            raise CaeError(
                f"The setting {first['loc'][0]} is {brief(repr(first['input']))}, which cannot be "
                f"used: {first['msg'].lower()}."
            ) from error


def brief(text: str) -> str:
    """Return a text of any length as a sentence can quote it."""
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def require_choices(settings: Settings) -> None:
    """Raise `CaeError` where a setting is none of the values that it is chosen from."""
    for name, about in settings.about().items():
        value = getattr(settings, name)
        if about.choices and value not in (known := load(about.choices)):
            raise CaeError(
                f"There is no {name} {brief(repr(value))}; choose one of {', '.join(known)}."
            )


def require_within(name: str, value: float, about: About) -> None:
    """Raise `CaeError` where a number is out of its bounds or not finite; `name` is its setting."""
    if not abs(value) <= _MOST:
        raise CaeError(f"The setting {name} is {brief(str(value))}; use a number that is finite.")
    if about.above is not None and not value > about.above:
        raise CaeError(f"The setting {name} is {value}; it must be above {about.above:g}.")
    if about.low is not None and value < about.low:
        raise CaeError(f"The setting {name} is {value}; use at least {about.low:g}.")
    if about.high is not None and value > about.high:
        raise CaeError(f"The setting {name} is {value}; use at most {about.high:g}.")
