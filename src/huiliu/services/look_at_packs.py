"""Rule packs for people: which hold, what they say, who keeps them, and texts held against them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from msgspec import structs

from huiliu.governance.packs import (
    BLOCK,
    Checker,
    Content,
    Finding,
    Pack,
    guess_content,
    shipped_packs,
)
from huiliu.kernel.documents import dump, load
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import local_datetime
from huiliu.ports.content import ContentCheck, OverrideRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.check_content import told
from huiliu.services.packs import KIND, ContentRules, content_rules, live_packs
from huiliu.services.publish import publish

__all__ = [
    "Judged",
    "PackRow",
    "add_override",
    "check_text",
    "content_alerts",
    "end_override",
    "found_content",
    "list_overrides",
    "list_packs",
    "review_pack",
    "show_pack",
    "switch_pack",
]

_SHORTEST_PROOF: Final = 4
_LONGEST_PROOF: Final = 500
_LONGEST_PHRASE: Final = 200
#: A pack nobody looked at for longer says nothing of what holds today.
_LONGEST_REVIEW: Final = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class PackRow:
    """One pack as it stands."""

    pack: Pack
    #: The brand's version of it; 0 = as it came along.
    version: int
    is_overdue: bool
    #: Days until the review is due; negative = overdue.
    days_left: int
    #: A pack comes along under this name.
    is_shipped: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A text, and what packs say of it."""

    content: Content
    findings: Sequence[tuple[Finding, Text]]

    @property
    def verdict(self) -> str:
        """Return `block`, `warn` or `pass`."""
        if any(one.blocks for one, _ in self.findings):
            return "block"
        return "warn" if any(not one.allowed_by for one, _ in self.findings) else "pass"


def list_packs(world: World, brand_id: int) -> list[PackRow]:
    """Return every pack, those overdue first, then by slug."""
    with world.store.transaction(brand_id) as tx:
        rows = _rows(tx, world, brand_id)
    return sorted(rows, key=lambda row: (not row.is_overdue, row.pack.slug))


def show_pack(world: World, brand_id: int, slug: str) -> PackRow:
    """Return one pack.

    Raises:
        NotFound: there is none of that name.
    """
    with world.store.transaction(brand_id) as tx:
        rows = _rows(tx, world, brand_id)
    found = next((row for row in rows if row.pack.slug == slug), None)
    if found is None:
        raise NotFound(KIND, slug)
    return found


def content_alerts(world: World, brand_id: int) -> tuple[Sequence[Pack], int]:
    """Return the packs whose review is overdue, and how much of what is live they block."""
    with world.store.transaction(brand_id) as tx:
        overdue = [row.pack for row in _rows(tx, world, brand_id) if row.is_overdue]
        n_blocked = sum(one.n_block for one in tx.content.checks(brand_id).values())
    return [pack for pack in overdue if pack.is_on], n_blocked


def review_pack(world: World, brand_id: int, slug: str, next_due: str, by: str) -> int:
    """Write down that somebody looked at a pack today; return the brand's new version.

    Raises:
        NotFound: there is none of that name.
        BadInput: the next review is no day, or not within a year from now.
    """
    today = local_datetime(world.clock.now(), world.zone).date()
    try:
        due = dt.date.fromisoformat(next_due)
    except ValueError as fault:
        raise BadInput((Problem("next", text("packs.no_date")),)) from fault
    if not today < due <= today + _LONGEST_REVIEW:
        raise BadInput((Problem("next", text("packs.due_range")),))
    tree = _tree(world, brand_id, slug)
    tree |= {"reviewed": today.isoformat(), "review_due": due.isoformat()}
    return publish(world, brand_id, dump(tree), by, kind=KIND).version


def switch_pack(world: World, brand_id: int, slug: str, by: str, *, is_on: bool) -> int:
    """Switch a pack on or off for a brand; return the brand's new version."""
    tree = _tree(world, brand_id, slug)
    tree["on"] = is_on
    return publish(world, brand_id, dump(tree), by, kind=KIND).version


