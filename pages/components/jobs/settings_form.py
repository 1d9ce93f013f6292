"""The fields of a form, made from the settings of a method."""

from collections.abc import Callable, Sequence
from typing import Any, get_args, get_origin, get_type_hints

import streamlit as st

from cae.methods.settings import TrainingSettings
from cae.plugins import load
from cae.settings import About
from cae.study.study import Study

_PER_ROW = 3
_LARGEST = 2**31 - 1
_WEIGHTS = (0.01, 100.0)


def settings_form(
    study: Study,
    kind: type[TrainingSettings],
    usual: dict[str, Any],
    key: str,
    explain: Callable[[str, Any], None],
) -> dict[str, Any]:
    """Offer the settings of a method, those that are changed often first.

    Args:
        study: whose images are to be learnt from.
        kind: the method's settings.
        usual: values to begin with; what is missing begins with its default.
        key: names the form in the session.
        explain: shows what a choice means, below it; told its name and value.

    Returns:
        The chosen value of every setting, by name.
    """
    about, hints = kind.about(), get_type_hints(kind)
    defaults = {name: usual.get(name, getattr(kind, name)) for name in about}
    often = [name for name in about if about[name].usual]
    numbers = [name for name in often if hints[name] in (int, float)]
    others = [name for name in often if name not in numbers]
    chosen: dict[str, Any] = {}

    def ask(name: str) -> None:
        chosen[name] = _field(name, hints[name], about[name], defaults[name], f"{key} {name}")

    _in_columns(numbers, ask)
    for name in others:
        if get_origin(hints[name]) is tuple:
            continue
        ask(name)
        explain(name, chosen[name])
    chosen |= _columns_and_weights(study, hints, about, defaults, key)
    with st.expander("More settings"):
        _in_columns([name for name in about if name not in often], ask)
    return chosen


def arguments(values: dict[str, Any]) -> list[str]:
    """Return the options of the shell that say the same as `values`."""
    found = []
    for name, value in values.items():
        if isinstance(value, tuple):
            if value:
                found += [f"--{name.replace('_', '-')}", ",".join(map(str, value))]
        elif value != "":
            found += [f"--{name.replace('_', '-')}", str(value)]
    return found


def _in_columns(names: Sequence[str], ask: Callable[[str], None]) -> None:
    for start in range(0, len(names), _PER_ROW):
        row = names[start : start + _PER_ROW]
        for name, place in zip(row, st.columns(_PER_ROW), strict=False):
            with place:
                ask(name)


def _field(name: str, kind: Any, about: About, value: Any, key: str) -> Any:
    if about.choices:
        known = list(load(about.choices))
        return st.selectbox(
            about.title,
            known,
            index=known.index(value) if value in known else 0,
            format_func=str.capitalize,
            help=about.help,
            key=key,
        )
    if kind is int:
        low, high = int(about.low or 0), int(about.high or _LARGEST)
        return st.number_input(about.title, low, high, value, help=about.help, key=key)
    if kind is float:
        return st.number_input(
            about.title,
            about.low,
            about.high,
            float(value),
            format="%g",
            help=about.help,
            key=key,
        )
    return st.text_input(about.title, value, help=about.help, key=key)


def _columns_and_weights(
    study: Study,
    hints: dict[str, Any],
    about: dict[str, About],
    usual: dict[str, Any],
    key: str,
) -> dict[str, Any]:
    """Offer columns of the table to learn from, and the weight of each that is chosen."""
    lists = [name for name, kind in hints.items() if get_origin(kind) is tuple and name in about]
    found: dict[str, Any] = {}
    columns: tuple[str, ...] = ()
    for name in lists:
        if get_args(hints[name])[0] is str:
            known = [column for column in study.samples if column not in ("id", "split")]
            columns = tuple(
                st.multiselect(
                    about[name].title,
                    known,
                    [column for column in usual[name] if column in known],
                    placeholder="Choose one column or more",
                    help=about[name].help,
                    key=f"{key} {name}",
                )
            )
            found[name] = columns
        elif len(columns) > 1:
            weights = dict(zip(usual.get("clinical", ()), usual[name], strict=False))
            found[name] = tuple(
                place.number_input(
                    f"Weight of {column}",
                    *_WEIGHTS,
                    weights.get(column, 1.0),
                    help=about[name].help,
                    key=f"{key} weight {column}",
                )
                for column, place in zip(columns, st.columns(len(columns)), strict=True)
            )
    return found
