"""The brand's own names of people, taken out of the vault: what other systems know them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiliu.governance.normalisation import normalise
from huiliu.kernel.events import IdentifierType
from huiliu.ports import Action, World

__all__ = ["REVEALING", "external_ids"]

#: Identifiers that reach a person by themselves; to print them is to reveal them.
REVEALING: Final = frozenset({IdentifierType.PHONE, IdentifierType.EMAIL})
_BATCH: Final = 5_000


def external_ids(  # noqa: PLR0913 - who looked, and what for
    world: World,
    brand_id: int,
    profiles: Sequence[int],
    type_: IdentifierType,
    *,
    purpose: str,
    user_id: int,
    record: bool = True,
) -> Iterator[tuple[int, str]]:
    """Yield (profile_id, value) of every identifier of a type that the people have.

    Whoever has none, or whose value came as a hash only, is left out; who has several comes
    several times. Values that reach a person are written down as revealed, with the purpose;
    without `record` somebody has done so already.
    """
    if record and type_ in REVEALING:
        with world.store.transaction(brand_id) as tx:
            tx.console.record_action(
                Action(brand_id, world.clock.now(), user_id, "audience_revealed", purpose)
            )
    for start in range(0, len(profiles), _BATCH):
        some = profiles[start : start + _BATCH]
        with world.store.transaction(brand_id) as tx:
            held = tx.people.identifiers(brand_id, some)
            keys = {
                profile: [found.key for found, _ in held.get(profile, ()) if found.type is type_]
                for profile in some
            }
            clear = tx.vault.reveal(brand_id, {who: of for who, of in keys.items() if of})
        for profile in some:
            known = (clear.get((profile, key)) for key in keys[profile])
            # People write a phone in many ways; whoever reads a list wants one.
            values = {normalise(type_, value) or value for value in known if value}
            yield from ((profile, value) for value in sorted(values))
