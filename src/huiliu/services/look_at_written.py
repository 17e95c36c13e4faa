"""A document that is not live yet, held against rule packs: what `huiliu pack check` is for."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.governance.packs import Checker, Content, Pack, shipped_packs
from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.check_content import CHECKED, check_source
from huiliu.services.content_gates import briefs_of
from huiliu.services.look_at_packs import Judged
from huiliu.services.packs import ContentRules, content_rules, live_packs

__all__ = ["check_written"]


def check_written(world: World | None, brand_id: int, source: bytes, only: str = "") -> Judged:
    """Return what packs say of a template, brief or form.

    Args:
        world: the instance; None = only with the packs that come along.
        brand_id: whose packs and overrides.
        source: the document's YAML.
        only: one pack, though only where it holds; "" = all that hold.

    Raises:
        BadInput: it cannot be read, or holds no texts for people.
        NotFound: there is no such pack.
    """
    loaded = load(source)
    kind = str(loaded.tree.get("kind", ""))
    if loaded.problems:
        raise BadInput(tuple(loaded.problems))
    if kind not in CHECKED:
        known = ", ".join(CHECKED)
        raise BadInput((loaded.problem("kind", text("packs.no_such_kind", known=known)),))
    briefs: Mapping[str, str] = {}
    if world is None:
        packs: Mapping[str, Pack] = shipped_packs()
        rules, now = ContentRules(Checker(packs.values()), ()), 0
    else:
        now = world.clock.now()
        with world.store.transaction(brand_id) as tx:
            rules, packs = content_rules(tx, world, brand_id), live_packs(tx, brand_id)
            briefs = briefs_of(tx, brand_id)
    if only and only not in packs:
        raise NotFound("pack", only)
    found = check_source(rules, kind, source.decode("utf-8"), now, briefs)
    chosen = [one for one in found if not only or one.finding.pack == only]
    return Judged(Content({}), [(one.finding, one.text) for one in chosen])
