"""Selections, saved cohorts, and what sets groups of images apart."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cae.cohorts.characteristics import table_one
    from cae.cohorts.comparison import compare
    from cae.cohorts.time_to_event import survival

__all__ = ["compare", "survival", "table_one"]

# Studies import this package, and statistics take a moment to load.
_LOADED_LATER = {
    "compare": "cae.cohorts.comparison",
    "survival": "cae.cohorts.time_to_event",
    "table_one": "cae.cohorts.characteristics",
}


def __getattr__(name: str) -> Any:
    if name not in _LOADED_LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LOADED_LATER[name]), name)
