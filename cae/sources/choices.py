"""What a person says about a table, where it is not to be found out."""

from dataclasses import asdict, dataclass

NONE = "none"


@dataclass(frozen=True)
class Choices:
    """Columns to use and how to read them; what is None is found out.

    Attributes:
        image: column with the names of the images; a folder's column may stand before it with a
            comma between.
        label: column with the labels, or ``none``.
        patient: column with the patients, or ``none``.
        split: column with the splits, or ``none`` to draw them.
        encoding: how a text table is written, such as ``cp1252``.
    """

    image: str | None = None
    label: str | None = None
    patient: str | None = None
    split: str | None = None
    encoding: str | None = None

    def given(self) -> dict[str, str]:
        """Return what is said, by name; ``Choices(**given)`` is equal."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def need_a_table(self) -> bool:
        """Whether anything is to be taken from a table."""
        return any(value != NONE for value in self.given().values())
