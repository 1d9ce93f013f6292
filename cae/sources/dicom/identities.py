"""Keys of what identifies an image: they tell whether a text means it, and nothing else.

A table names patients and examinations openly, while what is read of DICOM names nobody. So both
are made keys with the salt of pseudonyms, and only keys are compared.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict

from cae.sources.pseudonyms import Pseudonyms
from cae.sources.vocabulary import without_accents

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# What a table may name, the most exact first.
NAMED = {
    "instance": "SOPInstanceUID",
    "series": "SeriesInstanceUID",
    "study": "StudyInstanceUID",
    "accession": "AccessionNumber",
    "patient": "PatientID",
}
_NAMES = ("PatientName", "OtherPatientNames", "PatientBirthName", "ReferringPhysicianName")
_NUMBERS = (*NAMED.values(), "OtherPatientIDs", "PatientBirthDate")
_SHORTEST_NAME = 3
_MOST_TOKENS = 6
_TOKEN = re.compile(r"[^\W_]+")
_WHOLE_AS_FLOAT = re.compile(r"(\d+)\.0+")


class Identities(TypedDict):
    """What identifies one image, as keys.

    Attributes:
        named: by what of `NAMED` it is, the key of the text as it is and that of its plain form.
        told: keys of plain forms that would tell who it is if a table held them.
        names_patient: whether it says who the patient is, by number or name.
    """

    named: dict[str, tuple[str, str]]
    told: list[str]
    names_patient: bool


class Keys:
    """Makes keys of texts; equal texts have equal keys, and nobody without the salt can guess."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def exact(self, text: str) -> str:
        """Return the key of a text as it is, but for blanks around it."""
        return self._pseudonyms.of("exact", text.strip())

    def plain(self, text: str) -> str:
        """Return the key of a text without case, accents, signs and zeros before numbers."""
        return self._of_tokens(_tokens(text))

    def within(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield the plain keys of all of a text's parts of up to six words, and their letters."""
        tokens = _tokens(text)
        for start in range(len(tokens)):
            for end in range(start + 1, min(len(tokens), start + _MOST_TOKENS) + 1):
                part = tokens[start:end]
                yield self._of_tokens(part), sum(map(len, part))

    def of_image(self, facts: "Dataset") -> Identities:
        """Return what identifies an image of which a DICOM file says `facts`."""
        named = {
            name: (self.exact(text), self.plain(text))
            for name, keyword in NAMED.items()
            if (text := _text(facts, keyword))
        }
        told = {self.plain(text) for keyword in _NUMBERS if (text := _text(facts, keyword))}
        for keyword in _NAMES:
            words = _tokens(_text(facts, keyword))
            told |= {self._of_tokens([word]) for word in words if len(word) >= _SHORTEST_NAME}
        names_patient = "patient" in named or bool(_text(facts, "PatientName"))
        return {"named": named, "told": sorted(told), "names_patient": names_patient}

    def _of_tokens(self, tokens: list[str]) -> str:
        return self._pseudonyms.of("plain", *tokens)


def _text(facts: "Dataset", keyword: str) -> str:
    value = facts.get(keyword)
    return "" if value is None else str(value).strip("\0 ")


def _tokens(text: str) -> list[str]:
    """Return letters and digits of a text, cut at signs, numbers without zeros before them."""
    text = _WHOLE_AS_FLOAT.sub(r"\1", text) if _WHOLE_AS_FLOAT.fullmatch(text) else text
    return [token.lstrip("0") or "0" for token in _TOKEN.findall(without_accents(text))]
