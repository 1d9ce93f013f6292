"""Where the cohorts of a study are: in a file of the study, or in the database of a group."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cae.errors import CaeError
from cae.read_only import address_of

if TYPE_CHECKING:
    from cae.cohorts.database.connections import Database

FILE = "cohorts.db"
VARIABLE = "CAE_DATABASE"
_SCHEMES = ("postgresql", "postgres")


@dataclass(frozen=True)
class StudyFile:
    """A SQLite file that lies in a study and goes where the study goes.

    Attributes:
        path: of the file, which need not exist.
    """

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def study(self) -> str:
        """Nothing: all that is in the file is of one study."""
        return ""

    @property
    def exists(self) -> bool:
        """Whether anything was ever stored."""
        return self.path.exists()

    @property
    def is_writable(self) -> bool:
        """Whether anything can be stored."""
        if address_of(self.path.parent) is not None:
            return False
        file = self.path if self.path.exists() else self.path.parent
        return os.access(file, os.W_OK) and os.access(self.path.parent, os.W_OK)

    def database(self) -> "Database":
        """Return what opens it."""
        from cae.cohorts.database.sqlite import SqliteDatabase

        return SqliteDatabase(self.path)


@dataclass(frozen=True)
class GroupDatabase:
    """A PostgreSQL that several people use, with the cohorts of any number of studies.

    Attributes:
        url: such as ``postgresql://anna@server/cohorts``; a password in it is never shown.
        study: the study's identity, by which its cohorts are told from others.
    """

    url: str = field(repr=False)
    study: str

    def __str__(self) -> str:
        return "the group's database"

    @property
    def exists(self) -> bool:
        """True: whether there are tables shows when it is opened."""
        return True

    @property
    def is_writable(self) -> bool:
        """True: what may be stored is said by the database."""
        return True

    def database(self) -> "Database":
        """Return what opens it."""
        from cae.cohorts.database.postgres import PostgresDatabase

        return PostgresDatabase(self.url, self.study)


def place_of(folder: Path, study: str) -> StudyFile | GroupDatabase:
    """Return where the cohorts of a study are: in ``$CAE_DATABASE``, else in its folder.

    Args:
        folder: of the study.
        study: its identity, see `cae.study.study.Study.identity`.

    Raises:
        CaeError: ``$CAE_DATABASE`` is no address of a PostgreSQL.
    """
    url = os.environ.get(VARIABLE, "").strip()
    if not url:
        return StudyFile(folder / FILE)
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] not in _SCHEMES or not rest:
        raise CaeError(
            f"{VARIABLE} is no address of a PostgreSQL; write it as "
            "postgresql://USER:PASSWORD@SERVER/DATABASE, or unset it to keep cohorts in the study."
        )
    return GroupDatabase(f"postgresql+psycopg://{rest}", study)
