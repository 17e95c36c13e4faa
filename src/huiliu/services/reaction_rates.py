"""How a brand's people reacted to messages so far: what backtests draw reactions from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.journeys.backtest.echoes import CHAIN, STEPS, Rate
from huiliu.ports.world import World

__all__ = ["reaction_rates"]

_SENT: Final = "Message Sent"
#: Fewer messages of a channel than this tell nothing about it.
_FEWEST: Final = 30


def reaction_rates(world: World, brand_id: int, until: int) -> Mapping[str, Sequence[Rate]]:
    """Return channel -> the rates of what follows what, over all messages sent before an instant.

    A channel with few messages has no rates: nobody is then taken to react on it.
    """
    tables = world.warehouse.population(brand_id, until)
    events = tables.events
    told = events.filter(
        events.name.isin([_SENT, *CHAIN]), events.occurred_at < moment_literal(until)
    )
    told = told.mutate(message=tables.cell(told.properties, ("message_id",)).text())
    told = told.filter(told.message.notnull(), told.channel.notnull())
    first = {
        _column(name): told.occurred_at.min(where=told.name == name) for name in (_SENT, *CHAIN)
    }
    # A receipt may have lost its channel: the message's own is that of its sending.
    channel = told.channel.max(where=told.name == _SENT)
    messages = told.group_by("message").agg(channel=channel, **first)
    messages = messages.filter(messages[_column(_SENT)].notnull())
    found: dict[str, list[Rate]] = defaultdict(list)
    before = _SENT
    for name in CHAIN:
        for channel_name, rate in _rates(world, messages, before, name).items():
            found[channel_name].append(rate)
        before = name
    return {
        name: tuple(rates)
        for name, rates in sorted(found.items())
        if len(rates) == len(CHAIN) and rates[0].n >= _FEWEST
    }


def _rates(world: World, messages: ibis.Table, before: str, after: str) -> dict[str, Rate]:
    """Return channel -> how often and how soon one thing followed another.

    A click tells that the message was opened, and an opening that it was delivered, whether or
    not anybody said so.
    """
    base = messages[_column(before)]
    if before == "Message Delivered":
        base = ibis.coalesce(base, messages[_column("Message Opened")])
    reached = messages[_column(after)]
    if after != CHAIN[-1]:
        later = CHAIN[CHAIN.index(after) + 1]
        reached = ibis.coalesce(reached, messages[_column(later)])
    rows = messages.filter(base.notnull())
    seconds = reached.epoch_seconds() - base.epoch_seconds()
    counted = rows.mutate(reached=reached.notnull(), seconds=seconds)
    counted = counted.mutate(step=_step(counted.seconds))
    table = world.warehouse.run(
        counted.group_by("channel", "reached", "step").agg(n=counted.count())
    )
    found: dict[str, tuple[int, list[tuple[int, int]]]] = {}
    for row in table.to_pylist():
        total, delays = found.setdefault(row["channel"], (0, []))
        if row["reached"]:
            delays.append((row["step"], row["n"]))
        found[row["channel"]] = (total + row["n"], delays)
    return {
        name: Rate(total, sum(n for _, n in delays), tuple(sorted(delays)))
        for name, (total, delays) in found.items()
    }


def _step(seconds: ibis.Value) -> ibis.Value:
    """Return the step of a delay: they grow with the delay."""
    positive = ibis.greatest(seconds, 0).cast("float64")
    return ((positive + 1.0).log2() * float(STEPS)).floor().cast("int64").fill_null(0)


def _column(name: str) -> str:
    """Return the name of a column for an event."""
    return name.lower().replace(" ", "_")
