"""The scripts and styles of the app's own components."""

from pathlib import Path

_FRONTEND = Path(__file__).parent / "frontend"


def source(*names: str) -> str:
    """Return files of ``frontend/`` one after another: one module, its functions shared."""
    return "\n".join((_FRONTEND / name).read_text("utf-8") for name in names)
