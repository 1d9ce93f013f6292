"""The fields of a form, made from the settings of a method."""

import math
from collections.abc import Callable, Sequence
from typing import Any, get_args, get_origin, get_type_hints

import streamlit as st

from cae.errors import CaeError
from cae.methods.clinical_labels import can_be_clinical
from cae.methods.settings import ImageSettings, TrainingSettings
from cae.plugins import load
from cae.settings import About, require_within
from cae.study.study import Study
from pages.components.kit.plain_markdown import plain_markdown

_PER_ROW = 3
_WEIGHTS = (0.01, 100.0)


def settings_form(
    study: Study,
    kind: type[TrainingSettings],
    usual: dict[str, Any],
    key: str,
    explain: Callable[[str, Any], None],
) -> dict[str, Any] | None:
    """Offer the settings of a method: those of every method, its own, and folded away the rest.

    Args:
        study: whose images are to be learnt from.
        kind: the method's settings.
        usual: values to begin with; what is missing begins with its default.
        key: names the form in the session.
        explain: shows what a choice means, below it; told its name and value.

    Returns:
        The chosen value of every setting, by name; None where a number is out of its bounds, which
        is said below it.
    """
    about, hints = kind.about(), get_type_hints(kind)
    defaults = {name: usual.get(name, getattr(kind, name)) for name in about}
    often = [name for name in about if about[name].usual]
    general = [name for name in often if name in ImageSettings.names()]
    numbers = [name for name in general if hints[name] in (int, float)]
    columns = [name for name in often if get_origin(hints[name]) is tuple]
    chosen: dict[str, Any] = {}
    refused = []

    def ask(name: str) -> None:
        usual_size = getattr(kind, name)
        chosen[name] = _field(hints[name], about[name], defaults[name], usual_size, f"{key} {name}")
        if hints[name] not in (int, float):
            return
        try:
            require_within(about[name].title, chosen[name], about[name])
        except CaeError as error:
            refused.append(name)
            st.error(plain_markdown(str(error)))

    # It stands open where nothing can be trained before something was chosen in it.
    with st.expander("Settings", expanded=bool(columns), key=f"{key} settings"):
        _in_columns(sorted(numbers, key=lambda name: name == "seed"), ask)
        for name in general:
            if name not in numbers:
                ask(name)
                explain(name, chosen[name])
        _in_columns([name for name in often if name not in (*general, *columns)], ask)
        chosen |= _columns_and_weights(study, hints, about, defaults, key)
    with st.expander("More settings", key=f"{key} more settings"):
        _in_columns([name for name in about if name not in often], ask)
    return None if refused else chosen


def arguments(values: dict[str, Any]) -> list[str]:
    """Return the options of the shell that say the same as `values`.

    An empty text is said too, as what is left out stays as it was in the last training.
    """
    found = []
    for name, value in values.items():
        if value != ():
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            found.append(f"--{name.replace('_', '-')}={text}")
    return found


def _in_columns(names: Sequence[str], ask: Callable[[str], None]) -> None:
    for start in range(0, len(names), _PER_ROW):
        row = names[start : start + _PER_ROW]
        for name, place in zip(row, st.columns(_PER_ROW), strict=False):
            with place:
                ask(name)


def _field(kind: Any, about: About, value: Any, default: Any, key: str) -> Any:
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
    # A field with bounds keeps what is out of them to itself, and the former value would be used.
    if kind is int:
        return st.number_input(about.title, value=value, help=about.help, key=key)
    if kind is float:
        return st.number_input(
            about.title,
            value=float(value),
            step=_step(default),
            format="%g",
            help=about.help,
            key=key,
        )
    return st.text_input(about.title, value, help=about.help, key=key)


def _step(default: float) -> float:
    """Return by how much a press changes a number that is usually of the size of `default`."""
    return 10.0 ** math.floor(math.log10(default) - 0.5)


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
            known = [
                column
                for column in study.samples.columns
                if column in usual[name]
                or (column not in ("id", "split") and can_be_clinical(study.samples[column]))
            ]
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
                    f"Weight of {plain_markdown(column)}",
                    *_WEIGHTS,
                    weights.get(column, 1.0),
                    help=about[name].help,
                    key=f"{key} weight {column}",
                )
                for column, place in zip(columns, st.columns(len(columns)), strict=True)
            )
    return found
