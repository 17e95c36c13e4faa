"""The Store on PostgreSQL: a pool of connections, and transactions on them."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection, OperationalError, connect
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from huiliu.kernel.errors import Unavailable
from huiliu.ports.clock import Clock
from huiliu.ports.store import Tx
from huiliu.ports.vault import Secrets
from huiliu.stores.transaction import PostgresTx

__all__ = ["PostgresStore"]

#: A caller waits so long for one of the pool's connections.
_PATIENCE_S = 5.0
#: The pool gives a lost connection up after this; the next caller starts afresh.
_RECONNECT_S = 1.0
_LOOK_S = 3


class PostgresStore:
    """State in PostgreSQL 15 or newer, reached through one pool."""

    def __init__(
        self,
        url: str,
        secrets: Secrets,
        clock: Clock,
        *,
        max_connections: int = 12,
        durable: bool = True,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """Open the pool lazily; the first transaction connects.

        Args:
            url: the database.
            secrets: the instance key and what is made of it.
            clock: what time it is.
            max_connections: so many transactions at once; others wait.
            durable: whether a commit waits for the disk; a demo that plays the past does without.
            patience_s: how long a caller waits for a connection that others hold.
        """
        self.url = url
        self._secrets = secrets
        self._clock = clock
        options = {} if durable else {"options": "-c synchronous_commit=off"}
        #: True after a failure: then the server is looked for before the pool is asked.
        self._lost = False
        self._pool = ConnectionPool(
            url, min_size=0, max_size=max_connections, open=False, timeout=patience_s,
            reconnect_timeout=_RECONNECT_S, kwargs={"autocommit": True, **options},
            check=_check,
        )  # fmt: skip
        self._pool.open(wait=False)

    def close(self) -> None:
        """Let go of every connection."""
        self._pool.close()

    @contextmanager
    def system(self) -> Iterator[Tx]:
        """Open a transaction as the tables' owner, who carries every brand."""
        with self._connection() as connection, connection.transaction():
            yield PostgresTx(connection, self._secrets, self._clock)

    @contextmanager
    def transaction(self, brand_id: int) -> Iterator[Tx]:
        """Open a transaction as a role that owns no table and sees one brand."""
        with self._connection() as connection, connection.transaction():
            with connection.pipeline():
                connection.execute("set local role huiliu_app")
                connection.execute("select set_config('huiliu.brand', %s, true)", (str(brand_id),))
            yield PostgresTx(connection, self._secrets, self._clock)

    @contextmanager
    def _connection(self) -> Iterator[Connection[TupleRow]]:
        """Lend a connection; a database that is gone is Unavailable."""
        try:
            if self._lost:
                # The pool would wait its whole time for a server that is not there.
                connect(self.url, connect_timeout=_LOOK_S).close()
                self._lost = False
            with self._pool.connection() as connection:
                yield connection
        except (OperationalError, PoolTimeout) as fault:
            self._lost = True
            raise Unavailable("PostgreSQL", str(fault)) from fault


def _check(connection: Connection[TupleRow]) -> None:
    """Raise OperationalError when the server has let go of an idle connection.

    A server that went away has closed the socket, which is seen without asking it: a question
    would cost every transaction a round trip.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)
