"""What servers and staff ask of points: checked, booked with the others, answered once for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from huiliu.governance.detection import looks_personal
from huiliu.kernel.errors import BadInput, NotFound, Problem, Refused
from huiliu.kernel.fields import CHANNEL
from huiliu.kernel.ids import digest, show_profile_id
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.rewards.points import MOST_POINTS, Kind, Operation, Posted, read_points
from huiliu.services.points_commit import commit_points

__all__ = ["WAYS", "PointsAsked", "book_points"]

#: What a refund undoes, in a client's words.
WAYS: Final[Mapping[str, Kind]] = MappingProxyType({
    "": Kind.REFUND, "burned": Kind.GIVE_BACK, "earned": Kind.CLAW_BACK,
})  # fmt: skip
_LONGEST_KEY: Final = 200
_LONGEST: Final = 200
_LONGEST_REASON: Final = 100


@dataclass(frozen=True, slots=True)
class PointsAsked:
    """What somebody asks of one person's points, in their own words."""

    #: The same key is the same wish: it is done once.
    key: str
    profile_id: int
    #: As it came: text or a number.
    amount: object
    channel: object = ""
    reason: object = ""
    order_id: object = ""
    #: Who gets them, of a transfer.
    other: int = 0
    #: Of what is earned: from when it can be spent; 0 = at once.
    matures_at: int = 0
    #: How the person was named, so that the same words are the same wish whoever they are by then.
    who: str = ""
    #: Who does it by hand.
    by: str = ""


def book_points(world: World, brand_id: int, kind: Kind, asked: PointsAsked) -> Posted:
    """Book what is asked, once for its key, and return the answer; the first one for ever.

    Raises:
        BadInput: something of it cannot be; every problem is told.
        NotFound: nobody has this id.
        Refused: there are too few points, or another reason; nothing was moved.
        Unavailable: nothing is known of what became of it: ask again with the same key.
    """
    amount = _checked(kind, asked)
    with world.store.transaction(brand_id) as tx:
        for profile_id in {asked.profile_id, asked.other} - {0}:
            present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
            if not tx.people.profiles(brand_id, [present]):
                raise NotFound("profile", show_profile_id(profile_id))
    who = asked.who or show_profile_id(asked.profile_id)
    words = (who, str(asked.other), str(asked.matures_at))
    # Keyed, as all that is made of a name is.
    named = world.secrets.token(brand_id, "points", "\n".join(words))
    operation = Operation(
        f"asked:{asked.key}", kind, asked.profile_id, amount, str(asked.channel),
        str(asked.reason), str(asked.order_id), asked.other,
        matures_at=asked.matures_at or None, by=asked.by,
        body=digest(
            kind.value, named, amount, asked.channel, asked.reason, asked.order_id
        ),
    )  # fmt: skip
    [answer] = commit_points(world, brand_id, [operation])
    if answer.refused:
        raise Refused(answer.refused)
    return answer


def _checked(kind: Kind, asked: PointsAsked) -> Decimal:
    """Return the amount, or raise BadInput with all that is wrong."""
    problems: list[Problem] = []

    def wrong(path: str, key: str, **arguments: object) -> None:
        problems.append(Problem(path, text(key, **arguments)))

    if not _is_word(asked.key, _LONGEST_KEY) or not asked.key:
        wrong("Idempotency-Key", "points.want_key", most=_LONGEST_KEY)
    amount = read_points(asked.amount)
    if amount is None or amount == 0 or (amount < 0 and kind is not Kind.ADJUST):
        wrong("amount", "points.want_amount", most=f"{MOST_POINTS:f}")
    channel = asked.channel
    if not isinstance(channel, str) or (channel and CHANNEL.fullmatch(channel) is None):
        wrong("channel", "rewards.basket.channel")
    if not _is_word(asked.reason, _LONGEST_REASON):
        wrong("reason", "points.want_reason", most=_LONGEST_REASON)
    elif looks_personal(str(asked.reason)):
        wrong("reason", "points.personal_reason")
    elif kind is Kind.ADJUST and not str(asked.reason).strip():
        wrong("reason", "points.why_adjusted")
    if not _is_word(asked.order_id, _LONGEST):
        wrong("order_id", "points.want_order", most=_LONGEST)
    if problems or amount is None:
        raise BadInput(tuple(problems))
    return amount


def _is_word(value: object, most: int) -> bool:
    """Say whether a value is a short text that can be shown."""
    return isinstance(value, str) and len(value) <= most and value.isprintable()
