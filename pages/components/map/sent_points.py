"""Which points of maps the browser has; it keeps what it was sent until it is told to let go."""

from collections import OrderedDict

import streamlit as st

MOST = 6


class SentPoints:
    """The digests of the points that the browser has, the last used last, never many."""

    def __init__(self) -> None:
        self._digests: OrderedDict[str, None] = OrderedDict()

    def use(self, digest: str) -> tuple[bool, list[str]]:
        """Note that points are shown.

        Returns:
            Whether the browser has them already, and the digests that it is to let go of.
        """
        has = digest in self._digests
        self._digests[digest] = None
        self._digests.move_to_end(digest)
        excess = len(self._digests) - MOST
        return has, [self._digests.popitem(last=False)[0] for _ in range(excess)]

    def miss(self, digest: str) -> None:
        """Note that the browser does not have points, whatever was sent."""
        self._digests.pop(digest, None)


def sent_points() -> SentPoints:
    """Return what this session's browser has."""
    sent: SentPoints = st.session_state.setdefault("cae map points", SentPoints())
    return sent
