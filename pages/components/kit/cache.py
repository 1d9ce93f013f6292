"""Streamlit's caches with keys that stand for all of an array.

Streamlit itself looks at a sample of an array from 500,000 elements on, and of a table from
50,000 rows on, so that different selections of many images would share one result.
"""

import hashlib
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class _Decorator(Protocol):
    """Keeps the signature of what it decorates."""

    def __call__(self, function: Callable[_Given, _Result], /) -> Callable[_Given, _Result]:
        """Return the function with a cache."""


def array_digest(array: np.ndarray) -> str:
    """Return a hash of type, shape and every element of an array."""
    if array.dtype.hasobject:
        raise TypeError("an array of objects has no bytes that a key could stand for")
    digest = hashlib.blake2b(f"{array.dtype.str} {array.shape}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _refuse_table(table: pd.DataFrame | pd.Series) -> str:
    raise TypeError("a table is no key of a cache; use the digests of what it was made from")


_HASHES: dict[str | type[Any], Callable[[Any], Any]] = {
    np.ndarray: array_digest,
    pd.DataFrame: _refuse_table,
    pd.Series: _refuse_table,
}


def cache_data(max_entries: int, show_spinner: bool | str = False) -> _Decorator:
    """Return `st.cache_data` with such keys; every caller gets a copy of the result."""
    return st.cache_data(max_entries=max_entries, show_spinner=show_spinner, hash_funcs=_HASHES)


def cache_resource(max_entries: int) -> _Decorator:
    """Return `st.cache_resource` with such keys; all callers share the result."""
    return st.cache_resource(max_entries=max_entries, show_spinner=False, hash_funcs=_HASHES)
