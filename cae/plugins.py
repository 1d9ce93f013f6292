"""What is named in a list and imported when it is first asked for."""

import importlib
from typing import Any


def load(name: str) -> Any:
    """Return what `name`, such as ``cae.study.steps:encode``, says: a module and a name in it."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
