"""What has to be known of a figure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """A sentence beside figures.

    Attributes:
        text: the sentence.
        is_warning: whether figures may mislead whoever overlooks it.
    """

    text: str
    is_warning: bool = False

    def __str__(self) -> str:
        return self.text


def texts_of(remarks: Iterable[Remark]) -> list[str]:
    """Return the sentences of remarks, as files hold them."""
    return [remark.text for remark in remarks]
