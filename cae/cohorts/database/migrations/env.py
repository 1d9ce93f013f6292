"""Runs migrations on the connection that `cae.cohorts.database.schema` hands over."""

from alembic import context

from cae.cohorts.database.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=False,
)
context.run_migrations()
