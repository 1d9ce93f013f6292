"""Versions against lost changes, a log of who did what, and many studies in one database."""

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Give each cohort a version and a study, and make the log."""
    op.add_column("cohorts", sa.Column("study", sa.Text, nullable=False, server_default=""))
    op.add_column("cohorts", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.drop_index("living_names", "cohorts")
    op.create_index(
        "living_names",
        "cohorts",
        ["study", "name"],
        unique=True,
        sqlite_where=sa.text("deleted IS NULL"),
        postgresql_where=sa.text("deleted IS NULL"),
    )
    _selections_by_study()
    op.create_table(
        "acts",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("cohort", _NUMBER, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("made", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("acts_by_cohort", "acts", ["study", "cohort"])


def _selections_by_study() -> None:
    """Let a token be told by its study, too; SQLite changes no primary key in place."""
    op.drop_index("selections_by_age", "selections")
    op.rename_table("selections", "former_selections")
    op.create_table(
        "selections",
        sa.Column("study", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("remembered", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("study", "token", name="selections_by_study"),
    )
    op.execute(
        "INSERT INTO selections (study, token, content, remembered) "
        "SELECT '', token, content, remembered FROM former_selections"
    )
    op.drop_table("former_selections")
    op.create_index("selections_by_age", "selections", ["study", "remembered"])
