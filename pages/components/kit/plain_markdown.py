"""Text of a person where Streamlit reads Markdown."""

import re

# What marks text up wherever it stands; a colon does before all but a space: `:red[…]`, `:smile:`.
_SIGNS = re.compile(r"[\\`*_\[\]<>~$|&]|:(?=\S)|(?<=www)\.")
# Streamlit takes the name of a picture between colons for it unless both are escaped.
_SECOND_COLON = re.compile(r"(\\:[\w+\-\\]+):(?=\s|$)")
# What begins a heading, a list, a quotation or a rule at the start of a line.
_STARTS = re.compile(r"^(\s*\d*)([#+\-=.)])", re.MULTILINE)


def plain_markdown(text: str) -> str:
    """Return `text` so that Markdown shows it as it is."""
    escaped = _SECOND_COLON.sub(r"\1\\:", _SIGNS.sub(r"\\\g<0>", text))
    return _STARTS.sub(r"\1\\\2", escaped)
