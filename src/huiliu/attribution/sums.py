"""What models of attribution need of touches, as sums: no row of a person ever leaves the engine.

The rules add up what each touch gets; the chain needs how often one channel follows another; the
fair share needs which sets of channels bought. All of it is small, however many people there are,
and stands for each of some groups of people, so that the figures know how far they would move.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import ibis

from huiliu.attribution.markov import START, Moves, markov_of
from huiliu.attribution.path import Path, Worth
from huiliu.attribution.rules import RULES
from huiliu.attribution.shapley import shapley
from huiliu.kernel.times import DAY

__all__ = ["HALF_LIFE", "Sums", "ascribe", "ask_moves", "ask_rules", "ask_sets", "read_sums"]

#: After so long a touch counts half.
HALF_LIFE: Final = 7 * DAY
_ENDS: Final = 0.4
#: Stands in no name of a channel.
_BETWEEN: Final = "\x1f"


@dataclass(slots=True)
class Sums:
    """The sums of some people."""

    #: (rule, channel) -> conversions, value.
    rules: dict[tuple[str, str], tuple[float, float]] = field(
        default_factory=lambda: defaultdict(lambda: (0.0, 0.0))
    )
    moves: Moves = field(default_factory=Moves)
    #: Sets of channels: conversions and value.
    sets: list[Path] = field(default_factory=list)

    @property
    def conversions(self) -> float:
        """Return how many orders any touch led to."""
        return sum(one.conversions for one in self.sets)

    @property
    def value(self) -> float:
        """Return what they cost together."""
        return sum(one.value for one in self.sets)

    @property
    def nulls(self) -> float:
        """Return how many paths led to nothing."""
        return sum(self.moves.leaves.values())


def ask_rules(touches: ibis.Table) -> ibis.Table:
    """Return person_group, channel, and for each rule what the channel's touches get."""
    rows = touches.filter(touches.orders > 0)
    ago = (rows.ends_at.epoch_seconds() - rows.at.epoch_seconds()).cast("float64")
    weight = ibis.literal(0.5) ** (ago / (HALF_LIFE / 1_000_000))
    within = ibis.window(group_by=[rows.profile_id, rows.path])
    rows = rows.mutate(weight=weight)
    rows = rows.mutate(whole=rows.weight.sum().over(within))
    n = rows.length.cast("float64")
    is_first, is_last = rows.nth == 1, rows.nth == rows.length
    gets = {
        "last": is_last.cast("float64"),
        "first": is_first.cast("float64"),
        "linear": 1.0 / n,
        "time_decay": rows.weight / rows.whole,
        "position": ibis.cases(
            (rows.length == 1, 1.0), (rows.length == 2, 0.5), (is_first | is_last, _ENDS),
            else_=(1 - 2 * _ENDS) / (n - 2.0),
        ),
    }  # fmt: skip
    orders = rows.orders.cast("float64")
    return rows.group_by("person_group", "channel").agg(
        **{f"{name}_n": (part * orders).sum() for name, part in gets.items()},
        **{f"{name}_value": (part * rows.value).sum() for name, part in gets.items()},
    )


def ask_moves(touches: ibis.Table) -> ibis.Table:
    """Return person_group, source, channel, is_last, is_bought, n: how often what follows what."""
    within = ibis.window(group_by=[touches.profile_id, touches.path], order_by=[touches.nth])
    rows = touches.mutate(source=touches.channel.lag().over(within))
    # What bought several orders at once went its way so often.
    times = ibis.greatest(rows.orders, 1)
    return rows.group_by(
        "person_group", "channel", source=rows.source.fill_null(START),
        is_last=rows.nth == rows.length, is_bought=rows.orders > 0,
    ).agg(n=times.sum().cast("float64"))  # fmt: skip


def ask_sets(touches: ibis.Table) -> ibis.Table:
    """Return person_group, channels (joined), conversions and value."""
    rows = touches.filter(touches.orders > 0)
    distinct = rows.select(
        "profile_id", "path", "person_group", "channel", "orders", "value"
    ).distinct()
    paths = distinct.group_by("profile_id", "path", "person_group", "orders", "value").agg(
        channels=distinct.channel.group_concat(_BETWEEN, order_by=distinct.channel)
    )
    return paths.group_by("person_group", "channels").agg(
        conversions=paths.orders.sum().cast("float64"), value=paths.value.sum()
    )


def read_sums(
    rules: Iterable[Mapping[str, Any]],
    moves: Iterable[Mapping[str, Any]],
    sets: Iterable[Mapping[str, Any]],
    left_out: Collection[int] = (),
) -> Sums:
    """Return the sums of all groups of people but some."""
    found = Sums()
    for row in rules:
        if row["person_group"] in left_out:
            continue
        for name in RULES:
            n, value = found.rules[name, row["channel"]]
            found.rules[name, row["channel"]] = (
                n + row[f"{name}_n"], value + row[f"{name}_value"],
            )  # fmt: skip
    for row in moves:
        if row["person_group"] in left_out:
            continue
        found.moves.add(row["source"], row["channel"], row["n"])
        if row["is_last"]:
            found.moves.end(row["channel"], row["n"], is_bought=row["is_bought"])
    for row in sets:
        if row["person_group"] not in left_out:
            touched = tuple(row["channels"].split(_BETWEEN))
            found.sets.append(Path(touched, float(row["conversions"]), float(row["value"])))
    return found


def ascribe(sums: Sums, channels: Sequence[str], *, value: bool = False) -> dict[str, Worth]:
    """Return model -> channel -> conversions, or their value; every model adds up to the same."""
    found: dict[str, Worth] = {
        name: {channel: sums.rules[name, channel][value] for channel in channels} for name in RULES
    }
    whole = sums.value if value else sums.conversions
    found["markov"] = dict.fromkeys(channels, 0.0) | markov_of(sums.moves, whole)
    found["shapley"] = dict.fromkeys(channels, 0.0) | shapley(sums.sets, value=value)
    return found
