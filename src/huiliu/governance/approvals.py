"""The document `kind: approvals`: which changes wait for the word of which departments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.governance.notices import DEPARTMENTS
from huiliu.governance.risk import CLASSES, HIGH, LOW, MEDIUM, Bounds
from huiliu.kernel.documents import HEADER, dump, load, read_header
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.fields import Fields
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY

__all__ = [
    "KIND",
    "SLUG",
    "Approvals",
    "Panel",
    "parse_approvals",
    "parsed_approvals",
]

KIND: Final = "approvals"
#: A brand has one such document.
SLUG: Final = "default"
_FIELDS: Final = frozenset({*HEADER, "enabled", "audience", "cost", "medium", "high", "at_least"})
_MOST_DAYS: Final = 90
_MOST_MONEY: Final = 1e12


@dataclass(frozen=True, slots=True)
class Panel:
    """Who decides about one class of changes."""

    #: Of which departments somebody may vote.
    departments: tuple[str, ...]
    #: How many of them have to say yes.
    need: int
    #: How long it waits for them, in microseconds.
    expires: int


@dataclass(frozen=True, slots=True)
class Approvals:
    """How a brand decides together, as it is live; parsed once, never changed."""

    slug: str
    name: Mapping[str, str]
    #: False = everything goes live at once, as without the document.
    enabled: bool
    bounds: Bounds
    #: medium, high -> who decides.
    panels: Mapping[str, Panel]
    #: Kind of document -> its class at the least.
    floors: Mapping[str, str]
    #: Canonical YAML.
    source: str

    def panel(self, risk: str) -> Panel | None:
        """Return who decides about a class; None = nobody has to."""
        return self.panels.get(risk) if self.enabled else None

    def floor(self, kind: str) -> str:
        """Return the class that a kind of document has at the least."""
        # Whoever could lower the bar alone would not need the others for anything.
        return HIGH if kind == KIND else self.floors.get(kind, LOW)


_DEFAULTS: Final = {
    MEDIUM: Panel(("marketing", "operations", "legal"), 1, 3 * DAY),
    HIGH: Panel(DEPARTMENTS, 2, 7 * DAY),
}


def parse_approvals(source: str | bytes) -> Approvals | tuple[Problem, ...]:
    """Return the document of a YAML source, or every problem with its path and line."""
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("plans.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    fields = Fields(loaded, loaded.tree, problems=list(problems))
    fields.only(_FIELDS)
    if header is not None and header.slug != SLUG:
        fields.wrong("slug", "approvals.one_only", slug=SLUG)
    enabled = loaded.tree.get("enabled", True)
    if not isinstance(enabled, bool):
        fields.wrong("enabled", "approvals.want_yes_no")
    bounds = _bounds(fields)
    panels = {risk: _panel(fields, risk) for risk in _DEFAULTS}
    floors = _floors(fields)
    if fields.problems or header is None:
        return tuple(fields.problems)
    return Approvals(
        header.slug, header.name, enabled is True, bounds, panels, floors, dump(loaded.tree)
    )


@lru_cache(maxsize=64)
def parsed_approvals(source: str) -> Approvals:
    """Return the document of a stored source; raise BadInput where it is understood no more."""
    found = parse_approvals(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _bounds(fields: Fields) -> Bounds:
    """Return from where on people are some or many, and money is some or much."""
    plain = Bounds()
    some, many, few = plain.some_people, plain.many_people, plain.few
    if (inner := fields.below("audience")) is not None:
        inner.only({"some", "many", "few"})
        some = _or(inner.number("some", 0, 100), some * 100) / 100
        many = _or(inner.number("many", 0, 100), many * 100) / 100
        few = int(_or(inner.whole("few", 0, 1_000_000_000), few))
        if many < some:
            inner.wrong("many", "approvals.want_order")
    cost_some, cost_much, currency = plain.some_cost, plain.much_cost, plain.currency
    if (inner := fields.below("cost")) is not None:
        inner.only({"some", "much", "currency"})
        cost_some = _or(inner.number("some", 0, _MOST_MONEY), cost_some)
        cost_much = _or(inner.number("much", 0, _MOST_MONEY), cost_much)
        currency = inner.currency() or currency
        if cost_much < cost_some:
            inner.wrong("much", "approvals.want_order")
    return Bounds(some, many, few, cost_some, cost_much, currency)


def _panel(fields: Fields, risk: str) -> Panel:
    """Return who decides about one class."""
    plain = _DEFAULTS[risk]
    inner = fields.below(risk)
    if inner is None:
        return plain
    inner.only({"departments", "need", "days"})
    departments = inner.choices("departments", DEPARTMENTS) or plain.departments
    need = int(_or(inner.whole("need", 1, len(DEPARTMENTS)), min(plain.need, len(departments))))
    days = int(_or(inner.whole("days", 1, _MOST_DAYS), plain.expires // DAY))
    if need > len(departments):
        inner.wrong("need", "approvals.too_many", most=len(departments))
    return Panel(departments, need, days * DAY)


def _floors(fields: Fields) -> dict[str, str]:
    """Return the classes that kinds have at the least."""
    inner = fields.below("at_least")
    if inner is None:
        return {}
    return {kind: inner.choice(kind, CLASSES[1:]) for kind in inner.tree}


def _or(found: float | None, plain: float) -> float:
    """Return what was written, or what holds where nothing was."""
    return plain if found is None else found
