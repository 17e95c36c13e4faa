"""Reads documents that are to go live together: each knows the others, all problems at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Final, TypeAlias

from huiliu.conditions import Surroundings
from huiliu.forms import Form, parse_form
from huiliu.governance.packs import Pack, disproved, parse_pack
from huiliu.journeys import Face, Journey, Known, check_known, parse
from huiliu.journeys.carrying import PIN, InFlight
from huiliu.journeys.cases import Suite, parse_suite
from huiliu.kernel.consents import ADS
from huiliu.kernel.documents import Loaded, load
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.messages.brief import Brief, parse_brief
from huiliu.messages.channels import CHANNELS
from huiliu.messages.permission import Permission, parse_permission
from huiliu.messages.policy_document import Policy, parse_policy
from huiliu.messages.template import Template, parse_template
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.segments import Segment, parse_segment
from huiliu.services.apply_journey import held_document, is_given, known_names
from huiliu.services.apply_tag import live_tags
from huiliu.services.compute_tags import in_order
from huiliu.services.list_document import ListDocument, parse_list
from huiliu.services.live import live, surroundings
from huiliu.services.plain_kinds import AROUND, PLAIN, PlainDocument
from huiliu.services.policy_rules import unknown_names
from huiliu.tags import Tag, parse_tag

__all__ = ["KINDS", "Offer", "Parsed", "Proposal", "read_offers"]

#: What can go live, in the order in which it does: what is named comes before what names it.
KINDS: Final = (
    "pack", "brief", "template", "list", "form", "tag", "segment", "journey", "policy",
    "permission", "test", *PLAIN,
)  # fmt: skip

_Plain: TypeAlias = ListDocument | Form | Tag | Segment | Permission
Parsed: TypeAlias = Pack | Brief | Template | _Plain | Journey | Policy | Suite | PlainDocument


@dataclass(frozen=True, slots=True)
class Offer:
    """A document that somebody wants to make live."""

    source: str | bytes
    #: What is to become of the people in older versions of a journey.
    in_flight: InFlight = PIN
    #: The newest version that its author saw, 0 = none; None = whichever.
    expects: int | None = None
    #: What stands before the path of each problem: the name of a file.
    where: str = ""
    #: What it has to be; "" = whatever it says that it is.
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A document that was read without a fault, as the gates see it."""

    kind: str
    slug: str
    #: Canonical.
    source: str
    parsed: Parsed
    offer: Offer
    #: The newest version that is stored; 0 = none.
    version: int
    #: "" = none is stored.
    before: str
    #: live, paused, draining, stopped or archived; "" = none is stored.
    state: str

    @property
    def is_new(self) -> bool:
        """Say whether it says something else than what is stored."""
        return self.before != self.source or self.state == "archived"


@dataclass(slots=True)
class _Reading:
    """What is read together."""

    tx: Tx
    world: World
    brand_id: int
    around: Surroundings
    problems: list[Problem] = field(default_factory=list)
    found: list[tuple[str, str, str, Parsed, Offer]] = field(default_factory=list)

    def wrong(self, offer: Offer, problems: Sequence[Problem]) -> None:
        """Note problems of one document, each under the name of its file."""
        for one in problems:
            path = f"{offer.where}: {one.path}".rstrip(": ") if offer.where else one.path
            self.problems.append(Problem(path, one.text, one.line))


def read_offers(
    tx: Tx, world: World, brand_id: int, offers: Sequence[Offer]
) -> tuple[list[Proposal], list[Problem]]:
    """Return the documents in the order in which they go live, and everything that is wrong.

    A name that one of them uses is looked up among them first, then in the instance.
    """
    loaded = [(offer, load(offer.source)) for offer in offers]
    by_kind = _by_kind(loaded)
    reading = _Reading(tx, world, brand_id, _around(tx, world, brand_id, by_kind))
    _refuse_strangers(reading, loaded)
    for kind in KINDS:
        for offer, tree in by_kind[kind]:
            if kind in AROUND:
                _plain(reading, offer, kind, AROUND[kind](offer.source, reading.around))
            elif kind in PLAIN:
                _plain(reading, offer, kind, PLAIN[kind](offer.source))
            else:
                _READERS[kind](reading, offer, tree, by_kind)
    _check_tags(reading)
    return _in_order([_proposal(tx, brand_id, one) for one in reading.found]), reading.problems


