"""Turn the bytes of a table into text, and say where that was a guess."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cae.errors import CaeError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"
# What else writes Latin letters with single bytes: Central Europe, old Macs and DOS.
_OTHER_LATIN = ("cp1250", "mac_roman", "cp850")
_SAMPLED_BYTES = 200_000
_EXAMPLES = 3
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_USUAL_LETTERS = {
    "cp1250": frozenset("ąćęłńóśźżáčďéěíňřšťúůýžäöüßőűâîăşţđ"),
    _WESTERN: frozenset("àâäáãåæçéèêëíìîïñóòôöõøœúùûüýß"),
}
_USUAL_SIGNS = frozenset("µ°±²³·×÷§©®™€£¥«»“”„‘’–—…½¼¾¹ºª¿¡‰†•\u00a0\u00ad¬ˆ˜")


@dataclass(frozen=True)
class Decoded:
    """A text and how it was read.

    Attributes:
        text: the text.
        encoding: name of the encoding.
        note: empty where the file itself says its encoding; else one sentence with a sample.
    """

    text: str
    encoding: str
    note: str = ""


def decode(content: bytes, encoding: str | None = None) -> Decoded | None:
    """Return the text of a file, or None where no encoding makes text of it.

    By its byte order mark; else as UTF-8, if it is that; else as Windows-1252, unless another
    encoding fits clearly better: one of other letters than Latin where most bytes beyond ASCII
    stand in rows, one of Latin letters where Windows-1252 would put signs and capitals within
    words.

    Args:
        content: the bytes.
        encoding: the encoding to use, whatever the bytes look like.

    Raises:
        CaeError: `encoding` is not known or does not fit.
    """
    if encoding is not None:
        return Decoded(_as_told(content, encoding), encoding)
    for mark, name in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return Decoded(content.decode(name, "replace"), name)
    try:
        return _without_mark(content)
    except UnicodeDecodeError:
        return _guessed(content)


def _as_told(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except LookupError as error:
        raise CaeError(
            f"There is no encoding {encoding!r}; use one such as utf-8, cp1252 or shift_jis."
        ) from error
    except UnicodeDecodeError as error:
        raise CaeError(
            f"The table is not written in {encoding} (byte {error.start}); choose another encoding."
        ) from error


def _without_mark(content: bytes) -> Decoded:
    """Read UTF-8, or UTF-16 that lacks its mark: then every other byte of plain letters is 0."""
    for name, zeros in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
        if zeros and zeros.count(0) > len(zeros) / 2:
            text = content.decode(name)
            if "\0" not in text:
                return Decoded(text, name, _note(name, text))
    return Decoded(content.decode("utf-8"), "utf-8")


def _guessed(content: bytes) -> Decoded | None:
    if _is_of_other_letters(content):
        from charset_normalizer import from_bytes

        best = from_bytes(content).best()
        name = best.encoding if best else None
    else:
        name = _latin(content)
    if name is None:
        return None
    text = content.decode(name, "replace")
    return Decoded(text, name, _note(name, text))


def _is_of_other_letters(content: bytes) -> bool:
    """Whether bytes beyond ASCII mostly stand in rows, as no Latin language has them."""
    runs = [len(run) for run in _HIGH_RUN.findall(content[:_SAMPLED_BYTES])]
    return 2 * sum(length for length in runs if length > 2) > sum(runs)


def _latin(content: bytes) -> str:
    odd = {name: _oddity(content, name) for name in (_WESTERN, *_OTHER_LATIN)}
    best = min(odd, key=odd.__getitem__)
    return best if odd[_WESTERN] >= 1 and odd[best] < odd[_WESTERN] / 2 else _WESTERN


def _oddity(content: bytes, encoding: str) -> float:
    """Return how odd the characters beyond ASCII are where they stand: 0 (usual) to 5."""
    text = content[:_SAMPLED_BYTES].decode(encoding, "replace")
    usual = _USUAL_LETTERS.get(encoding, _USUAL_LETTERS[_WESTERN])
    costs = [
        _cost(text[max(place - 1, 0) : place], sign, text[place + 1 : place + 2], usual)
        for place, sign in enumerate(text)
        if sign > "\x7f"
    ]
    return sum(costs) / max(len(costs), 1)


def _cost(before: str, sign: str, after: str, usual: frozenset[str]) -> float:
    if sign == "\ufffd" or not sign.isprintable() and sign not in _USUAL_SIGNS:
        return 5
    if not sign.isalpha() or sign in "µªº":
        if before.isalpha() and after.isalpha() and sign != "’":
            return 3
        return 0 if sign in _USUAL_SIGNS else 1
    if sign.isupper() and before.islower():
        return 2
    return 0 if sign.casefold() in usual or sign.lower() in usual else 0.5


def _note(encoding: str, text: str) -> str:
    words = _telling_words(text)
    shown = ", ".join(repr(word) for word in words)
    sample = f", so that it says {shown}" if words else ""
    return (
        f"its encoding is not stated and was taken to be {encoding}{sample}; "
        "name another with --encoding if that is wrong"
    )


def _telling_words(text: str) -> Iterable[str]:
    words = re.findall(r"[^\s,;|\"']*[^\x00-\x7f][^\s,;|\"']*", text)
    return list(dict.fromkeys(words))[:_EXAMPLES]
