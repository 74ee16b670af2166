"""Opening the study's SQLite file, and bringing an older one up to date.

Write-ahead logging lets one process read while another writes; a commit is on disk when it returns. A database is copied
before a migration changes it. Alembic is loaded only when there is something to migrate, for it takes a while.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import ExceptionContext

from voicepulse.errors import StorageError

NEWEST = "0003"
BUSY_SECONDS = 60
MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(path: Path) -> Engine:
    """The study's database, created or brought up to date.

    Raises:
        StorageError: it is no database, it cannot be written, or a newer VoicePulse made it.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _translate)
    try:
        if revision_of(engine) != NEWEST:
            with FileLock(path.with_name(f"{path.name}.migrating")):  # the other process may have done it by now
                _bring_up_to_date(engine, path)
    except StorageError:
        engine.dispose()
        raise
    return engine


def _bring_up_to_date(engine: Engine, path: Path) -> None:
    found = revision_of(engine)
    if found == NEWEST:
        return
    if found is not None:
        _refuse_newer(found, path)
        with sqlite3.connect(path) as old, sqlite3.connect(path.with_name(f"{path.name}.before-{found}")) as copy:
            old.backup(copy)  # with what still stands in the write-ahead log
        old.close()
        copy.close()
    upgrade(engine)


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
    connection.isolation_level = (
        None  # sqlite3 would commit before each CREATE TABLE; `_begin` opens transactions instead
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _translate(context: ExceptionContext) -> None:
    """Every error of the database becomes ours, wherever it happens."""
    raise StorageError(
        f"The study's database cannot be used ({context.original_exception}).",
        "Check the disk's space, that the folder can be written, and that nothing else changed the file.",
    ) from context.original_exception