def check_text(world: World | None, brand_id: int, content: Content, only: str = "") -> Judged:
    """Return what packs say of a text; what it does not tell of itself is guessed.

    Args:
        world: the instance; None = only with the packs that come along.
        brand_id: whose packs and overrides.
        content: the text.
        only: one pack, whoever the reader is; "" = all that hold.

    Raises:
        NotFound: there is no such pack.
    """
    if world is None:
        return _judge(_shelf(), shipped_packs(), content, only, 0)
    with world.store.transaction(brand_id) as tx:
        rules, packs = content_rules(tx, world, brand_id), live_packs(tx, brand_id)
    return _judge(rules, packs, content, only, world.clock.now())


def add_override(  # noqa: PLR0913 - what is allowed where, until when, why and by whom
    world: World,
    brand_id: int,
    pack: str,
    rule: str,
    *,
    proof: str,
    by: str,
    phrase: str = "",
    subject: str = "",
    until: int = 0,
) -> OverrideRow:
    """Let pass what a rule objects to, with the proof that somebody answers for.

    Raises:
        NotFound: there is no such pack.
        BadInput: the rule is unknown or knows no proof, or the proof is missing.
    """
    found = show_pack(world, brand_id, pack).pack
    known = next((one for one in found.rules if one.name == rule), None)
    now = world.clock.now()
    problems = []
    if known is None:
        problems.append(Problem("rule", text("packs.no_such_rule", rule=rule, pack=pack)))
    elif not known.proof and known.severity == BLOCK and not (phrase and subject):
        problems.append(Problem("rule", text("packs.needs_phrase", rule=rule)))
    if len(proof.strip()) < _SHORTEST_PROOF or len(proof) > _LONGEST_PROOF:
        problems.append(Problem("proof", text("packs.no_proof")))
    if len(phrase) > _LONGEST_PHRASE:
        problems.append(Problem("phrase", text("packs.long_phrase", most=_LONGEST_PHRASE)))
    if until and until <= now:
        problems.append(Problem("until", text("packs.past")))
    if problems:
        raise BadInput(tuple(problems))
    row = OverrideRow(
        brand_id, 0, pack, rule, phrase.strip(), subject.strip(), proof.strip(), until, now, by
    )
    with world.store.transaction(brand_id) as tx:
        return structs.replace(row, override_id=tx.content.add_override(row))


def end_override(world: World, brand_id: int, override_id: int, by: str) -> OverrideRow:
    """Take an override back; raise NotFound where none stands."""
    with world.store.transaction(brand_id) as tx:
        return tx.content.end_override(brand_id, override_id, world.clock.now(), by)


def list_overrides(world: World, brand_id: int) -> Sequence[OverrideRow]:
    """Return every override there was, newest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.content.overrides(brand_id, all_=True)


def found_content(world: World, brand_id: int) -> list[ContentCheck]:
    """Return the live documents that packs object to, the gravest first."""
    with world.store.transaction(brand_id) as tx:
        checks = tx.content.checks(brand_id).values()
    found = [one for one in checks if one.findings]
    return sorted(found, key=lambda one: (-one.n_block, -one.n_warn, one.kind, one.slug))


def _rows(tx: Tx, world: World, brand_id: int) -> list[PackRow]:
    """Return every pack as it stands."""
    today = local_datetime(world.clock.now(), world.zone).date()
    own = {
        one.slug: one.version for one in tx.documents.all(brand_id, KIND) if one.state != "archived"
    }
    return [
        PackRow(
            pack, own.get(slug, 0), pack.is_overdue(today), (pack.review_due - today).days,
            slug in shipped_packs(),
        )
        for slug, pack in live_packs(tx, brand_id).items()
    ]  # fmt: skip


def _tree(world: World, brand_id: int, slug: str) -> dict[str, object]:
    """Return a pack's document, to be changed; raise NotFound."""
    return dict(load(show_pack(world, brand_id, slug).pack.source).tree)


def _judge(
    rules: ContentRules, packs: Mapping[str, Pack], content: Content, only: str, now: int
) -> Judged:
    """Return what packs say of a text."""
    if only and only not in packs:
        raise NotFound(KIND, only)
    meant = guess_content(content, packs.get(only))
    found = rules.checker.check(meant, rules.overrides, only=only, now=now)
    return Judged(meant, [(one, told(packs[one.pack], one)) for one in found])


@cache
def _shelf() -> ContentRules:
    """Return the packs that come along, ready to look through texts."""
    return ContentRules(Checker(shipped_packs().values()), ())
