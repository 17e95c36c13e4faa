"""`best_channel`: the message goes out by the channel that suits the person best.

Channels that cannot reach the person are left out. Each of the others gets

    2 if it is the preferred one
    + (answers + 1) / (deliveries + 4), of its messages in the last 90 days
    + 0.5 x (1 - cost / the dearest cost), 0.5 where nothing costs

and the highest comes first; of equal ones, the one that is written first. An answer is a message
that was opened, clicked or replied to. With a fallback the next channel is tried if the first did
not work in time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final

import msgspec

from huiliu.conditions import Condition, Mentions, parse
from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Cancel, Matcher
from huiliu.journeys.nodes.base import Go, Name, Node, Outcome, Passage, Quota, Rest, Way
from huiliu.journeys.nodes.givens import Given, read_given
from huiliu.journeys.nodes.sending import FIELDS, FORM, Manner, read_manner
from huiliu.journeys.reading import Fields
from huiliu.kernel.documents import join_path
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.ids import message_id, show_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import DAY, show_duration

__all__ = ["TYPE", "BestChannel"]

_DELIVERED: Final = "Message Delivered"
_OPENED, _CLICKED, _REPLIED = "Message Opened", "Message Clicked", "Message Replied"
_ANSWERS: Final = (_OPENED, _CLICKED, _REPLIED)
#: After one of these the message will not arrive any more.
_LOST: Final = ("Message Failed", "Message Not Sent")
#: What a fallback may ask for -> the events that say it was so. Whoever opens had it delivered.
_WORKED: Final[Mapping[str, tuple[str, ...]]] = {
    "delivered": (_DELIVERED, *_ANSWERS),
    "opened": _ANSWERS,
    "clicked": (_CLICKED, _REPLIED),
    "replied": (_REPLIED,),
}
_REMEMBERED: Final = 90 * DAY
_PREFERENCE, _THRIFT = 2.0, 0.5
_PRIOR_ANSWERS, _PRIOR_DELIVERIES = 1, 4
_PREFERRED: Final = Given("trait", ("preferred_channel",))


@dataclass(frozen=True, slots=True)
class Option:
    """One channel that a message may take."""

    channel: str
    template: str
    #: Of one message, in whatever money; only compared with the other options.
    cost: float
    #: Whether the channel reaches the person, for this class of message.
    reaches: Condition

    def tree(self) -> dict[str, object]:
        """Return the option as it is written."""
        tree: dict[str, object] = {"channel": self.channel, "template": self.template}
        return tree | {"cost": self.cost} if self.cost else tree


class _Memory(msgspec.Struct, frozen=True, array_like=True):
    """Which channels are tried in which order, and how far that went."""

    order: tuple[int, ...]
    #: Which of them is being tried.
    nth: int
    #: Until when it may still work.
    until: int


@dataclass(frozen=True, slots=True)
class BestChannel:
    """Sends by the best channel and, if that did not work, by the next best."""

    options: tuple[Option, ...]
    preferred: Given
    #: What must have happened so that no other channel is tried; "" = nothing is waited for.
    unless: str
    #: How long each channel is given, in microseconds.
    within: int
    manner: Manner
    next: str
    #: Where a run goes whom no channel reaches, or with whom none worked; "" = the same way.
    otherwise: str
    mentions: Mentions = field(init=False, repr=False, compare=False)

    type = "best_channel"
    takes_time = False
    asks = True

    def __post_init__(self) -> None:
        """Note what is asked for."""
        found = [option.reaches.mentions for option in self.options]
        names = frozenset((_DELIVERED, *_ANSWERS, *_LOST))
        found += [self.preferred.mentions, Mentions(events=names, reach=_REMEMBERED)]
        object.__setattr__(self, "mentions", reduce(or_, found, Mentions()))

    @property
    def cancel(self) -> Cancel:
        """What cancels a message while it waits."""
        return self.manner.cancel

    @property
    def message_class(self) -> str:
        """What the messages are for; "" = the templates say it."""
        return self.manner.message_class

    @property
    def names(self) -> Sequence[Name]:
        """The templates."""
        each = enumerate(self.options)
        return [Name("template", f"channels[{nth}].template", one.template) for nth, one in each]

    @property
    def wakes(self) -> frozenset[str]:
        """What says that a message worked, or never will."""
        return frozenset((*_WORKED[self.unless], *_LOST) if self.unless else ())

    @property
    def quota(self) -> Quota | None:
        """Nothing is given out."""
        return None

    @property
    def ways(self) -> Sequence[Way]:
        """The way on, and that of people whom nothing reached."""
        ways = (Way("next", self.next),)
        return (*ways, Way("else", self.otherwise)) if self.otherwise else ways

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return the next message, a rest until it worked, or the way on."""
        if not memory:
            return self._begin(passage)
        kept = msgspec.json.decode(memory, type=_Memory)
        ids = self._ids(passage, kept)
        option = self.options[kept.order[kept.nth]]
        if _find(passage.facts, _WORKED[self.unless], ids):
            return self._go("worked", self.next, option.channel)
        is_lost = _find(passage.facts, _LOST, ids[-1:])
        if passage.now < kept.until and not is_lost:
            return Rest(kept.until, memory)
        if kept.nth + 1 < len(kept.order):
            return self._send(passage, kept.order, kept.nth + 1, {})
        return self._go("nothing_worked", self.otherwise or self.next, "")

    def told(self, what: str, details: Mapping[str, object]) -> Text | None:
        """Return by which channel a message went, and how the channels stood."""
        scores = details.get("scores")
        if what != "sent" or not isinstance(scores, dict):
            return None
        shown = ", ".join(f"{channel} {score}" for channel, score in scores.items())
        said = {"template": details.get("template", ""), "channel": details.get("channel", "")}
        return text("journeys.did.sent_best", scores=shown, **said)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"channels": [one.tree() for one in self.options]}
        if self.preferred != _PREFERRED:
            tree["preferred"] = self.preferred.tree()
        if self.unless:
            tree["fallback"] = {"unless": self.unless, "within": show_duration(self.within)}
        tree |= self.manner.tree() | {"next": self.next}
        return tree | {"else": self.otherwise} if self.otherwise else tree

    def scores(self, facts: Facts, now: int, preferred: object) -> dict[int, float]:
        """Return which options reach a person and how well each suits, best first."""
        dearest = max((option.cost for option in self.options), default=0)
        found = {}
        for nth, option in enumerate(self.options):
            if option.reaches.holds(facts, now):
                thrift = 1 - option.cost / dearest if dearest else 1.0
                score = _response(facts, option.channel, now) + _THRIFT * thrift
                found[nth] = score + (_PREFERENCE if option.channel == preferred else 0)
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    def _begin(self, passage: Passage) -> Outcome:
        """Return the first message, or the way of people whom no channel reaches."""
        scores = self.scores(passage.facts, passage.now, self.preferred.of(passage))
        if not scores:
            return self._go("unreachable", self.otherwise or self.next, "")
        shown = {self.options[nth].channel: round(score, 3) for nth, score in scores.items()}
        return self._send(passage, tuple(scores), 0, {"scores": shown})

    def _send(
        self, passage: Passage, order: tuple[int, ...], nth: int, more: Mapping[str, object]
    ) -> Outcome:
        """Return a message, and a rest until it worked where that is asked for."""
        option = self.options[order[nth]]
        message = self.manner.queue(passage, option.template, option.channel, nth)
        details = {"template": option.template, "channel": option.channel, **more}
        is_last = nth + 1 == len(order) and not self.otherwise
        if not self.unless or is_last:
            written = msgspec.json.encode(details | {"to": self.next})
            return Go(self.next, "sent", written, (message,))
        until = passage.now + self.within
        memory = msgspec.json.encode(_Memory(order, nth, until))
        return Rest(until, memory, (message,), what="sent", details=msgspec.json.encode(details))

    def _ids(self, passage: Passage, kept: _Memory) -> list[str]:
        """Return the ids of the messages that were sent so far, as events show them."""
        nodes = [f"{passage.node}#{nth}" if nth else passage.node for nth in range(kept.nth + 1)]
        return [
            show_id(
                message_id(
                    passage.brand_id, passage.run_id, node, passage.visit, passage.profile_id
                )
            )
            for node in nodes
        ]

    def _go(self, what: str, to: str, channel: str) -> Go:
        """Return a way with its trace."""
        return Go(to, what, msgspec.json.encode({"to": to, "channel": channel}))


