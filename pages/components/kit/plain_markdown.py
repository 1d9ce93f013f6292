"""Text of a person where Streamlit reads Markdown."""


def plain_markdown(text: str) -> str:
    """Return `text` so that Markdown shows it as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|~$:" else sign for sign in text)
