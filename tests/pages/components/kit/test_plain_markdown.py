"""Text of a person is shown as it is, whatever it would mean as Markdown."""

import pytest
from markdown_it import MarkdownIt

from pages.components.kit.plain_markdown import plain_markdown

HARMLESS = "projection.npy is damaged: it has 3 (of 5) rows, 'x' – a/b, 1.5 = 3/2; make it anew!"
TEXTS = [
    HARMLESS,
    "<b>bold</b> <img src=x onerror=alert(1)>",
    "![seen](https://example.org/seen.png) [a](javascript:alert(1))",
    "**not** *not* _not_ __not__ ~~not~~ ~not~ `not`",
    "# no heading",
    "- no list",
    "+ no list",
    "1. no list",
    "12) no list",
    "> no quotation",
    "---",
    "two\n===",
    "two\n---",
    "a | b\n---|---\n1 | 2",
    "&lt;b&gt; &amp;",
    "back\\slash \\* \\",
    "<https://example.org> https://example.org www.example.org",
    "[x]: https://example.org",
]


def shown(text: str) -> str:
    """The text that a reader of Markdown makes of it, if it makes nothing else."""
    (opened, inline, closed) = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children} <= {"text", "text_special", "softbreak"}
    return "".join(child.content or "\n" for child in inline.children)


@pytest.mark.parametrize("text", TEXTS)
def test_markdown_shows_the_text_as_it_is(text: str) -> None:
    assert shown(plain_markdown(text)).replace("\n\n", "\n") == text


def test_a_sentence_stays_readable() -> None:
    assert plain_markdown(HARMLESS) == HARMLESS


@pytest.mark.parametrize("text", [":smile:", ":red[x]", ":material/x:", "$x$", "$$x$$"])
def test_what_only_streamlit_reads_is_taken_apart(text: str) -> None:
    said = plain_markdown(text)
    assert all(said[place - 1] == "\\" for place, sign in enumerate(said) if sign in "$[")
    assert not said.startswith(":")
