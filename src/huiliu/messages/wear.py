"""When the core form of campaigns has been the same for too long: people tire of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.times import DAY

__all__ = ["FormUse", "uses_of"]

#: So long without a campaign of a form, and it is new again.
_REST: Final = 31 * DAY


@dataclass(frozen=True, slots=True)
class FormUse:
    """How long campaigns have had one form."""

    form: str
    #: When the present spell of it began, and the last campaign of it.
    since: int
    last: int
    #: Campaigns' beginnings in the spell.
    n: int
    #: Whether it has been in use for longer than it should and still is.
    is_worn: bool


def uses_of(begun: Mapping[str, Sequence[int]], now: int, days: int) -> list[FormUse]:
    """Return each form's present spell of use, the longest first.

    A spell goes on while less than 31 days pass from one campaign of the form to the next.

    Args:
        begun: form -> when campaigns of it began.
        now: the moment.
        days: how long a form may be used; 0 = for ever.
    """
    found = []
    for form, instants in sorted(begun.items()):
        past = sorted(at for at in instants if at <= now)
        if not past or now - past[-1] > _REST:
            continue
        spell = [past[-1]]
        for at in reversed(past[:-1]):
            if spell[-1] - at > _REST:
                break
            spell.append(at)
        since = spell[-1]
        is_worn = bool(days) and past[-1] - since > days * DAY
        found.append(FormUse(form, since, past[-1], len(spell), is_worn))
    return sorted(found, key=lambda one: (one.since, one.form))
