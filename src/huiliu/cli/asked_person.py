"""A person as commands ask for one: by profile id, or by an identifier such as `email=li@x.cn`."""

from __future__ import annotations

from huiliu.ports.world import World
from huiliu.services.find_profile import find_profile, find_profile_by

__all__ = ["asked_person"]


def asked_person(world: World, brand_id: int, written: str) -> int:
    """Return the profile that was asked for.

    Raises:
        BadInput: it is neither an id nor an identifier.
        NotFound: nobody has this identifier.
    """
    if "=" in written:
        return find_profile_by(world, brand_id, written)
    return find_profile(written)
