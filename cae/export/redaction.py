"""Keeping what may tell who a patient is out of what leaves the study."""

import re
from functools import cached_property
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cae.study.study import Study

LEFT_OUT = "(left out: may identify a patient)"
_PUBLIC_SOURCES = ("brain", "medmnist")
_SHORTEST_QUOTE = 3
_HARMLESS = ("kind", "combine", "count", "column")
_REMARK = {"details": LEFT_OUT}


class Redaction:
    """Removes a study's identifying columns, their values and local paths.

    It rather takes out too much than too little: whatever names an identifying column, quotes
    one of its values or looks like a path of this computer goes.
    """

    def __init__(self, study: "Study") -> None:
        self._study = study
        self._names = frozenset(study.identifying)
        self._harmless_columns = frozenset(study.samples.columns) - self._names

    def source(self, source: str) -> str:
        """Return only the kind of a source, unless it is a public data set."""
        kind = source.split(":", 1)[0]
        return source if kind in _PUBLIC_SOURCES else kind

    def parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return a step's parameters without source and paths."""
        cleaned = {key: _without_paths(value) for key, value in parameters.items()}
        if isinstance(parameters.get("source"), str):
            cleaned["source"] = self.source(parameters["source"])
        return cleaned

    def details(self, value: Any) -> Any:
        """Return an event or filters with whatever tells too much replaced by a remark."""
        if isinstance(value, dict):
            if value.get("column") in self._names:
                return {**{key: value[key] for key in _HARMLESS if key in value}, **_REMARK}
            return {key: self._detail(key, item, value) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.details(item) for item in value]
        if isinstance(value, str) and (self._names_column(value) or self._quotes(value)):
            return LEFT_OUT
        return value

    def text(self, text: str) -> str:
        """Return free text, or a remark in its place when it quotes an identifying value."""
        return LEFT_OUT if self._quotes(text) else text

    def image_name(self, row: int) -> str:
        """Return the id of the image in `row`, or the row where ids may tell who a patient is."""
        name = str(self._study.samples["id"].iloc[row])
        if "id" in self._names or self._quotes(name):
            return f"row {row}"
        return name

    def _detail(self, key: str, item: Any, event: dict[str, Any]) -> Any:
        if key in self._names:
            return LEFT_OUT
        if key in _HARMLESS or key in self._harmless_columns:
            return item
        if event.get("column") in self._harmless_columns and not _holds_dicts(item):
            return item
        return self.details(item)

    def _names_column(self, text: str) -> bool:
        return any(re.search(rf"\b{re.escape(name)}\b", text) for name in self._names)

    def _quotes(self, text: str) -> bool:
        if text in self._values:
            return True
        return any(
            len(value) >= _SHORTEST_QUOTE
            and value in text
            and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)
            for value in self._values
        )

    @cached_property
    def _values(self) -> frozenset[str]:
        present = self._names.intersection(self._study.samples.columns)
        return frozenset(
            str(value)
            for column in present
            for value in self._study.samples[column].dropna().unique()
        )


def _holds_dicts(value: Any) -> bool:
    items = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(item, dict) for item in items)


def _without_paths(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_paths(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_paths(item) for item in value]
    if isinstance(value, str) and (
        PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()
    ):
        return LEFT_OUT
    return value
