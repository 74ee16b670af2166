"""Opening the study's SQLite file, and bringing an older one up to date.

Write-ahead logging lets one process read while another writes; a commit is on disk when it returns. A database is copied
before a migration changes it. Alembic is loaded only when there is something to migrate, for it takes a while.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from voicepulse.errors import StorageError

NEWEST = "0001"
BUSY_SECONDS = 60
MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(path: Path) -> Engine:
    """The study's database, created or brought up to date.

    Raises:
        StorageError: it is no database, it cannot be written, or a newer VoicePulse made it.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _configure)
    try:
        found = revision_of(engine)
        if found != NEWEST:
            if found is not None:
                _refuse_newer(found, path)
                shutil.copy2(path, path.with_name(f"{path.name}.before-{found}"))
            upgrade(engine)
    except (DatabaseError, OSError) as error:
        engine.dispose()
        raise StorageError(
            f"The study's database {path} cannot be used ({str(error).splitlines()[0]}).",
            "Check that the folder can be written and that nothing else changed the file.",
        ) from error
    return engine


def revision_of(engine: Engine) -> str | None:
    """The migration a database is at; None for a new one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine, target: str = "head") -> None:
    """Run the migrations up to `target`."""
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, target)


def _refuse_newer(found: str, path: Path) -> None:
    known = {file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")}
    if found not in known:
        raise StorageError(f"{path} was made by a newer VoicePulse (its tables are at {found}).", "Update VoicePulse.")


def _configure(connection: sqlite3.Connection, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten
