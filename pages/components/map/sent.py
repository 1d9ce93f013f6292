"""What the browser has of what maps show; it keeps what it was sent until it is told to let go."""

from collections import OrderedDict
from typing import Literal

import streamlit as st

MOST = 6


class Sent:
    """The digests of the things of one kind that the browser has, the last used last, few."""

    def __init__(self) -> None:
        self._digests: OrderedDict[str, None] = OrderedDict()

    def use(self, digest: str) -> tuple[bool, list[str]]:
        """Note that a thing is shown.

        Returns:
            Whether the browser has it already, and the digests that it is to let go of.
        """
        has = digest in self._digests
        self._digests[digest] = None
        self._digests.move_to_end(digest)
        excess = len(self._digests) - MOST
        return has, [self._digests.popitem(last=False)[0] for _ in range(excess)]

    def miss(self, digest: str) -> None:
        """Note that the browser does not have a thing, whatever was sent."""
        self._digests.pop(digest, None)


def sent(kind: Literal["points", "colours"]) -> Sent:
    """Return what this session's browser has of a kind."""
    has: Sent = st.session_state.setdefault(f"cae map {kind}", Sent())
    return has
