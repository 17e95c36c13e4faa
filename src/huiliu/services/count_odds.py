"""Counts what became of marketing: how often it converts, and how often it drives people away.

A message converts when its person pays within three days and before their next message. It drives
away when they withdraw consent for its channel, or complain, within seven days and before the
next message of that channel. Each order and each opt-out has one message at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.kernel.errors import EngineFailed, Unavailable
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.odds import Cell, Hazard, Tired, Tries, fit_hazard
from huiliu.ports.policy import OddsRow
from huiliu.ports.world import World
from huiliu.services.campaign_forms import note_worn_forms
from huiliu.services.channel_cards import note_reviews
from huiliu.services.policy_rules import rules_in_force

__all__ = ["count_odds", "count_odds_due", "known_channels"]

#: How far back messages tell about the next one.
_REACH: Final = 180 * DAY
_CONVERTS_S: Final = 3 * 86_400
_OPTS_OUT_S: Final = 7 * 86_400
_SPANS_S: Final = tuple(days * 86_400 for days in (1, 7, 30))
#: Somebody who had more is as tired as somebody who had so many.
_MOST_TIRED: Final = (6, 15, 40)
_EVERY: Final = 6 * HOUR
_AGAIN: Final = 10 * MINUTE
_CATCH_UP_S: Final = 60.0
#: So many messages are looked at, at most; of more, those of some people.
_MOST_ROWS: Final = 3_000_000
#: A second of the epoch stands in the lower half of a key, the person in the upper.
_PERSON: Final = 1 << 32

_SENT: Final = "Message Sent"
_PAID: Final = "Order Paid"
_GONE: Final = ("Consent Withdrawn", "Message Complained")

_Ints = np.ndarray[Any, np.dtype[np.int64]]


def count_odds_due(world: World, _limit: int = 0) -> int:
    """Count the odds of one brand that are due; return 1, or 0 where none are."""
    with world.store.system() as tx:
        tx.policy.adopt()
        brand_id = tx.policy.due(world.clock.now())
        if brand_id is None:
            return 0
        # The transaction stays open: it keeps other processes from the same work.
        note_worn_forms(tx, world, brand_id)
        note_reviews(tx, world, brand_id)
        now = world.clock.now()
        try:
            row = _count(world, brand_id, now)
        except (EngineFailed, Unavailable) as fault:
            before = tx.policy.odds(brand_id)
            failed = OddsRow(before.made_at, before.cells, before.hazards, str(fault)[:500])
            tx.policy.keep(brand_id, failed, now + _AGAIN)
        else:
            tx.policy.keep(brand_id, row, now + _EVERY)
    return 1


def count_odds(world: World, brand_id: int) -> OddsRow:
    """Count a brand's odds now, and keep them."""
    now = world.clock.now()
    row = _count(world, brand_id, now)
    with world.store.transaction(brand_id) as tx:
        tx.policy.keep(brand_id, row, now + _EVERY)
    return row


def _count(world: World, brand_id: int, now: int) -> OddsRow:
    """Return what the warehouse tells."""
    world.warehouse.catch_up(_CATCH_UP_S)
    with world.store.system() as tx:
        segments = rules_in_force(tx, world, brand_id).attention.segments
        members = [(slug, tx.segments.member_ids(brand_id, slug)) for slug in segments]
    past = _read(world, brand_id, now)
    if past is None:
        return OddsRow(now)
    converted = _marked(past.keys, past.orders, _CONVERTS_S)
    opted_out = np.zeros(len(past.keys), bool)
    hazards: dict[str, Hazard] = {}
    for number, channel in enumerate(past.channels):
        own = past.channel == number
        keys = past.keys[own]
        marks = _marked(keys, past.gone[past.gone_channel == number], _OPTS_OUT_S)
        opted_out[own] = marks
        hazard = fit_hazard(_tries(keys, marks))
        if hazard is not None:
            hazards[channel] = hazard
    return OddsRow(now, _cells(past, members, converted, opted_out), hazards)


@dataclass(frozen=True, slots=True)
class _Past:
    """What happened, as numbers: a key is a person's place among all, and the second."""

    #: Of each message that was sent, in order.
    keys: _Ints
    channel: _Ints
    journey: _Ints
    #: The person at each place.
    people: _Ints
    channels: Sequence[str]
    journeys: Sequence[str]
    orders: _Ints
    gone: _Ints
    gone_channel: _Ints


def _read(world: World, brand_id: int, now: int) -> _Past | None:
    """Return what happened lately to people who were sent marketing; None = nobody was."""
    tables = world.warehouse.population(brand_id)
    sent = world.warehouse.run(_sent(tables, now))
    if not len(sent):
        return None
    profile, second = _columns(sent)
    people, place = np.unique(profile, return_inverse=True)
    keys = place.astype(np.int64) * _PERSON + second
    order = np.argsort(keys, kind="stable")
    channels, channel = _codes(sent["channel"])
    journeys, journey = _codes(sent["journey"])
    orders = world.warehouse.run(_others(tables, now, (_PAID,)))
    gone = world.warehouse.run(_others(tables, now, _GONE))
    gone_keys, known = _keys(gone, people)
    of = {name: number for number, name in enumerate(channels)}
    codes = np.asarray([of.get(one, -1) for one in gone["channel"].to_pylist()], np.int64)
    order_keys, _ = _keys(orders, people)
    return _Past(
        keys[order], channel[order], journey[order], people, channels, journeys, order_keys,
        gone_keys, codes[known] if len(codes) else codes,
    )  # fmt: skip


