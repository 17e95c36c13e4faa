"""Which events count: those of a rolling window, of a fixed one, or of all time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import ibis

from huiliu.conditions.population import moment_literal
from huiliu.conditions.reading import Reading
from huiliu.conditions.values import as_moment
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_duration, show_duration, show_instant

__all__ = ["ALL_TIME", "WINDOW_KEYS", "Window", "length_text", "parse_window"]

WINDOW_KEYS = frozenset({"within", "since", "before"})


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that an event's own time must lie in."""

    #: Rolling: counts from the event's instant for this many microseconds; 0 = not rolling.
    within: int = 0
    #: Fixed: from this instant on, and before that one; None = open.
    since: int | None = None
    before: int | None = None

    def has(self, occurred_at: int, now: int) -> bool:
        """Say whether an event of that instant counts at `now`.

        A rolling window lets an event go exactly its length after the event, not later.
        """
        if self.within and occurred_at + self.within <= now:
            return False
        if self.since is not None and occurred_at < self.since:
            return False
        return self.before is None or occurred_at < self.before

    def among(self, occurred_at: ibis.Value, now: int) -> list[ibis.Value]:
        """Return the expressions that say the same of a timestamp column."""
        found = []
        if self.within:
            found.append(occurred_at > moment_literal(now - self.within))
        if self.since is not None:
            found.append(occurred_at >= moment_literal(self.since))
        if self.before is not None:
            found.append(occurred_at < moment_literal(self.before))
        return found

    def sentence(self) -> Text:
        """Return the window in words, with its leading space; nothing for all time."""
        if self.within:
            return text("conditions.within", length=length_text(self.within))
        if self.since is not None and self.before is not None:
            return text(
                "conditions.between",
                since=show_instant(self.since),
                before=show_instant(self.before),
            )
        if self.since is not None:
            return text("conditions.since", since=show_instant(self.since))
        if self.before is not None:
            return text("conditions.before", before=show_instant(self.before))
        return text("conditions.ever")

    def tree(self) -> dict[str, object]:
        """Return the canonical keys of the window."""
        tree: dict[str, object] = {}
        if self.within:
            tree["within"] = show_duration(self.within)
        if self.since is not None:
            tree["since"] = show_instant(self.since)
        if self.before is not None:
            tree["before"] = show_instant(self.before)
        return tree


#: Every event counts.
ALL_TIME = Window()


def length_text(within: int) -> Text:
    """Return a length in words, in its largest whole unit."""
    for unit, key in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if within % unit == 0:
            return text(f"conditions.{key}", n=within // unit)
    return text("conditions.length", length=show_duration(within))


def parse_window(raw: Mapping[str, object], path: str, reading: Reading) -> Window:
    """Return the window of an operator's mapping, noting every problem."""
    within = 0
    if "within" in raw:
        within = as_duration(str(raw["within"])) or 0
        if not within:
            reading.fault(f"{path}.within", "want_duration")
        for key in ("since", "before"):
            if key in raw:
                reading.fault(f"{path}.{key}", "one_window")
    since = _moment(raw, "since", path, reading)
    before = _moment(raw, "before", path, reading)
    if since is not None and before is not None and before <= since:
        reading.fault(f"{path}.before", "empty_window")
    return Window(within, since, before)


def _moment(raw: Mapping[str, object], key: str, path: str, reading: Reading) -> int | None:
    """Return the instant that a key names, noting a problem where it names none."""
    if key not in raw:
        return None
    given = raw[key]
    found = as_moment(given.isoformat() if isinstance(given, dt.date) else str(given))
    if found is None:
        reading.fault(f"{path}.{key}", "want_moment")
    return found
