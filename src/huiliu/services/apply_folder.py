"""Does what was planned for a folder: everything or nothing, if the instance is as it was then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.journeys.carrying import InFlight
from huiliu.ports.world import World
from huiliu.services.plan_folder import FolderPlan, way_of
from huiliu.services.publish import publish_all
from huiliu.services.read_folder import FolderFile
from huiliu.services.read_offers import Offer
from huiliu.services.store_documents import Published

__all__ = ["apply_folder"]


def apply_folder(
    world: World,
    brand_id: int,
    files: Sequence[FolderFile],
    plan: FolderPlan,
    by: str,
    in_flight: Mapping[str, InFlight],
) -> tuple[Published, ...]:
    """Make the documents of a folder live that are not as they are stored.

    Args:
        world: the instance.
        brand_id: whose documents.
        files: what stands in the folder.
        plan: what was planned for them: the versions that it saw must still be the newest.
        by: who does it, for the audit.
        in_flight: journey -> what is to become of the people in it; EVERY = all others.

    Raises:
        BadInput: with every problem of every file, its path and line.
        Overtaken: somebody published one of the documents since it was planned.
    """
    expected = {one.file: one.version for one in plan.changed}
    offers = [
        Offer(one.source, way_of(in_flight, one.slug), expected[one.path], one.path)
        for one in files
        if one.path in expected
    ]
    return publish_all(world, brand_id, offers, by) if offers else ()
