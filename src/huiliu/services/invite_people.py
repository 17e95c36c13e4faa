"""Who opens an invite or comes by one: by a link that knows them, a server, or what they type.

What is typed proves nothing: it is a sign that speaks a little against a friend, and what they get
goes to the person whose number it is, never onto the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ingest import accept
from huiliu.services.message_events import internal_event

__all__ = [
    "Caller",
    "Came",
    "Told",
    "keys_of",
    "known_caller",
    "person_key",
    "tell",
    "typed_caller",
]

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
#: Name and properties of an event, and what makes it the same event again.
Told: TypeAlias = "tuple[str, Mapping[str, Value], bytes]"


@dataclass(frozen=True, slots=True)
class Caller:
    """One person, as far as they are known."""

    #: Key of an identifier of theirs.
    key: bytes
    #: 0 = the projector has not met them yet.
    profile_id: int
    #: What was typed: type of the identifier -> value; {} = they are known otherwise.
    typed: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    is_proved: bool = True

    def use_key(self, brand_id: int) -> bytes:
        """Return under which key their uses are counted."""
        return person_key(brand_id, self.profile_id) if self.profile_id else self.key


@dataclass(frozen=True, slots=True)
class Came:
    """How somebody came to a page of ours."""

    #: A number that the browser made for itself; "" = none.
    device: str = ""
    address: str = ""
    is_machine: bool = False
    #: Microseconds on the page; None = a server told it.
    took: int | None = None

    def device_key(self, world: World, brand_id: int, campaign: str) -> bytes | None:
        """Return the keyed hash of the device; of no use outside the campaign."""
        if not self.device:
            return None
        return world.secrets.token(brand_id, f"device {campaign}", self.device)

    def address_key(self, world: World, brand_id: int, campaign: str) -> bytes | None:
        """Return the keyed hash of the network address; of no use outside the campaign."""
        if not self.address:
            return None
        return world.secrets.token(brand_id, f"address {campaign}", self.address)


def person_key(brand_id: int, profile_id: int) -> bytes:
    """Return under which key the uses of a known person are counted."""
    return digest("invite person", brand_id, profile_id)


def known_caller(tx: Tx, brand_id: int, profile_id: int) -> Caller | None:
    """Return a person by their profile; None where there is none, or nothing names them."""
    present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
    held = [one for one, _ in tx.people.identifiers(brand_id, [present]).get(present, ())]
    return Caller(min(held).key, present) if held else None


def typed_caller(tx: Tx, world: World, brand_id: int, written: str) -> Caller | None:
    """Return a person by a phone number or e-mail address; None where it can be neither."""
    type_ = IdentifierType.EMAIL if "@" in written else IdentifierType.PHONE
    normal = normalise(type_, written)
    if normal is None:
        return None
    key = world.secrets.identifier_key(brand_id, type_, normal)
    found = tx.people.resolve(brand_id, [key]).get(key, 0)
    return Caller(key, found, {type_.word: normal}, is_proved=False)


def keys_of(tx: Tx, brand_id: int, caller: Caller) -> set[bytes]:
    """Return the keys of all identifiers of a person."""
    keys = {caller.key}
    if caller.profile_id:
        held = tx.people.identifiers(brand_id, [caller.profile_id]).get(caller.profile_id, ())
        keys |= {one.key for one, _ in held}
    return keys


def tell(tx: Tx, world: World, brand_id: int, caller: Caller, told: Sequence[Told]) -> None:
    """Write events about a person; the log is locked from here to commit.

    Raises:
        BadInput: what was typed cannot be kept.
    """
    now = world.clock.now()
    if caller.profile_id:
        tx.log.append([
            internal_event(brand_id, caller.profile_id, name, said, now, key)
            for name, said, key in told
        ])  # fmt: skip
        return
    # Whom nobody has met is met by this: the projector makes their profile from it.
    messages: list[Mapping[str, object]] = [{
        "type": "identify", "messageId": f"invite:{show_id(told[0][2])}:who",
        "traits": dict(caller.typed), "context": {"channel": "web", "traits": dict(caller.typed)},
    }]  # fmt: skip
    messages += [
        {
            "type": "track", "event": name, "messageId": f"invite:{show_id(key)}:{name}",
            "properties": dict(said), "context": {"channel": "web", "traits": dict(caller.typed)},
        }
        for name, said, key in told
    ]  # fmt: skip
    done = accept(
        tx, world, brand_id, messages, received_at=now, historical=False,
        own={name for name, _, _ in told},
    )  # fmt: skip
    if done.problems:
        raise BadInput(tuple(problem for _, problem in done.problems))
