"""The floor of `journeys`: the same rows read, locked and written by SQL that decides nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg
from psycopg import Connection

from huiliu.ports.runs import RunRow, TokenRow

__all__ = ["bare_rows"]

#: Tells the floor's rows apart from the bench's.
_VERSION = 2
_DAY = 86_400_000_000


def bare_rows(
    url: str, standing: Sequence[tuple[RunRow, TokenRow]], begun: Sequence[RunRow], chunk: int
) -> float:
    """Return the steps a second of plain statements over the rows that the bench writes."""
    with psycopg.connect(url) as connection:
        _begin(connection, [run for run, _ in standing], [token for _, token in standing])
        connection.commit()
        connection.execute("analyze journey_runs, journey_tokens")
        connection.commit()
        n_entries = chunk * 3 // 10
        n_moves = chunk - n_entries
        started = time.perf_counter()
        for nth in range(0, len(begun), n_entries):
            runs = begun[nth : nth + n_entries]
            tokens = [_token(run, "patience", 3) for run in runs]
            _begin(connection, runs, tokens)
            _trace(connection, runs, "entered", "patience")
            connection.commit()
        for nth in range(0, len(standing), n_moves):
            _move(connection, standing[nth : nth + n_moves])
            connection.commit()
        seconds = time.perf_counter() - started
        # What the floor wrote must not stand in the bench's way.
        for table in ("journey_runs", "journey_tokens", "journey_steps", "messages"):
            connection.execute(f"truncate {table}")
        connection.commit()
    return (len(standing) + len(begun)) / seconds


def _token(run: RunRow, node: str, days: int) -> TokenRow:
    """Return a token that rests at a wait."""
    until = run.entered_at + days * _DAY
    return TokenRow(run.brand_id, run.run_id, node, 1, until, b"%d" % until)


def _begin(connection: Connection, runs: Sequence[RunRow], tokens: Sequence[TokenRow]) -> None:
    """Insert runs and tokens."""
    connection.execute(
        "insert into journey_runs (brand_id, run_id, journey, version, profile_id, key, "
        "entered_at, state, entry) select * from unnest(%s::smallint[], %s::bytea[], %s::text[],"
        " %s::integer[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::bytea[])",
        (
            [run.brand_id for run in runs], [run.run_id for run in runs],
            [run.journey for run in runs], [_VERSION] * len(runs),
            [run.profile_id for run in runs], [run.key for run in runs],
            [run.entered_at for run in runs], ["active"] * len(runs), [run.entry for run in runs],
        ),
    )  # fmt: skip
    connection.execute(
        "insert into journey_tokens (brand_id, run_id, node, visit, due_at, memory) select * from "
        "unnest(%s::smallint[], %s::bytea[], %s::text[], %s::integer[], %s::bigint[], %s::bytea[])",
        _token_columns(tokens),
    )


def _token_columns(tokens: Sequence[TokenRow]) -> tuple[list[object], ...]:
    """Return tokens as columns."""
    return (
        [token.brand_id for token in tokens], [token.run_id for token in tokens],
        [token.node for token in tokens], [token.visit for token in tokens],
        [token.due_at for token in tokens], [token.memory for token in tokens],
    )  # fmt: skip


def _move(connection: Connection, standing: Sequence[tuple[RunRow, TokenRow]]) -> None:
    """Claim due tokens, read their people's facts, and write where they go."""
    claimed = connection.cursor(binary=True).execute(
        "select t.*, r.* from journey_tokens t join journey_runs r using (brand_id, run_id) "
        "where t.due_at <= %s and r.state = 'active' order by t.due_at limit %s "
        "for update of t skip locked",
        (standing[-1][1].due_at, len(standing)),
    ).fetchall()  # fmt: skip
    assert len(claimed) == len(standing)
    sending = [run for run, token in standing if token.node == "patience"]
    asking = [run for run, token in standing if token.node == "which"]
    people = [run.profile_id for run in asking]
    connection.execute(
        "select profile_id, name, occurred_at, properties from event_facts "
        "where brand_id = 1 and profile_id = any(%s) and name = 'Product Viewed'",
        (people,),
    ).fetchall()
    connection.execute(
        "select profile_id, traits from profiles where brand_id = 1 and profile_id = any(%s)",
        (people,),
    ).fetchall()
    connection.execute(
        "update journey_tokens t set node = m.node, visit = m.visit, due_at = m.due_at, "
        "memory = m.memory from unnest(%s::smallint[], %s::bytea[], %s::text[], %s::integer[], "
        "%s::bigint[], %s::bytea[]) as m (brand_id, run_id, node, visit, due_at, memory) "
        "where t.brand_id = m.brand_id and t.run_id = m.run_id",
        _token_columns([_token(run, "pause", 30) for run, _ in standing]),
    )
    _trace(connection, sending, "waited", "patience")
    _trace(connection, sending, "sent", "apologise")
    _trace(connection, asking, "branched", "which")
    _queue(connection, sending)


def _trace(connection: Connection, runs: Sequence[RunRow], what: str, node: str) -> None:
    """Copy one line of trace for each run."""
    with connection.cursor().copy(
        "copy journey_steps (brand_id, run_id, journey, version, profile_id, node, visit, at, "
        "what, details) from stdin (format binary)"
    ) as copy:
        copy.set_types(
            ("int2", "bytea", "text", "int4", "int8", "text", "int4", "int8", "text", "bytea")
        )
        for run in runs:
            copy.write_row(
                (1, run.run_id, run.journey, _VERSION, run.profile_id, node, 1, run.entered_at,
                 what, b'{"template":"late"}')
            )  # fmt: skip


def _queue(connection: Connection, runs: Sequence[RunRow]) -> None:
    """Insert one outbox row for each run."""
    n_rows = len(runs)
    connection.execute(
        "insert into messages (brand_id, message_id, profile_id, journey, version, run_id, node,"
        " channel, template, template_version, message_class, queued_at, expires_at, not_before,"
        " cancel_when, inputs, changed_at) select u.*, 0 from unnest(%s::smallint[], %s::bytea[],"
        " %s::bigint[], %s::text[], %s::integer[], %s::bytea[], %s::text[], %s::text[],"
        " %s::text[], %s::integer[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],"
        " %s::bytea[], %s::bytea[]) as u on conflict do nothing",
        (
            [1] * n_rows, [run.run_id for run in runs], [run.profile_id for run in runs],
            [run.journey for run in runs], [_VERSION] * n_rows, [run.run_id for run in runs],
            ["apologise"] * n_rows, ["email"] * n_rows, ["late"] * n_rows, [1] * n_rows,
            ["service"] * n_rows, [run.entered_at for run in runs], [0] * n_rows,
            [run.entered_at for run in runs], [b"{}"] * n_rows, [run.entry for run in runs],
        ),
    )  # fmt: skip
