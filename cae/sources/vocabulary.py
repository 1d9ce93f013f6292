"""The words that names of columns, folders and files are made of."""

import re
import unicodedata


def words(text: str) -> frozenset[str]:
    """Return the words of a list with blanks between them."""
    return frozenset(text.split())


def words_in(name: str) -> list[str]:
    """Return the words of a name without accents and case, cut at signs, digits and capitals.

    ``PatientÄlter_2`` gives patient and alter.
    """
    spaced = re.sub(r"(?<=[^\W\d_A-ZÀ-Þ])(?=[A-ZÀ-Þ])", " ", name)
    return [word for word in re.split(r"[\W_\d]+", without_accents(spaced)) if word]


def joined(name: str) -> str:
    """Return letters and digits of a name without accents, case and signs between."""
    return re.sub(r"[\W_]+", "", without_accents(name))


def without_accents(text: str) -> str:
    """Return a text in small letters without accents; ß becomes ss."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).casefold()
