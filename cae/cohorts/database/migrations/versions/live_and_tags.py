"""Live cohorts, which are queries, and tags."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Give each cohort a query and tags; those there are have none."""
    op.add_column("cohorts", sa.Column("query", sa.Text, nullable=False, server_default=""))
    op.add_column("cohorts", sa.Column("tags", sa.Text, nullable=False, server_default="[]"))
