"""The schema: brought forward at start, partitions made ahead of time, one key a database."""

from __future__ import annotations

import datetime as dt
from importlib.resources import as_file, files

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from huiliu.kernel.errors import BadSetting, Unavailable
from huiliu.kernel.times import DAY, as_datetime, from_datetime

__all__ = ["claim_database", "create_database", "ensure_partitions", "migrate", "pending"]

#: The revision that this program works with.
_HEAD = "0007"

#: Held while migrating, so that several processes may start at once.
_LOCK = 0x4855494C
_MONTHS_AHEAD = 2
_DAYS_AHEAD = 3
_OLDEST_SERVER = 150_000


def create_database(url: str, name: str) -> None:
    """Make a database on the server at `url` if it does not exist."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", (name,))
            if known.fetchone() is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        pass
    except psycopg.OperationalError as fault:
        raise Unavailable("PostgreSQL", str(fault)) from fault


def migrate(url: str) -> None:
    """Bring the database to this program's schema; forward only, safe to run twice at once.

    Raises:
        Unavailable: no PostgreSQL 15 or newer answers, or its schema is newer than this program.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.info.server_version < _OLDEST_SERVER:
                raise Unavailable("PostgreSQL", "version 15 or newer is needed")
            connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
            if _revision(connection) != _HEAD:
                _upgrade(url)
    except psycopg.OperationalError as fault:
        raise Unavailable("PostgreSQL", str(fault)) from fault


def claim_database(url: str, mark: bytes) -> None:
    """Tie the database to one instance key, by a mark made with it.

    Another key would hash every identifier anew and open nothing in the vault, without an error.

    Raises:
        BadSetting: the database belongs to an instance with another key.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "insert into instance_mark (mark) values (%s) on conflict do nothing", (mark,)
            )
            found = connection.execute("select mark from instance_mark").fetchone()
    except psycopg.OperationalError as fault:
        raise Unavailable("PostgreSQL", str(fault)) from fault
    if found != (mark,):
        raise BadSetting(
            "instance.key", "", "is not the key that this database was begun with: copy that key"
        )


def pending(url: str) -> int:
    """Return how many migrations the database still needs."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            revision = _revision(connection)
    except psycopg.OperationalError as fault:
        raise Unavailable("PostgreSQL", str(fault)) from fault
    return int(_HEAD) - int(revision or 0)


def ensure_partitions(url: str, now: int) -> list[str]:
    """Make the partitions of the coming days and months, drop spent key days, return the dropped.

    Months of the log stay: a rebuild needs them, and a clock that jumped must not cost any.
    Safe beside traffic and when called again. A partition that is about to be waited for by
    others gives up at once and is made by the next call.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("set lock_timeout = '2s'")
            connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
            return _keep_partitions(connection, now)
    except psycopg.errors.LockNotAvailable:
        return []
    except psycopg.OperationalError as fault:
        raise Unavailable("PostgreSQL", str(fault)) from fault


def _keep_partitions(connection: Connection[TupleRow], now: int) -> list[str]:
    """Make what is missing and drop what is old."""
    today = as_datetime(now).date()
    month = today.replace(day=1)
    for ahead in range(-1, _MONTHS_AHEAD + 1):
        first, after = _month(month, ahead), _month(month, ahead + 1)
        for table in ("event_log", "event_profiles"):
            bounds = sql.SQL("from ({}) to ({})").format(_start(first), _start(after))
            _make(connection, table, f"{first:%Y%m}", bounds)
    key_day = now // DAY
    for day in range(key_day - 1, key_day + _DAYS_AHEAD + 1):
        _make(connection, "event_keys", str(day), sql.SQL("in ({})").format(sql.Literal(day)))
    # The newest key says what day the log is at, should this machine's clock run ahead of it.
    newest = connection.execute("select coalesce(max(key_day), %s) from event_keys", (key_day,))
    [(last_day,)] = newest.fetchall()
    return _drop_before(connection, "event_keys", str(min(key_day, last_day) - 1))


def _revision(connection: Connection[TupleRow]) -> str | None:
    """Return which revision the database is at."""
    if connection.execute("select to_regclass('huiliu_version')").fetchone() == (None,):
        return None
    row = connection.execute("select version_num from huiliu_version").fetchone()
    return None if row is None else str(row[0])


def _upgrade(url: str) -> None:
    """Run the migrations that are missing."""
    # Loaded only when there is something to migrate: together they take half a second.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )
    with as_file(files("huiliu.stores") / "migrations") as folder, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as fault:
            raise Unavailable("PostgreSQL", f"its schema is newer than this: {fault}") from fault


def _month(first: dt.date, ahead: int) -> dt.date:
    """Return the first day of the month that lies `ahead` months on."""
    years, month = divmod(first.month - 1 + ahead, 12)
    return dt.date(first.year + years, month + 1, 1)


def _start(day: dt.date) -> sql.Literal:
    """Return the instant at which a day begins, as SQL."""
    return sql.Literal(from_datetime(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)))


def _make(connection: Connection[TupleRow], table: str, suffix: str, bounds: sql.Composed) -> None:
    """Make one partition if it is not there."""
    name = f"{table}_{suffix}"
    if connection.execute("select to_regclass(%s)", (name,)).fetchone() != (None,):
        return
    statement = sql.SQL("create table {} partition of {} for values {}")
    try:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(table), bounds))
    except psycopg.errors.CheckViolation:
        # Rows of that time stand in the default partition already; they are as good there.
        return


def _drop_before(connection: Connection[TupleRow], table: str, oldest: str) -> list[str]:
    """Drop a table's partitions whose suffix lies before `oldest`; return their names."""
    found = connection.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid "
        "where i.inhparent = %s::regclass and c.relname <> %s order by 1",
        (table, f"{table}_default"),
    ).fetchall()
    old = [str(name) for (name,) in found if int(name.rsplit("_", 1)[1]) < int(oldest)]
    for name in old:
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier(name)))
    return old
