"""The tables, as the newest migration leaves them; the same in SQLite and PostgreSQL.

Texts that hold JSON and times are read and checked by whoever uses them, as a study's file may
come from anybody.
"""

from sqlalchemy import BigInteger, Float, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

# SQLite counts up by itself only what is called INTEGER.
_Number = BigInteger().with_variant(Integer(), "sqlite")


class Base(MappedAsDataclass, DeclarativeBase):
    """What all tables have in common."""


class CohortRow(Base):
    """A saved cohort, see `cae.cohorts.cohort.Cohort`.

    `study` is the identity of its study, empty in the file of a study.
    """

    __tablename__ = "cohorts"

    id: Mapped[int] = mapped_column(_Number, primary_key=True, init=False)
    name: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(Integer)
    rows: Mapped[bytes] = mapped_column(LargeBinary)
    history: Mapped[str] = mapped_column(Text)
    provenance: Mapped[str] = mapped_column(Text)
    created: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text, server_default="")
    tags: Mapped[str] = mapped_column(Text, server_default="[]")
    study: Mapped[str] = mapped_column(Text, server_default="")
    deleted: Mapped[str | None] = mapped_column(Text, default=None)
    version: Mapped[int] = mapped_column(Integer, server_default="1", init=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        Index(
            "living_names",
            "study",
            "name",
            unique=True,
            sqlite_where=text("deleted IS NULL"),
            postgresql_where=text("deleted IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )


class SelectionRow(Base):
    """A remembered selection."""

    __tablename__ = "selections"

    study: Mapped[str] = mapped_column(Text, primary_key=True)
    token: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    remembered: Mapped[float] = mapped_column(Float(53))

    __table_args__ = (Index("selections_by_age", "study", "remembered"),)


class ActRow(Base):
    """A line of the log, see `cae.cohorts.act.Act`."""

    __tablename__ = "acts"

    id: Mapped[int] = mapped_column(_Number, primary_key=True, init=False)
    study: Mapped[str] = mapped_column(Text)
    cohort: Mapped[int] = mapped_column(_Number)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    what: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    made: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("acts_by_cohort", "study", "cohort"),
        {"sqlite_autoincrement": True},
    )