def _response(facts: Facts, channel: str, now: int) -> float:
    """Return how often a person answers messages of a channel, pulled towards a quarter."""

    def about(name: str) -> list[EventFact]:
        """Return the events of a name about the channel's messages that are remembered."""
        known = facts.events.get(name, ())
        return [
            fact
            for fact in known
            if now - _REMEMBERED < fact.occurred_at <= now
            and fact.properties.get("channel") == channel
        ]

    answered = {fact.properties.get("message_id") for name in _ANSWERS for fact in about(name)}
    delivered = {fact.properties.get("message_id") for fact in about(_DELIVERED)} | answered
    return (len(answered) + _PRIOR_ANSWERS) / (len(delivered) + _PRIOR_DELIVERIES)


def _find(facts: Facts, names: Sequence[str], ids: Sequence[str]) -> bool:
    """Say whether something happened to one of some messages."""
    return any(
        fact.properties.get("message_id") in ids
        for name in names
        for fact in facts.events.get(name, ())
    )


class _BestChannelType:
    """Reads `best_channel` nodes."""

    name = "best_channel"
    group = "talk"
    fields = ("channels", "preferred", "fallback", *FIELDS, "next", "else")
    form = (
        Field(
            "channels", "rows", needed=True,
            fields=(
                Field("channel", "channel", needed=True),
                Field("template", "template", needed=True),
                Field("cost", "number", start=0.05),
            ),
        ),
        Field("preferred", "given", options=("trait", "tag"), start={"tag": "favourite-channel"}),
        Field(
            "fallback", "map",
            fields=(
                Field("unless", "choice", needed=True, start="delivered", options=tuple(_WORKED)),
                Field("within", "duration", needed=True, start="2h"),
            ),
        ),
        *FORM,
        Field("next", "way", needed=True),
        Field("else", "way"),
    )  # fmt: skip

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:
        """Return the node of a document's map."""
        manner = read_manner(fields, ends)
        options: list[Option] = []
        for path, item in fields.items("channels"):
            option = _read_option(
                fields.reading.fields(item, path, ("channel", "template", "cost")),
                manner.message_class or "marketing",
            )
            if option is not None and option.channel in {one.channel for one in options}:
                at = join_path(path, "channel")
                fields.reading.wrong(at, "journeys.variant_twice", name=option.channel)
            if option is not None:
                options.append(option)
        if not fields.items("channels"):
            fields.wrong("channels", "journeys.no_channels")
        preferred = _PREFERRED
        if fields.has("preferred"):
            preferred = read_given(fields, "preferred", ("trait", "tag"))
        unless, within = "", 0
        if fields.has("fallback"):
            inner = fields.inner("fallback", ("unless", "within"))
            unless = inner.choice("unless", tuple(_WORKED), default="delivered")
            within = inner.duration("within")
            if within <= 0:
                inner.wrong("within", "journeys.no_time")
        return BestChannel(
            tuple(options), preferred, unless, within, manner, fields.word("next"),
            fields.word("else", default=""),
        )  # fmt: skip


def _read_option(fields: Fields, purpose: str) -> Option | None:
    """Return one channel of a document's list."""
    channel, template = fields.word("channel"), fields.word("template")
    cost = fields.values.get("cost", 0)
    if not isinstance(cost, int | float) or isinstance(cost, bool) or cost < 0:
        fields.wrong("cost", "journeys.want_cost", name="cost")
        cost = 0
    reaches = parse({"reachable": channel, "for": purpose}, fields.path)
    if isinstance(reaches, tuple):
        if channel:
            for problem in reaches:
                fields.reading.wrong(
                    fields.at("channel"), problem.text.key, **problem.text.arguments
                )
        return None
    return Option(channel, template, cost, reaches)


TYPE = _BestChannelType()
