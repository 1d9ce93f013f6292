"""Brings the tables of a database to their newest form, by Alembic."""

import threading
from pathlib import Path

from sqlalchemy import Connection

NEWEST = 3
_MIGRATIONS = Path(__file__).with_name("migrations")
# Alembic keeps what it is at in its modules, so one thread at a time may use it.
_ALONE = threading.Lock()


def migrate(connection: Connection, version: int) -> None:
    """Bring tables to their newest form, in the transaction that `connection` is in.

    Args:
        connection: in a transaction that keeps others from changing the tables meanwhile.
        version: that the tables have, 0 where there are none. It is noted for Alembic where a
            version before Alembic wrote them.
    """
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _ALONE:
        if version:
            command.stamp(config, str(version), purge=True)
        command.upgrade(config, str(NEWEST))
