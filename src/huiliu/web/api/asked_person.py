"""A person as servers name one: `profile` (p_...), or `identifier` {"type", "value"}."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text
from huiliu.services.find_profile import find_profile_by
from huiliu.web.api.calls import Call

__all__ = ["asked_person", "person_in"]


def asked_person(call: Call, name: str = "") -> int:
    """Return the profile that a body names, in itself or below a field.

    Raises:
        BadInput: nobody is named so.
        NotFound: nobody has this identifier.
    """
    found = call.body.get(name) if name else call.body
    if not isinstance(found, Mapping):
        raise BadInput((Problem(name, text("api.want_person")),))
    return person_in(call, found, name)


def person_in(call: Call, found: Mapping[str, object], name: str = "") -> int:
    """Return the profile that a map names; raises as `asked_person` does."""
    before = f"{name}." if name else ""
    if "profile" in found:
        profile = parse_profile_id(str(found["profile"]))
        if profile is None:
            raise NotFound("profile", str(found["profile"])[:80])
        return profile
    identifier = found.get("identifier")
    if (
        not isinstance(identifier, Mapping)
        or not isinstance(identifier.get("type"), str)
        or not isinstance(identifier.get("value"), str)
    ):
        raise BadInput((Problem(f"{before}identifier", text("api.want_person")),))
    written = f"{identifier['type']}={identifier['value']}"
    return find_profile_by(call.world, call.brand_id, written)
