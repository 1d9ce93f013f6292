"""What takes long to work out of a study: once for each of its states, with a bar meanwhile."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from cae.progress import Progress
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.state.study_view import study_key

_SECONDS_UNTIL_A_BAR = 0.6

Result = TypeVar("Result")


def computed(study: Study, name: str, words: str, compute: Callable[[Progress], Result]) -> Result:
    """Return what `compute` returns, from memory if it was worked out before.

    Args:
        study: the result is kept as long as its files stay as they are.
        name: of the result.
        words: what is done, said where it takes longer than a moment.
        compute: called with a progress that moves the bar.
    """
    kept = _kept(study_key(study))
    if name not in kept:
        place = st.empty()
        start = time.monotonic()

        def show(done: int, total: int, message: str = "") -> None:
            if time.monotonic() - start > _SECONDS_UNTIL_A_BAR:
                share = min(done / total, 1.0) if total else 1.0
                place.progress(share, f"{done:,} of {total:,} {message}")

        with st.spinner(words, show_time=True):
            kept[name] = compute(show)
        place.empty()
    result: Result = kept[name]
    return result


@cache_resource(max_entries=4)
def _kept(key: tuple[str, ...]) -> dict[str, Any]:
    return {}
