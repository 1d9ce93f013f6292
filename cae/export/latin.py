"""Text in the letters that every reader of PDF has a font for."""

_NEAREST = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "“": '"', "”": '"', "…": "...", "σ": "SD", "Δ": "D"}
)


def latin(text: str) -> str:
    """Return a text in Latin-1, with a question mark for each other letter."""
    return text.translate(_NEAREST).encode("latin-1", "replace").decode("latin-1")
