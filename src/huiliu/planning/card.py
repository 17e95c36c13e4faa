"""The document `kind: channel_card`: what one channel, or one account on it, is for and can do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import CHANNEL, Fields, Price
from huiliu.kernel.texts import text

__all__ = [
    "CONSENTS",
    "FEATURES",
    "GRADES",
    "KIND",
    "OBJECTIVES",
    "ROLES",
    "STATES",
    "Card",
    "Evidence",
    "Trial",
    "parse_card",
    "parsed_card",
]

KIND: Final = "channel_card"
#: What a channel is for. Source: the mission's table of channels.
ROLES: Final = ("core", "fission", "seeding", "reception", "reach", "moment", "presence")
OBJECTIVES: Final = ("exposure", "conversion")
#: What people can do there, and what a brand can.
FEATURES: Final = (
    "payment", "logistics", "membership", "coupons", "customer_service", "live", "content",
    "search", "sharing", "groups", "location", "advertising",
)  # fmt: skip
#: What a brand needs from a person before it may write to them.
CONSENTS: Final = ("none", "opt_in", "follow", "one_shot", "window", "platform")
#: How sure what was typed in is, the surest first.
GRADES: Final = ("tried", "documented", "told", "recalled")
#: used = it is one of the brand's channels, watched = a candidate, retired = it was one.
STATES: Final = ("used", "watched", "retired")
_FIELDS: Final = frozenset({
    *HEADER, "channel", "account", "state", "role", "objective", "features", "size", "activity",
    "steps", "hours", "cost", "limits", "consent", "evidence", "surveys", "trial", "owner",
    "reviewed",
})  # fmt: skip
_MOST_PEOPLE: Final = 1e10


@dataclass(frozen=True, slots=True)
class Evidence:
    """How what was typed in is known."""

    grade: str
    #: A page, a contract, whoever said so.
    source: str
    #: None = nobody said.
    checked: dt.date | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a candidate may cost to be tried, and what is to be learnt."""

    budget: Price
    until: dt.date | None
    question: str


@dataclass(frozen=True, slots=True)
class Card:
    """One card as it is live; parsed once, never changed. None = nobody said."""

    slug: str
    name: Mapping[str, str]
    note: str
    #: As events and messages name it.
    channel: str
    #: The account that sends on it; "" = the channel as a whole, or a platform without one.
    account: str
    state: str
    role: str
    objective: str
    features: tuple[str, ...]
    #: How many people it reaches.
    size: float | None
    #: The share of them who are there in a month.
    activity: float | None
    #: From the first touch to payment.
    steps: float | None
    hours: float | None
    #: Of reaching one person once.
    cost: Price | None
    limits: str
    consent: str
    evidence: Evidence
    #: Forms that asked people about it.
    surveys: tuple[str, ...]
    trial: Trial | None
    owner: str
    #: When somebody last looked whether all this still holds; None = when it was published.
    reviewed: dt.date | None
    #: Canonical YAML.
    source: str


def parse_card(source: str | bytes) -> Card | tuple[Problem, ...]:
    """Return the card of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    channel = fields.word("channel", is_needed=True, most=40)
    if channel and not CHANNEL.fullmatch(channel):
        fields.wrong("channel", "plans.want_channel")
    state = fields.choice("state", STATES, "used")
    trial = _trial(fields)
    if state == "watched" and trial is None and "trial" not in fields.tree:
        fields.wrong("state", "cards.no_trial")
    found = Card(
        slug=header.slug if header else "",
        name=header.name if header else {},
        note=header.note if header else "",
        channel=channel,
        account=fields.word("account"),
        state=state,
        role=fields.choice("role", ROLES),
        objective=fields.choice("objective", OBJECTIVES),
        features=fields.choices("features", FEATURES),
        size=fields.number("size", 0, _MOST_PEOPLE),
        activity=fields.number("activity", 0, 1),
        steps=fields.number("steps", 0, 1_000),
        hours=fields.number("hours", 0, 24 * 366),
        cost=fields.price("cost"),
        limits=fields.word("limits", most=1_000),
        consent=fields.choice("consent", CONSENTS, "none"),
        evidence=_evidence(fields),
        surveys=fields.slugs("surveys"),
        trial=trial,
        owner=fields.word("owner"),
        reviewed=fields.day("reviewed"),
        source=dump(loaded.tree),
    )
    return tuple(fields.problems) if fields.problems else found


@lru_cache(maxsize=512)
def parsed_card(source: str) -> Card:
    """Return the card of a stored source; raise BadInput where it is understood no more."""
    found = parse_card(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _evidence(fields: Fields) -> Evidence:
    """Return how what was typed in is known; what nobody says is recalled."""
    inner = fields.below("evidence")
    if inner is None:
        return Evidence(GRADES[-1], "", None)
    inner.only({"grade", "source", "checked"})
    return Evidence(inner.choice("grade", GRADES), inner.word("source"), inner.day("checked"))


def _trial(fields: Fields) -> Trial | None:
    """Return what a candidate may cost to be tried."""
    inner = fields.below("trial")
    if inner is None:
        return None
    inner.only({"budget", "until", "question"})
    budget = inner.price("budget")
    if "budget" not in inner.tree:
        inner.wrong("budget", "cards.no_budget")
    until, question = inner.day("until"), inner.word("question", most=500)
    return None if budget is None else Trial(budget, until, question)