def _in_order(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Return documents so that each comes after those of its kind that it names, then by name."""
    found: list[Proposal] = []
    for kind in KINDS:
        mine = {one.slug: one for one in proposals if one.kind == kind}
        names = {slug: sorted(_named(one) & set(mine) - {slug}) for slug, one in mine.items()}
        try:
            order = list(TopologicalSorter(dict(sorted(names.items()))).static_order())
        except CycleError:
            # Journeys may call each other; circles of segments and tags were refused before.
            order = sorted(mine)
        found += [mine[slug] for slug in order]
    return found


def _named(one: Proposal) -> frozenset[str]:
    """Return the documents of its own kind that a document names."""
    if isinstance(one.parsed, Segment):
        return one.parsed.condition.mentions.segments
    if isinstance(one.parsed, Tag):
        return one.parsed.lineage.tags
    return one.parsed.mentions.journeys if isinstance(one.parsed, Journey) else frozenset()


def _by_kind(
    loaded: Sequence[tuple[Offer, Loaded]],
) -> dict[str, list[tuple[Offer, Loaded]]]:
    """Return the documents of each kind."""
    found: dict[str, list[tuple[Offer, Loaded]]] = {kind: [] for kind in KINDS}
    for offer, each in loaded:
        kind = offer.kind or each.tree.get("kind")
        if isinstance(kind, str) and kind in found:
            found[kind].append((offer, each))
    return found


def _slugs(documents: Sequence[tuple[Offer, Loaded]]) -> set[str]:
    """Return the names of documents, as far as they are written."""
    slugs = (each.tree.get("slug") for _, each in documents)
    return {slug for slug in slugs if isinstance(slug, str)}


def _around(
    tx: Tx, world: World, brand_id: int, by_kind: Mapping[str, list[tuple[Offer, Loaded]]]
) -> Surroundings:
    """Return what the documents are read with: what is live, with themselves in place of it."""
    own = {
        str(each.tree.get("slug")): _text(offer.source)
        for offer, each in by_kind["segment"]
        if isinstance(each.tree.get("where", {}), dict)
    }
    tags = {*tx.tags.states(brand_id), *_slugs(by_kind["tag"])}
    return replace(surroundings(tx, world, brand_id, own), tags=tags)


def _text(source: str | bytes) -> str:
    """Return a source as text; what is no UTF-8 was told already."""
    return source if isinstance(source, str) else source.decode("utf-8", "replace")


def _refuse_strangers(reading: _Reading, loaded: Sequence[tuple[Offer, Loaded]]) -> None:
    """Note what cannot be read, is of no kind that can go live, or stands twice."""
    seen: dict[tuple[str, str], str] = {}
    for offer, each in loaded:
        kind, slug = offer.kind or each.tree.get("kind"), each.tree.get("slug")
        if not each.tree:
            reading.wrong(offer, each.problems)
            continue
        if kind not in KINDS:
            known = ", ".join(KINDS)
            said = text("publish.unknown_kind", found=str(kind or "-")[:60], known=known)
            reading.wrong(offer, [each.problem("kind", said)])
        elif isinstance(slug, str):
            if (kind, slug) in seen:
                said = text("publish.twice", kind=kind, slug=slug, other=seen[kind, slug] or "-")
                reading.wrong(offer, [each.problem("slug", said)])
            seen.setdefault((kind, slug), offer.where)


def _pack(reading: _Reading, offer: Offer, _loaded: Loaded, _others: Mapping[str, object]) -> None:
    """Read a rule pack and try it on its own examples."""
    try:
        found = parse_pack(offer.source)
    except BadInput as fault:
        reading.wrong(offer, fault.problems)
        return
    reading.wrong(offer, disproved(found))
    reading.found.append(("pack", found.slug, found.source, found, offer))


def _brief(reading: _Reading, offer: Offer, _loaded: Loaded, _others: Mapping[str, object]) -> None:
    """Read a brief."""
    try:
        found = parse_brief(offer.source)
    except BadInput as fault:
        reading.wrong(offer, fault.problems)
        return
    reading.found.append(("brief", found.slug, found.source, found, offer))


def _template(
    reading: _Reading, offer: Offer, _loaded: Loaded, _others: Mapping[str, object]
) -> None:
    """Read a template."""
    try:
        found = parse_template(offer.source)
    except BadInput as fault:
        reading.wrong(offer, fault.problems)
        return
    reading.found.append(("template", found.slug, found.source, found, offer))


def _list(reading: _Reading, offer: Offer, _loaded: Loaded, _others: Mapping[str, object]) -> None:
    """Read a list."""
    _plain(reading, offer, "list", parse_list(offer.source))


def _permission(
    reading: _Reading, offer: Offer, _loaded: Loaded, _others: Mapping[str, object]
) -> None:
    """Read how the brand asks for permission."""
    _plain(reading, offer, "permission", parse_permission(offer.source))


def _form(reading: _Reading, offer: Offer, _loaded: Loaded, _others: Mapping[str, object]) -> None:
    """Read a form."""
    _plain(reading, offer, "form", parse_form(offer.source, (*CHANNELS, ADS)))


def _plain(
    reading: _Reading, offer: Offer, kind: str, found: _Plain | PlainDocument | tuple[Problem, ...]
) -> None:
    """Take a document that was read, or note what is wrong with it."""
    if isinstance(found, tuple):
        reading.wrong(offer, found)
        return
    source = found.source if isinstance(found.source, str) else found.source()
    reading.found.append((kind, found.slug, source, found, offer))


def _tag(reading: _Reading, offer: Offer, _loaded: Loaded, _others: Mapping[str, object]) -> None:
    """Read a tag."""
    _plain(reading, offer, "tag", parse_tag(offer.source, reading.around))


def _segment(
    reading: _Reading, offer: Offer, _loaded: Loaded, _others: Mapping[str, object]
) -> None:
    """Read a segment."""
    _plain(reading, offer, "segment", parse_segment(offer.source, reading.around))


def _journey(
    reading: _Reading,
    offer: Offer,
    _loaded: Loaded,
    others: Mapping[str, list[tuple[Offer, Loaded]]],
) -> None:
    """Read a journey and look for what it names."""
    journey, problems = parse(offer.source, reading.around)
    if journey is not None:
        problems = check_known(journey, offer.source, _known(reading, others))
        if (said := offer.in_flight.problem) is not None:
            problems = (*problems, Problem("in_flight", said))
        reading.found.append(("journey", journey.slug, journey.source(), journey, offer))
    reading.wrong(offer, problems)


def _policy(
    reading: _Reading,
    offer: Offer,
    loaded: Loaded,
    others: Mapping[str, list[tuple[Offer, Loaded]]],
) -> None:
    """Read the policy and look for what it names."""
    found = parse_policy(offer.source)
    if isinstance(found, tuple):
        reading.wrong(offer, found)
        return
    known = live(reading.tx, reading.world, reading.brand_id)
    journeys = {*known.journeys, *_slugs(others["journey"])}
    segments = {*known.segments, *_slugs(others["segment"])}
    problems = unknown_names(found.rules, loaded, journeys, segments, reading.around.tags or ())
    reading.wrong(offer, problems)
    reading.found.append(("policy", found.slug, found.source(), found, offer))


def _test(
    reading: _Reading,
    offer: Offer,
    loaded: Loaded,
    others: Mapping[str, list[tuple[Offer, Loaded]]],
) -> None:
    """Read the tests of a journey, which must be there."""
    found = parse_suite(offer.source)
    if isinstance(found, tuple):
        reading.wrong(offer, found)
        return
    known = live(reading.tx, reading.world, reading.brand_id).journeys
    if found.journey not in {*known, *_slugs(others["journey"])}:
        said = text("cases.no_journey", slug=found.journey)
        reading.wrong(offer, [loaded.problem("journey", said)])
    reading.found.append(("test", found.slug, found.source(), found, offer))


def _known(reading: _Reading, others: Mapping[str, list[tuple[Offer, Loaded]]]) -> Known:
    """Return what journeys may name; a document that has faults is told by itself."""
    known = known_names(reading.tx, reading.world, reading.brand_id)
    faces, journeys = dict(known.templates), dict(known.journeys or {})
    for _, each in others["template"]:
        tree = each.tree
        faces[str(tree.get("slug"))] = Face(str(tree.get("channel")), str(tree.get("class")))
    for offer, each in others["journey"]:
        found, _ = parse(offer.source, reading.around)
        kind = "api" if found is None else found.entry.kind
        journeys[str(each.tree.get("slug"))] = kind
    lists = {*(known.lists or ()), *_slugs(others["list"])}
    given = set(known.given_tags or ())
    for offer, each in others["tag"]:
        if is_given(_text(offer.source)):
            given.add(str(each.tree.get("slug")))
    known = replace(known, audiences={*(known.audiences or ()), *_slugs(others["ad_audience"])})
    known = replace(known, coupons={*(known.coupons or ()), *_slugs(others["coupon"])})
    return replace(known, templates=faces, journeys=journeys, lists=lists, given_tags=given)


def _check_tags(reading: _Reading) -> None:
    """Note tags that read what is not there, or each other in a circle."""
    offered = {slug: (found, offer) for kind, slug, _, found, offer in reading.found
               if kind == "tag" and isinstance(found, Tag)}  # fmt: skip
    if not offered:
        return
    stored = live_tags(reading.tx, reading.world, reading.brand_id)
    known = {slug: one.tag for slug, one in stored.items()}
    known |= {slug: tag for slug, (tag, _) in offered.items()}
    missing = False
    for slug, (tag, offer) in offered.items():
        for name in sorted(tag.lineage.tags - set(known)):
            missing = True
            said = text("tags.no_such_tag", tag=slug, missing=name)
            reading.wrong(offer, [load(offer.source).problem("value", said)])
    if missing:
        return
    try:
        in_order(known)
    except BadInput as fault:
        offer = next(iter(offered.values()))[1]
        reading.wrong(offer, fault.problems)


def _proposal(tx: Tx, brand_id: int, one: tuple[str, str, str, Parsed, Offer]) -> Proposal:
    """Return what was read, beside what is stored."""
    kind, slug, source, found, offer = one
    held = held_document(tx, brand_id, kind, slug)
    if held is None:
        return Proposal(kind, slug, source, found, offer, 0, "", "")
    return Proposal(kind, slug, source, found, offer, held.version, held.source, held.state)


_READERS: Final = {
    "pack": _pack,
    "brief": _brief,
    "template": _template,
    "list": _list,
    "form": _form,
    "permission": _permission,
    "tag": _tag,
    "segment": _segment,
    "journey": _journey,
    "policy": _policy,
    "test": _test,
}
