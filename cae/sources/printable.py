"""Paths as text."""

import os


def printable(path: str) -> str:
    """Return a path as text that can be stored; bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")
