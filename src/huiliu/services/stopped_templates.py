"""Templates that a provider refused for what they are: stopped, and let go again once mended."""

from __future__ import annotations

from huiliu.kernel.errors import NotFound
from huiliu.ports.store import Tx
from huiliu.ports.suppliers import StoppedTemplate
from huiliu.ports.world import World

__all__ = ["lift_stops", "resume_template", "stopped_templates"]


def stopped_templates(world: World, brand_id: int) -> list[StoppedTemplate]:
    """Return the templates that providers refused, by name."""
    with world.store.transaction(brand_id) as tx:
        return tx.suppliers.stopped_templates(brand_id)


def resume_template(world: World, brand_id: int, template: str) -> int:
    """Let a template go again as it is now: what was at fault was at the provider.

    Queued messages go at once, with the newest version. Returns how many.

    Raises:
        NotFound: it is not stopped.
    """
    with world.store.system() as tx:
        stopped = tx.suppliers.resume_template(brand_id, template)
        return _upgrade(tx, world, stopped)


def lift_stops(world: World) -> int:
    """Let those templates go again of which a newer version was published; return how many."""
    lifted = 0
    with world.store.system() as tx:
        for stopped in tx.suppliers.all_stopped():
            if _newest(tx, stopped) > stopped.version:
                tx.suppliers.resume_template(stopped.brand_id, stopped.template)
                _upgrade(tx, world, stopped)
                lifted += 1
    return lifted


def _upgrade(tx: Tx, world: World, stopped: StoppedTemplate) -> int:
    """Let queued messages of the stopped versions go with the newest one."""
    return tx.suppliers.upgrade(
        stopped.brand_id, stopped.template, stopped.version, _newest(tx, stopped),
        world.clock.now(),
    )  # fmt: skip


def _newest(tx: Tx, stopped: StoppedTemplate) -> int:
    """Return the newest version of a template; the stopped one where it is gone."""
    try:
        return tx.documents.latest(stopped.brand_id, "template", stopped.template).version
    except NotFound:
        return stopped.version
