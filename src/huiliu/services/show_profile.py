"""One person as the console shows them: masked until someone with the right asks for more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_profile_id
from huiliu.ports import Action, ProfileRow, Tx, World
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.credits import CreditRow

__all__ = [
    "PersonView",
    "ShownIdentifier",
    "ShownTrait",
    "mask",
    "reveal_profile",
    "show_profile",
]

_TOKEN = "vlt_"  # noqa: S105 - the mark of a vaulted value, no secret


@dataclass(frozen=True, slots=True)
class ShownIdentifier:
    """One name of the person."""

    type: IdentifierType
    #: The value, masked or whole; "" where the vault holds none, as for hashes only.
    value: str


@dataclass(frozen=True, slots=True)
class ShownTrait:
    """What is known of the person under one name."""

    name: str
    value: Value
    set_at: int
    #: True: the value is personal, so it is masked unless it was revealed.
    is_personal: bool


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person's present state."""

    profile: ProfileRow
    identifiers: Sequence[ShownIdentifier]
    traits: Sequence[ShownTrait]
    #: (channel, purpose) -> granted or withdrawn.
    consents: Mapping[tuple[str, str], str]
    segments: Sequence[str]
    is_revealed: bool
    #: Where they are reached besides by traits, ended ones too; no addresses.
    contacts: Sequence[ContactPoint] = ()
    #: What may still be sent to them by agreement and in open windows.
    credits: Sequence[CreditRow] = ()


def show_profile(world: World, brand_id: int, profile_id: int) -> PersonView:
    """Return a person with every personal value masked; a merged id shows the present one.

    Raises:
        NotFound: there is no such person.
    """
    with world.store.transaction(brand_id) as tx:
        whole = _whole(tx, brand_id, profile_id, world.clock.now())
    return replace(
        whole,
        identifiers=[replace(one, value=mask(one.value)) for one in whole.identifiers],
        traits=[
            replace(one, value=mask(str(one.value))) if one.is_personal else one
            for one in whole.traits
        ],
    )


def reveal_profile(world: World, brand_id: int, profile_id: int, user_id: int) -> PersonView:
    """Return a person with every personal value in the clear, and write down who looked.

    Raises:
        NotFound: there is no such person.
    """
    with world.store.transaction(brand_id) as tx:
        whole = _whole(tx, brand_id, profile_id, world.clock.now())
        shown = show_profile_id(whole.profile.profile_id)
        tx.console.record_action(
            Action(brand_id, world.clock.now(), user_id, "profile_revealed", shown)
        )
    return replace(whole, is_revealed=True)


def _whole(tx: Tx, brand_id: int, profile_id: int, now: int) -> PersonView:
    """Return a person in the clear; stays inside this file."""
    present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
    profile = tx.people.profiles(brand_id, [present]).get(present)
    if profile is None:
        raise NotFound("profile", show_profile_id(profile_id))
    identifiers = [found for found, _ in tx.people.identifiers(brand_id, [present])[present]]
    tokens = {name: _token(value) for name, (value, _, _) in profile.traits.items()}
    wanted = {found.key for found in identifiers} | {token for token in tokens.values() if token}
    clear = tx.vault.reveal(brand_id, {present: wanted})
    traits = []
    for name, (value, set_at, _) in sorted(profile.traits.items()):
        token = tokens[name]
        shown = value if token is None else clear.get((present, token), "")
        traits.append(ShownTrait(name, shown, set_at, token is not None))
    return PersonView(
        profile=profile,
        identifiers=[
            ShownIdentifier(found.type, clear.get((present, found.key), ""))
            for found in sorted(identifiers, key=lambda one: one.type)
        ],
        traits=traits,
        consents=tx.people.consents(brand_id, [present]).get(present, {}),
        segments=sorted(tx.segments.of_profiles(brand_id, [present]).get(present, set())),
        is_revealed=False,
        contacts=tx.contacts.of_person(
            brand_id, tx.people.histories(brand_id, [present]).get(present, [present])
        ),
        credits=tx.credits.of_person(brand_id, present, now),
    )


def _token(value: Value) -> bytes | None:
    """Return the vault token that a trait holds in place of a personal value."""
    if isinstance(value, str) and value.startswith(_TOKEN) and len(value) == len(_TOKEN) + 32:
        try:
            return bytes.fromhex(value[len(_TOKEN) :])
        except ValueError:
            return None
    return None


def mask(value: str) -> str:
    """Return a value of which only enough is left to recognise it by."""
    if not value:
        return ""
    if "@" in value:
        name, _, host = value.partition("@")
        return f"{name[:1]}***@{host}"
    if value.lstrip("+").isdigit() and len(value) >= 8:
        return f"{value[:-8]}****{value[-4:]}"
    return f"{value[:1]}***{value[-1:]}" if len(value) > 4 else "***"