def _sent(tables: Tables, now: int) -> ibis.Table:
    """Return profile_id, second, channel and journey of the marketing that was sent."""
    rows = tables.events
    rows = rows.filter(rows.name == _SENT, rows.occurred_at >= moment_literal(now - _REACH))
    kind = tables.cell(rows.properties, ("class",))
    rows = rows.filter(~kind.is_text(["service"]))
    said = tables.cell(rows.properties, ("channel",)).text()
    rows = rows.mutate(through=ibis.coalesce(said, rows.channel))
    rows = rows.filter(rows.through.notnull())
    return rows.select(
        "profile_id",
        channel=rows.through,
        second=rows.occurred_at.epoch_seconds(),
        journey=tables.cell(rows.properties, ("journey",)).text().fill_null(""),
    ).limit(_MOST_ROWS)


def _others(tables: Tables, now: int, names: Sequence[str]) -> ibis.Table:
    """Return profile_id, second and channel of other events since."""
    rows = tables.events
    rows = rows.filter(
        rows.name.isin(list(names)), rows.occurred_at >= moment_literal(now - _REACH)
    )
    said = tables.cell(rows.properties, ("channel",)).text()
    return rows.select(
        "profile_id",
        second=rows.occurred_at.epoch_seconds(),
        channel=ibis.coalesce(said, rows.channel, ""),
    ).limit(_MOST_ROWS)


def _columns(table: pa.Table) -> tuple[_Ints, _Ints]:
    """Return the people and the seconds of rows."""
    return tuple(np.asarray(table[name].to_numpy(), np.int64) for name in ("profile_id", "second"))  # type: ignore[return-value] # two of them


def _keys(table: pa.Table, people: _Ints) -> tuple[_Ints, _Ints]:
    """Return the keys of rows about these people, and which rows they are."""
    profile, second = _columns(table)
    place = np.searchsorted(people, profile)
    known = np.flatnonzero(people[np.minimum(place, len(people) - 1)] == profile)
    return place[known].astype(np.int64) * _PERSON + second[known], known


def _codes(column: pa.ChunkedArray) -> tuple[list[str], _Ints]:
    """Return the words of a column, and the number of each row's."""
    words, codes = np.unique(np.asarray(column.to_pylist(), dtype=object), return_inverse=True)
    return [str(word) for word in words], codes.astype(np.int64)


def _marked(keys: _Ints, happened: _Ints, within_s: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which messages are the last of their person before something that happened soon."""
    marks = np.zeros(len(keys), bool)
    if not len(keys) or not len(happened):
        return marks
    last = np.searchsorted(keys, happened, side="right") - 1
    found = last >= 0
    last, when = last[found], happened[found]
    # Another person's keys lie further away than any span.
    marks[last[when - keys[last] <= within_s]] = True
    return marks


def _tries(keys: _Ints, marks: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Tries]:
    """Return how often a message met somebody so tired, and how often they left upon it."""
    if not len(keys):
        return []
    at = np.arange(len(keys))
    columns = [
        np.minimum(at - np.searchsorted(keys, keys - span, side="left"), most)
        for span, most in zip(_SPANS_S, _MOST_TIRED, strict=True)
    ]
    states, which = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    n = np.bincount(which.ravel(), minlength=len(states))
    k = np.bincount(which.ravel(), weights=marks.astype(float), minlength=len(states))
    return [
        Tries(Tired(*(int(one) for one in state)), int(tried), int(left))
        for state, tried, left in zip(states, n, k, strict=True)
    ]


def _cells(
    past: _Past,
    members: Sequence[tuple[str, set[int]]],
    converted: np.ndarray[Any, np.dtype[np.bool_]],
    opted_out: np.ndarray[Any, np.dtype[np.bool_]],
) -> list[Cell]:
    """Return the counts of each journey in each segment on each channel."""
    segment = np.zeros(len(past.people), np.int64)
    names = ["", *(slug for slug, _ in members)]
    for number, (_, ids) in reversed(list(enumerate(members, start=1))):
        segment[np.isin(past.people, np.fromiter(ids, np.int64, len(ids)))] = number
    of_send = segment[past.keys // _PERSON]
    rows = np.column_stack([past.journey, of_send, past.channel])
    kinds, which = np.unique(rows, axis=0, return_inverse=True)
    which = which.ravel()
    n = np.bincount(which, minlength=len(kinds))
    counts = [
        np.bincount(which, weights=marks.astype(float), minlength=len(kinds))
        for marks in (converted, opted_out)
    ]
    return [
        Cell(past.journeys[j], names[s], past.channels[c], int(n[i]), int(counts[0][i]),
             int(counts[1][i]))
        for i, (j, s, c) in enumerate(kinds)
    ]  # fmt: skip


def known_channels(row: OddsRow) -> Mapping[str, tuple[int, int, int]]:
    """Return channel -> messages, conversions and opt-outs of all that was counted."""
    found: dict[str, tuple[int, int, int]] = {}
    for cell in row.cells:
        n, converted, gone = found.get(cell.channel, (0, 0, 0))
        found[cell.channel] = (
            n + cell.n, converted + cell.n_converted, gone + cell.n_opted_out,
        )  # fmt: skip
    return found
