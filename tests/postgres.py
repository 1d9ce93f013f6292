"""A PostgreSQL of its own for the tests, where one is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# What Debian installs PostgreSQL with, which itself refuses to run as root.
_USER = "postgres"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, of the newest release; None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    releases = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((one.parent for one in releases), key=lambda one: one.parent.name, default=None)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server that nothing outside can reach; its address, up to the name of a database.

    It is skipped where PostgreSQL or what speaks to it is missing.
    """
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    as_user = {"user": _USER, "group": _USER} if os.getuid() == 0 else {}
    folder = tempfile.mkdtemp(prefix="cae-pg-")
    if as_user:
        shutil.chown(folder, _USER, _USER)
    data, log = f"{folder}/data", f"{folder}/log"

    def run(program: str, *arguments: str) -> None:
        command = [found / program, "--pgdata", data, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)

    run("initdb", "--username=cae", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
    try:
        settings = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
        run("pg_ctl", "--wait", f"--log={log}", f"--options={settings}", "start")
        yield f"postgresql://cae@/{{}}?host={folder}"
    finally:
        run("pg_ctl", "--mode=immediate", "stop")
        shutil.rmtree(folder)
