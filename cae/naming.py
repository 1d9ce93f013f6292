"""Folder names for studies, from what people type."""

import re
import unicodedata
from collections.abc import Callable

_LONGEST = 60
_UNSAFE = re.compile(r"[^\w .()-]+")


def folder_name(name: str) -> str:
    """Return `name` as a folder name that every file system takes; empty if nothing is left."""
    composed = unicodedata.normalize("NFC", name)
    return " ".join(_UNSAFE.sub(" ", composed).split()).strip(" .-")[:_LONGEST].strip(" .-")


def free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """Return `name`, with the first number behind it that makes it free."""
    candidate, number = name, 1
    while is_taken(candidate):
        number += 1
        candidate = f"{name} {number}"
    return candidate
