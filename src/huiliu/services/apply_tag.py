"""Makes tags live: their documents, checked against each other, and when each is due first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.compute_tags import in_order
from huiliu.services.live import surroundings
from huiliu.tags import CATEGORIES, Tag, library, parse_tag, parsed

__all__ = [
    "AppliedTag",
    "LiveTag",
    "apply_tag",
    "apply_tags",
    "live_tags",
    "offered",
    "put_tags",
    "read_tag",
    "shipped",
]

KIND = "tag"


@dataclass(frozen=True, slots=True)
class LiveTag:
    """A tag that was applied."""

    tag: Tag
    document: Document


@dataclass(frozen=True, slots=True)
class AppliedTag:
    """What applying a tag did."""

    tag: Tag
    version: int
    #: False = it stood so already.
    is_new: bool


def read_tag(world: World, brand_id: int, source: str | bytes) -> Tag:
    """Return the tag of a YAML source.

    Raises:
        BadInput: with every problem, its path and line.
    """
    with world.store.transaction(brand_id) as tx:
        around = surroundings(tx, world, brand_id)
    found = parse_tag(source, around)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def live_tags(tx: Tx, world: World, brand_id: int) -> dict[str, LiveTag]:
    """Return every tag that is live, by slug."""
    around = surroundings(tx, world, brand_id)
    return {
        document.slug: LiveTag(parsed(document.source, around), document)
        for document in tx.documents.all(brand_id, KIND)
        if document.state == "live"
    }


def shipped(world: World, brand_id: int, slugs: Sequence[str] = ()) -> dict[str, Tag]:
    """Return tags of the library and those that they read; without slugs all of it.

    Raises:
        BadInput: the library has no tag of that name.
    """
    sources = library()
    unknown = sorted(set(slugs) - set(sources))
    if unknown:
        known = ", ".join(sources)
        raise BadInput(
            tuple(
                Problem("SLUG", text("tags.not_shipped", tag=one, known=known)) for one in unknown
            )
        )
    found: dict[str, Tag] = {}
    waiting = list(slugs or sources)
    while waiting:
        slug = waiting.pop()
        if slug not in found and slug in sources:
            found[slug] = read_tag(world, brand_id, sources[slug])
            waiting += found[slug].lineage.tags
    return found


def offered(world: World, brand_id: int, live: Collection[str]) -> list[Tag]:
    """Return the tags of the library that are not live, shelf by shelf."""
    missing = [slug for slug in library() if slug not in live]
    tags = [read_tag(world, brand_id, library()[slug]) for slug in missing]
    return sorted(tags, key=lambda tag: (CATEGORIES.index(tag.category), tag.slug))


def apply_tag(world: World, brand_id: int, source: str | bytes, by: str) -> AppliedTag:
    """Store a tag; it is computed when the worker next looks.

    Raises:
        BadInput: with every problem, its path and line; a tag that it reads is not there, or
            reads it in turn.
    """
    return apply_tags(world, brand_id, [read_tag(world, brand_id, source)], by)[0]


def apply_tags(world: World, brand_id: int, tags: Sequence[Tag], by: str) -> list[AppliedTag]:
    """Store tags that may read each other, all or none.

    Raises:
        BadInput: one reads a tag that is not there, or they read each other in a circle.
    """
    with world.store.system() as tx:
        return put_tags(tx, world, brand_id, tags, by)


def put_tags(tx: Tx, world: World, brand_id: int, tags: Sequence[Tag], by: str) -> list[AppliedTag]:
    """Do the same inside a transaction.

    Raises:
        BadInput: one reads a tag that is not there, or they read each other in a circle.
    """
    now = world.clock.now()
    applied: list[AppliedTag] = []
    live = live_tags(tx, world, brand_id)
    known = {slug: one.tag for slug, one in live.items()} | {one.slug: one for one in tags}
    _check(tags, known)
    states = tx.tags.states(brand_id)
    for tag in tags:
        stored = tx.documents.put(
            Document(brand_id, KIND, tag.slug, 0, "live", tag.source(), now, by)
        )
        before = live.get(tag.slug)
        is_new = before is None or before.document.version != stored.version
        if is_new or tag.slug not in states:
            tx.tags.schedule(brand_id, tag.slug, now)
        applied.append(AppliedTag(tag, stored.version, is_new))
    return applied


def _check(tags: Sequence[Tag], known: Mapping[str, Tag]) -> None:
    """Raise BadInput for tags that read what is not there, or themselves in a circle."""
    problems = [
        Problem("value", text("tags.no_such_tag", tag=tag.slug, missing=missing))
        for tag in tags
        for missing in sorted(tag.lineage.tags - set(known))
    ]
    if problems:
        raise BadInput(tuple(problems))
    in_order(known)
