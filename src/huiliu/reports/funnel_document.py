"""The document `kind: funnel`: steps that people take one after the other, and in what time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.conditions import NOWHERE, Filters, Surroundings, parse_filters
from huiliu.conditions.filters import NO_FILTERS
from huiliu.kernel.documents import HEADER, dump, join_path, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import DAY, MINUTE, as_duration

__all__ = ["ANY", "KIND", "STRICT", "Funnel", "Step", "is_breakdown", "parse_funnel"]

KIND: Final = "funnel"
STRICT: Final = "strict"
ANY: Final = "any"
_FIELDS: Final = frozenset({*HEADER, "window", "order", "steps", "exclude", "by"})
_STEP: Final = frozenset({"name", "event", "events", "where", "channels"})
_MOST_STEPS: Final = 12
_LONGEST: Final = 90 * DAY
_BY: Final = re.compile(r"channel|os|segment:[a-z0-9][a-z0-9-]{0,63}|property:[A-Za-z0-9_.]{1,80}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: any of some events, perhaps only with some properties or on some channels."""

    #: By language; {} = the events' own names.
    name: Mapping[str, str]
    events: tuple[str, ...]
    where: Filters = NO_FILTERS
    channels: tuple[str, ...] = ()

    @property
    def shown(self) -> Mapping[str, str]:
        """Return how it is called."""
        return self.name or dict.fromkeys(LOCALES, " / ".join(self.events))


@dataclass(frozen=True, slots=True)
class Funnel:
    """One funnel; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    note: str
    steps: tuple[Step, ...]
    #: From the first step to the last, in microseconds.
    window: int
    #: `strict`: one step after the other; `any`: whichever steps somebody took.
    order: str = STRICT
    #: Who did one of these between the first step and another one did not take that one.
    exclude: tuple[str, ...] = ()
    #: By what pages offer to tell people apart.
    by: tuple[str, ...] = ()
    #: Canonical YAML; "" = it came with the program.
    source: str = ""


def is_breakdown(written: str) -> bool:
    """Say whether people can be told apart by this."""
    return bool(_BY.fullmatch(written))


def parse_funnel(
    source: str | bytes, around: Surroundings = NOWHERE
) -> Funnel | tuple[Problem, ...]:
    """Return the funnel of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    order = fields.choice("order", (STRICT, ANY), STRICT)
    window = _window(fields)
    steps = _steps(fields, around)
    exclude = _words(fields, "exclude")
    by = _words(fields, "by")
    for nth, one in enumerate(by):
        if not is_breakdown(one):
            fields.wrong(join_path("by", nth), "funnels.no_breakdown", found=one)
    if fields.problems or header is None:
        return tuple(fields.problems)
    return Funnel(
        header.slug, header.name, header.note, steps, window, order, exclude, by,
        dump(loaded.tree),
    )  # fmt: skip


@lru_cache(maxsize=256)
def parsed_funnel(source: str) -> Funnel:
    """Return the funnel of a stored source, which was checked when it was published."""
    found = parse_funnel(source)
    assert not isinstance(found, tuple)
    return found


def _window(fields: Fields) -> int:
    """Return how long somebody may take from the first step to the last."""
    written = fields.word("window", is_needed=True, most=20)
    found = as_duration(written) if written else None
    if written and (found is None or not MINUTE <= found <= _LONGEST):
        fields.wrong("window", "funnels.want_window")
    return found or DAY


def _steps(fields: Fields, around: Surroundings) -> tuple[Step, ...]:
    """Return the steps."""
    parts = fields.parts("steps", _MOST_STEPS)
    if parts is None or len(parts) == 1:
        fields.wrong("steps", "funnels.want_steps", most=_MOST_STEPS)
    return tuple(_step(part, around) for part in parts or ())


def _step(part: Fields, around: Surroundings) -> Step:
    """Return one step."""
    part.only(_STEP)
    one = part.word("event")
    events = (one,) if one else _words(part, "events")
    if not events:
        part.wrong("event", "funnels.want_event")
    where = parse_filters(part.tree.get("where"), join_path(part.path, "where"), around)
    if isinstance(where, tuple):
        part.problems.extend(part.loaded.problem(each.path, each.text) for each in where)
        where = NO_FILTERS
    return Step(_name(part), events, where, part.channels("channels"))


def _name(part: Fields) -> Mapping[str, str]:
    """Return how a step is called: one text, or a text a language."""
    found = part.tree.get("name")
    if found is None:
        return {}
    if isinstance(found, str) and found.strip():
        return dict.fromkeys(LOCALES, found.strip())
    if not isinstance(found, dict) or not found or not all(
        key in LOCALES and isinstance(word, str) and word.strip() for key, word in found.items()
    ):  # fmt: skip
        part.wrong("name", "documents.name")
        return {}
    first = str(next(iter(found.values())))
    return {locale: str(found.get(locale, first)) for locale in LOCALES}


def _words(fields: Fields, name: str) -> tuple[str, ...]:
    """Return a list of short texts; () where there is none."""
    found = fields.tree.get(name)
    if found is None:
        return ()
    listed: Sequence[object] = found if isinstance(found, list) else ()
    if not listed or not all(
        isinstance(one, str) and 0 < len(one.strip()) <= 100 for one in listed
    ):
        fields.wrong(name, "funnels.want_words")
        return ()
    return tuple(dict.fromkeys(str(one).strip() for one in listed))
