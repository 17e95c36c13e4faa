"""What a backtest found, as plain values: the same counts, the same report, byte for byte."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from huiliu.journeys.backtest.echoes import CHAIN
from huiliu.journeys.backtest.tally import FATIGUE_WINDOW, Counts
from huiliu.journeys.journey import Journey
from huiliu.kernel.times import show_duration, show_instant
from huiliu.statistics.proportions import difference, wilson

__all__ = ["Asked", "report"]

#: What was done with a message -> how a report calls it.
_REACTIONS: Final = {**dict(zip(CHAIN, ("delivered", "opened", "clicked"), strict=True)),
                     "Message Failed": "failed", "Message Replied": "replied"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and under which rules it was lived through."""

    journey: Journey
    #: Slugs of the live journeys that lived beside it.
    beside: Sequence[str]
    start: int
    end: int
    seed: int
    #: ISO dates of the days of the period, in the brand's zone.
    days: Sequence[str]
    cap: int
    fatigue_limit: int
    #: Channel -> what a message costs.
    costs: Mapping[str, Decimal] = field(default_factory=dict)
    #: Channels whose reactions are drawn from the brand's own past.
    drawn: Sequence[str] = ()
    #: Whether the log tells of messages that this journey sent.
    replayed: bool = False
    #: Whether everybody is taken to be reachable, unless they said no.
    assumes_reach: bool = False


def report(asked: Asked, counts: Counts, n_events: int) -> dict[str, Any]:
    """Return the report of a backtest, ready to be written as JSON."""
    found = _Report(asked, counts)
    slug = asked.journey.slug
    return {
        "journey": slug,
        "from": show_instant(asked.start),
        "to": show_instant(asked.end),
        "seed": asked.seed,
        "beside": list(asked.beside),
        "assumes": {
            "behaviour": "unchanged",
            "reach": "everybody" if asked.assumes_reach else "as known",
            "reactions": {
                "replayed": asked.replayed, "drawn": list(asked.drawn), "elsewhere": "none",
            },
            "webhooks": "answer at once that all is well",
            "tasks": "are never done",
        },
        "events": n_events,
        "entered": counts["entered", slug],
        "people": counts["people", slug],
        "held_out": counts["held_out", slug],
        "not_entered": found.by("not_entered", slug),
        "active": sum(found.by("active", slug).values()),
        "exits": found.exits(),
        "nodes": found.nodes(),
        "messages": found.messages(),
        "cost": found.cost(),
        "caps": {
            "limit": asked.cap,
            "collisions": found.reasons("not_sent").get("frequency_cap", 0),
            "people": counts["not_sent_people", slug, "frequency_cap"],
        },
        "quiet_hours": {"shifted": found.reasons("shifted").get("quiet_hours", 0)},
        "fatigue": {
            "limit": asked.fatigue_limit,
            "window": show_duration(FATIGUE_WINDOW),
            "people": counts["fatigued",],
        },
        "competing": found.competing(),
        "goal": found.goal(),
        "webhooks": found.by("called", slug),
        "tasks": found.by("tasks", slug),
        "emitted": found.by("emitted", slug),
    }  # fmt: skip


