"""Cohorts, and selections that are remembered."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of the first version."""
    op.create_table(
        "cohorts",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("rows", sa.LargeBinary, nullable=False),
        sa.Column("history", sa.Text, nullable=False),
        sa.Column("provenance", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("deleted", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "living_names",
        "cohorts",
        ["name"],
        unique=True,
        sqlite_where=sa.text("deleted IS NULL"),
        postgresql_where=sa.text("deleted IS NULL"),
    )
    op.create_table(
        "selections",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("remembered", sa.Float(53), nullable=False),
    )
    op.create_index("selections_by_age", "selections", ["remembered"])
