"""Counts that a form was seen; of somebody who is known it is an event, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.ports.world import World
from huiliu.services.form_tokens import Fault, check_proof, spent_key
from huiliu.services.form_visitors import look_up
from huiliu.services.forms import count_in, open_in
from huiliu.services.message_events import internal_event

__all__ = ["PLACES", "VIEWED", "see_form"]

VIEWED: Final = "Form Viewed"
#: Where a form can stand.
PLACES: Final = ("page", "landing", "frame", "pop_up")
_LONGEST: Final = 200


def see_form(  # noqa: PLR0913 - which form, by whom, where
    world: World,
    brand_id: int,
    slug: str,
    challenge: str,
    *,
    me: str,
    anonymous: str,
    place: str,
    campaign: Mapping[str, str],
) -> bool:
    """Count a look at a form; False when the page that says so was not one of ours.

    People of whom nothing is known are counted and not made profiles of.

    Raises:
        NotFound: there is no such form in use.
    """
    fault = check_proof(world, brand_id, slug, challenge, "")
    if fault in {Fault.BROKEN, Fault.EXPIRED} or place not in PLACES:
        return False
    with world.store.system() as tx:
        opened = open_in(tx, brand_id, slug)
        guest = look_up(tx, world, brand_id, me, anonymous)
        count_in(tx, world, brand_id, opened, f"view.{place}")
        if not guest.profile_id:
            return True
        told: dict[str, Value] = {
            "form": slug, "form_version": opened.version, "place": place,
            **{f"utm_{part}": said[:_LONGEST] for part, said in campaign.items()},
        }  # fmt: skip
        key = spent_key(challenge)
        seen = internal_event(brand_id, guest.profile_id, VIEWED, told, world.clock.now(), key)
        tx.log.append([seen])
    return True
