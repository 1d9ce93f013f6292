"""The scripts and styles of the app's own components."""

from pathlib import Path

_COMPONENTS = Path(__file__).parents[1]


def source(*names: str) -> str:
    """Return files such as ``map/camera.js`` one after another: one module, functions shared.

    Each name is a room of ``pages/components`` and a file in its ``frontend/``.
    """
    paths = (name.split("/") for name in names)
    return "\n".join(
        (_COMPONENTS / room / "frontend" / file).read_text("utf-8") for room, file in paths
    )
