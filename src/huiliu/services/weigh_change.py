"""Weighs documents that are to go live: how risky they are, and what is to be known of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.governance.approvals import Approvals
from huiliu.governance.risk import Novelty, Risk, highest, weigh
from huiliu.journeys import Journey
from huiliu.journeys.cases import Suite
from huiliu.kernel.changes import compare
from huiliu.kernel.documents import load
from huiliu.messages.lint import BLOCK, WARN, lint
from huiliu.messages.template import Template, parse_template
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.check_content import CHECKED, check_source
from huiliu.services.content_gates import briefs_of
from huiliu.services.decision_data import Evidence, FactorSaid, FindingSaid, Weighed, said
from huiliu.services.forecast_change import Forecast, Forecasting
from huiliu.services.live import live
from huiliu.services.packs import content_rules
from huiliu.services.read_offers import Proposal
from huiliu.services.test_journey import stored_suites

__all__ = ["Weighing", "novelty_of", "weigh_changes"]

#: Fields that people read only in the console.
_WORDS: Final = ("name", "note", "notes", "layout", "owner", "because", "description")
_MOST_FINDINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Weighing:
    """Documents that were weighed."""

    evidence: Evidence
    #: The highest class of them.
    risk: str


def weigh_changes(
    world: World, brand_id: int, proposals: Sequence[Proposal], rules: Approvals
) -> Weighing:
    """Return how risky documents are together: as the riskiest of them that says something new."""
    beside = {(one.kind, one.slug): one for one in proposals}
    changed = [one for one in proposals if one.is_new]
    forecasting = Forecasting(world, brand_id, rules.bounds.currency, beside)
    found = []
    for one in changed:
        forecast = forecasting.of(one)
        with world.store.system() as tx:
            novelty = novelty_of(tx, world, brand_id, one, proposals)
            findings = list(_findings(tx, world, brand_id, one, beside))[:_MOST_FINDINGS]
            n_cases = _n_cases(tx, brand_id, one, proposals)
        risk = weigh(
            forecast.reach, forecast.people, forecasting.everybody, cost=forecast.cost,
            novelty=novelty, bounds=rules.bounds, floor=rules.floor(one.kind),
        )  # fmt: skip
        found.append(_weighed(one, forecast, risk, findings, n_cases))
    together = highest(one.risk for one in found)
    evidence = Evidence(
        together, forecasting.everybody, rules.bounds.currency, world.clock.now(), found
    )
    return Weighing(evidence, together)


def novelty_of(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Sequence[Proposal] = ()
) -> Novelty:
    """Return how new a document is to the brand."""
    if one.version:
        earlier = tx.documents.versions(brand_id, one.kind, one.slug)
        if any(each.source == one.source for each in earlier):
            return Novelty.KNOWN
        before, after = (_without_words(each) for each in (one.before, one.source))
        return Novelty.LIKE if any(compare(before, after)) else Novelty.KNOWN
    if not isinstance(one.parsed, Journey):
        siblings = [each for each in tx.documents.all(brand_id, one.kind) if each.slug != one.slug]
        return Novelty.LIKE if siblings else Novelty.NEW
    known = live(tx, world, brand_id)
    channels = {slug: each.face.channel for slug, each in known.templates.items()}
    offered = {
        each.slug: each.parsed.channel for each in beside if isinstance(each.parsed, Template)
    }
    speaks = _channels(one.parsed, channels | offered)
    is_like = any(
        running.journey.form == one.parsed.form and speaks <= _channels(running.journey, channels)
        for running in known.journeys.values()
    )
    return Novelty.LIKE if is_like else Novelty.NEW


def _channels(journey: Journey, channels: Mapping[str, str]) -> frozenset[str]:
    """Return the channels that a journey speaks on; a template that is new is one of its own."""
    names = [name for node in journey.nodes.values() for name in node.names]
    return frozenset(
        channels.get(name.name, f"new {name.name}") for name in names if name.kind == "template"
    )


def _without_words(source: str) -> dict[str, object]:
    """Return what a document does, without what it is called and noted."""
    return {name: value for name, value in load(source).tree.items() if name not in _WORDS}


def _findings(
    tx: Tx, world: World, brand_id: int, one: Proposal, beside: Mapping[tuple[str, str], Proposal]
) -> Iterator[FindingSaid]:
    """Yield what rules say about a document, and about the templates that a journey sends."""
    rules = content_rules(tx, world, brand_id)
    briefs = briefs_of(tx, brand_id)
    for kind, slug, source in _texts(tx, brand_id, one, beside):
        prefix = "" if (kind, slug) == (one.kind, one.slug) else f"{kind} {slug}: "
        for found in check_source(rules, kind, source, world.clock.now(), briefs):
            if not found.finding.blocks:
                yield FindingSaid(WARN, prefix + found.path, said(found.text))
        if kind == "template":
            for each in lint(parse_template(source), written=source):
                if each.severity != BLOCK:
                    yield FindingSaid(each.severity, prefix + each.path, said(each.text))


def _texts(
    tx: Tx, brand_id: int, one: Proposal, beside: Mapping[tuple[str, str], Proposal]
) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, slug, source) of the texts that people would read because of a document."""
    if one.kind in CHECKED:
        yield one.kind, one.slug, one.source
    if not isinstance(one.parsed, Journey):
        return
    names = {name.name for node in one.parsed.nodes.values() for name in node.names
             if name.kind == "template"}  # fmt: skip
    for document in tx.documents.all(brand_id, "template"):
        if document.slug in names and ("template", document.slug) not in beside:
            yield "template", document.slug, document.source


def _n_cases(tx: Tx, brand_id: int, one: Proposal, beside: Sequence[Proposal]) -> int:
    """Return how many cases of tests hold for a journey: the gates have just run them."""
    if one.kind != "journey":
        return 0
    suites = {each.header.slug: each for each in stored_suites(tx, brand_id, one.slug)}
    for each in beside:
        if isinstance(each.parsed, Suite) and each.parsed.journey == one.slug:
            suites[each.slug] = each.parsed
    return sum(len(suite.cases) for suite in suites.values())


def _weighed(
    one: Proposal, forecast: Forecast, risk: Risk, findings: list[FindingSaid], n_cases: int
) -> Weighed:
    """Return what is kept of one document's weighing."""
    factors = [FactorSaid(each.name, each.score, said(each.said)) for each in risk.factors]
    return Weighed(
        one.kind, one.slug, risk.risk, risk.score, factors, risk.floor, forecast.reach.value,
        forecast.people, forecast.messages, forecast.cost, n_cases, 0, findings,
    )  # fmt: skip