class _Report:
    """Reads counts by their keys."""

    def __init__(self, asked: Asked, counts: Counts) -> None:
        """Hold both."""
        self._asked = asked
        self._counts = counts
        self._slug = asked.journey.slug
        self._of: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
        for key, n in sorted(counts.items()):
            self._of[key[0]].append((key[1:], n))

    def by(self, what: str, *begins: str) -> dict[str, int]:
        """Return the last part of keys that begin so -> how many."""
        found: Counter[str] = Counter()
        for key, n in self._of[what]:
            if key[: len(begins)] == begins:
                found[key[-1]] += n
        return dict(sorted(found.items()))

    def exits(self) -> dict[str, int]:
        """Return how many runs ended, by reason."""
        found = Counter(self.by("ended", self._slug))
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def nodes(self) -> list[dict[str, Any]]:
        """Return every node with its people, in the order of the document."""
        counts, slug = self._counts, self._slug
        ways: dict[str, dict[str, int]] = defaultdict(dict)
        for (of, node, to), n in self._of["way"]:
            if of == slug:
                ways[node][to] = n
        return [
            {
                "node": name,
                "type": node.type,
                "people": counts["at", slug, name],
                "passed": counts["passed", slug, name],
                "waiting": counts["waiting", slug, name],
                "ways": [{"to": to, "runs": n} for to, n in sorted(ways[name].items())],
            }
            for name, node in self._asked.journey.nodes.items()
        ]

    def reasons(self, what: str) -> dict[str, int]:
        """Return why messages were put off or not sent."""
        found: Counter[str] = Counter()
        for (of, _, reason), n in self._of[what]:
            if of == self._slug:
                found[reason] += n
        return dict(sorted(found.items()))

    def messages(self) -> dict[str, Any]:
        """Return what became of the journey's messages."""
        by_day: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        totals: dict[str, Counter[str]] = {"decided": Counter(), "sent": Counter()}
        for what, total in totals.items():
            for channel, day, n in self._on_days(what):
                by_day[day][channel][what] = n
                total[channel] += n
        decided, sent = totals["decided"], totals["sent"]
        reacted: dict[str, dict[str, int]] = defaultdict(dict)
        for (of, channel, name), n in self._of["reacted"]:
            if of == self._slug and name in _REACTIONS:
                reacted[channel][_REACTIONS[name]] = n
        channels = sorted(set(decided) | set(sent))
        return {
            "decided": sum(decided.values()),
            "sent": sum(sent.values()),
            "people": self._counts["reached", self._slug],
            "shifted": self.reasons("shifted"),
            "not_sent": self.reasons("not_sent"),
            "channels": [
                {"channel": channel, "decided": decided[channel], "sent": sent[channel]}
                | dict(sorted(reacted[channel].items()))
                for channel in channels
            ],
            "days": [
                {
                    "day": day,
                    "channels": {
                        channel: {"decided": 0, "sent": 0} | counted
                        for channel, counted in sorted(by_day[day].items())
                    },
                }
                for day in self._asked.days
                if day in by_day
            ],
        }

    def cost(self) -> dict[str, Any]:
        """Return what the messages cost, as far as settings name prices."""
        sent: Counter[str] = Counter()
        for channel, _, n in self._on_days("sent"):
            sent[channel] += n
        each = {
            channel: n * self._asked.costs[channel]
            for channel, n in sorted(sent.items())
            if channel in self._asked.costs
        }
        return {
            "total": _amount(sum(each.values(), Decimal(0))),
            "channels": {channel: _amount(amount) for channel, amount in each.items()},
            "unpriced": sorted(set(sent) - set(each)),
        }

    def competing(self) -> list[dict[str, Any]]:
        """Return the live journeys that had the same people, or wrote to them at about a time."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for what, called in (("together", "people_in_both"), ("close", "messages_within_7d")):
            for pair, n in self._of[what]:
                if self._slug in pair:
                    other = next(one for one in pair if one != self._slug)
                    found[other][called] = n
        return [
            {"journey": other, "people_in_both": 0, "messages_within_7d": 0} | each
            for other, each in sorted(found.items())
        ]

    def goal(self) -> dict[str, Any] | None:
        """Return how many runs reached the goal, with the interval of their share."""
        goal = self._asked.journey.goal
        if goal is None:
            return None
        k, n = self._reached("treated")
        low, high = wilson(k, n)
        found: dict[str, Any] = {
            "event": goal.matcher.event,
            "within": show_duration(goal.within) if goal.within else None,
            "runs": n, "reached": k, "share": _round(k / n if n else 0.0),
            "low": _round(low), "high": _round(high),
        }  # fmt: skip
        if self._asked.journey.holdout:
            k_held, n_held = self._reached("held_out")
            low, high = wilson(k_held, n_held)
            found["held_out"] = {
                "runs": n_held, "reached": k_held,
                "share": _round(k_held / n_held if n_held else 0.0),
                "low": _round(low), "high": _round(high),
            }  # fmt: skip
            low, high = difference(k, n, k_held, n_held)
            found["difference"] = {"low": _round(low), "high": _round(high)}
        return found

    def _reached(self, group: str) -> tuple[int, int]:
        """Return how many runs of a group reached the goal, and how many there were."""
        ended = self.by("ended", self._slug, group)
        under_way = self._counts["active", self._slug, group]
        return ended.get("goal", 0), sum(ended.values()) + under_way

    def _on_days(self, what: str) -> Iterator[tuple[str, str, int]]:
        """Yield channel, day and number of the messages that were decided on, or sent."""
        for (of, channel, day), n in self._of[what]:
            if of == self._slug:
                yield channel, self._asked.days[int(day)], n


def _round(share: float) -> float:
    """Return a share to six decimals: more than the interval ever tells."""
    return round(share, 6)


def _amount(amount: Decimal) -> str:
    """Return an amount as it is written, without an exponent."""
    return f"{amount.normalize():f}"
