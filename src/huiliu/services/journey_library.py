"""The library of ready journeys in an instance: which there are, and switching them on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from huiliu.journeys.shipped import Pack, library
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.publish import Published, publish_all
from huiliu.services.read_offers import Offer
from huiliu.tags import library as tag_library

__all__ = ["Offered", "apply_beside", "apply_library", "journey_library"]

_BESIDE = ("template", "tag", "segment")
_KINDS = (*_BESIDE, "journey", "test")


@dataclass(frozen=True, slots=True)
class Offered:
    """One ready journey, as a brand sees it."""

    pack: Pack
    #: live, paused, stopped ...; "" = it is not switched on.
    state: str
    #: 0 = it is not switched on.
    version: int
    #: Whether the brand's own differs from the library's.
    is_changed: bool = False


def journey_library(world: World, brand_id: int) -> list[Offered]:
    """Return every ready journey and whether it is switched on."""
    with world.store.transaction(brand_id) as tx:
        held = {one.slug: one for one in tx.documents.all(brand_id, "journey")}
    found = []
    for slug, pack in library().items():
        document = held.get(slug)
        if document is None or document.state == "archived":
            found.append(Offered(pack, "", 0))
        else:
            is_changed = document.source != pack.documents["journey", slug]
            found.append(Offered(pack, document.state, document.version, is_changed))
    return found


def apply_library(
    world: World, brand_id: int, slugs: Sequence[str], by: str
) -> tuple[Published, ...]:
    """Switch ready journeys on, each with its templates, segments, tags and cases.

    What the brand has already under such a name is the brand's, and stays as it is.

    Args:
        world: the instance.
        brand_id: whose.
        slugs: which; none = all.
        by: who does it, for the audit.

    Raises:
        BadInput: the library has no journey of that name.
    """
    packs = library()
    unknown = sorted(set(slugs) - set(packs))
    if unknown:
        known = ", ".join(packs)
        said = [text("journeys.not_shipped", slug=one, known=known) for one in unknown]
        raise BadInput(tuple(Problem("NAME", one) for one in said))
    return _apply(world, brand_id, [packs[slug] for slug in (slugs or packs)], _KINDS, by)


def apply_beside(world: World, brand_id: int, pack: Pack, by: str) -> tuple[Published, ...]:
    """Make live what a ready journey names, but neither the journey nor its cases."""
    return _apply(world, brand_id, [pack], _BESIDE, by)


def _apply(
    world: World, brand_id: int, chosen: Sequence[Pack], kinds: Collection[str], by: str
) -> tuple[Published, ...]:
    """Make documents of some kinds live that the brand does not have yet."""
    with world.store.transaction(brand_id) as tx:
        held = _held(tx, brand_id)
    wanted: dict[tuple[str, str], str] = {}
    for pack in chosen:
        for tag in sorted(pack.journey.mentions.tags):
            _with_tag(wanted, tag)
        wanted |= pack.documents
    offers = [Offer(source, kind=kind) for (kind, slug), source in wanted.items()
              if kind in kinds and (kind, slug) not in held]  # fmt: skip
    return publish_all(world, brand_id, offers, by) if offers else ()


def _held(tx: Tx, brand_id: int) -> Collection[tuple[str, str]]:
    """Return (kind, slug) of every document that the brand has in use."""
    return {
        (kind, one.slug)
        for kind in _KINDS
        for one in tx.documents.all(brand_id, kind)
        if one.state != "archived"
    }


def _with_tag(wanted: dict[tuple[str, str], str], slug: str) -> None:
    """Add a tag of the library to what is wanted, if there is one of that name."""
    source = tag_library().get(slug)
    if source is not None:
        wanted["tag", slug] = source
