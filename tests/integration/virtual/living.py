"""Lets an instance live through a history on a clock that stops at every instant that matters."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from tests.integration.journeys import put_journey, rows
from tests.integration.outbox import Recorder, put_template, someone, with_providers
from tests.integration.people import BRAND, NOW, log, project_all

from huiliu.journeys.virtual import Brand, Echo, Posted, Story, Telling
from huiliu.kernel.events import Kind, NewEvent
from huiliu.kernel.ids import digest, show_id
from huiliu.kernel.times import HOUR
from huiliu.ports.documents import Document
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.backtest import BacktestAsk, prepare
from huiliu.services.call_webhooks import call_webhooks
from huiliu.services.dispatch import dispatch
from huiliu.services.expire import expire
from huiliu.services.fill import fill
from huiliu.services.replay import Slice, replay
from huiliu.services.schedule import schedule
from huiliu.stores.clock import SimulatedClock

__all__ = [
    "Lived",
    "Living",
    "happening",
    "live_world",
    "lived_again",
    "put_journeys",
    "put_segment",
    "two_people",
    "what_lived",
]

TEMPLATE = """huiliu: 1
kind: template
slug: {slug}
name: {{en: T}}
channel: {channel}
class: {kind}
locales: {{zh-CN: {{{body}}}}}
"""
BODIES = {
    "email": 'subject: Hello, text: "Hello {{ unsubscribe_url }}"', "sms": "text: Hello",
}  # fmt: skip
#: Slug -> channel and class.
TEMPLATES = {
    "t": ("email", "marketing"), "a": ("email", "service"), "b": ("email", "marketing"),
    "s": ("sms", "service"),
}  # fmt: skip


class Answering:
    """A way out where every server answers that all is well."""

    def __init__(self) -> None:
        self.calls: list[HttpCall] = []

    def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Answer each."""
        self.calls += calls
        return [HttpAnswer(Reach.ANSWERED, 200, {}, b"{}") for _ in calls]

    def problem(self, url: str) -> str:
        """Find nothing wrong."""
        del url
        return ""

    def close(self) -> None:
        """Do nothing."""


class Reacting:
    """What becomes of a message, told by its id alone: the same live and in virtual time."""

    def of(self, message: Posted, at: int) -> Iterator[Echo]:
        """Return what comes of a message."""
        del at
        yield from reactions(show_id(message.message_id))


def reactions(message_id: str) -> Iterator[Echo]:
    """Return what people do with a message."""
    number = int(message_id, 16)
    if number % 3:
        yield "Message Delivered", HOUR + number % 1000, {}
        if number % 2:
            yield "Message Opened", 2 * HOUR + number % 1000, {}
    elif number % 5 == 0:
        yield "Message Failed", HOUR, {}


@dataclasses.dataclass(frozen=True)
class Lived:
    """What was decided, in an order of its own."""

    runs: list[tuple[object, ...]]
    steps: list[tuple[object, ...]]
    messages: list[tuple[object, ...]]


@contextmanager
def live_world(world: World) -> Iterator[World]:
    """Lend the world with channels, templates, a segment, and servers that answer."""
    made = with_providers(world, Recorder("email"), Recorder("sms"))
    for slug, (channel, kind) in TEMPLATES.items():
        put_template(
            made, TEMPLATE.format(slug=slug, channel=channel, kind=kind, body=BODIES[channel])
        )
    yield dataclasses.replace(made, outbound=Answering())


class Living:
    """An instance whose workers do everything that is due, instant by instant."""

    def __init__(self, world: World, clock: SimulatedClock) -> None:
        """Begin at the clock's own time."""
        self._world = world
        self._clock = clock
        self._reacted: set[str] = set()
        self._coming: list[tuple[int, NewEvent]] = []

    def through(self, events: Sequence[tuple[int, NewEvent]], until: int) -> None:
        """Let events happen at their instants, and everything between them."""
        for at, event in events:
            self._pass(at - 1)
            self._clock.set(at)
            log(self._world, event)
            self._settle()
        self._pass(until)

    def _pass(self, until: int) -> None:
        """Let all happen that is due by an instant."""
        while True:
            due = self._next()
            if due is None or due > until:
                return
            self._clock.set(max(due, self._clock.now()))
            while self._coming and self._coming[0][0] <= due:
                _, event = self._coming.pop(0)
                log(self._world, event)
                # What stands in the log at an instant takes effect before what is due at it.
            self._settle()

    def _settle(self) -> None:
        """Do everything that is due now, one kind after the other."""
        world = self._world
        while True:
            project_all(world)
            if expire(world):
                continue
            if schedule(world) or fill(world, 10):
                continue
            if advance(world):
                while call_webhooks(world):
                    pass
                continue
            if dispatch(world):
                self._react()
                continue
            return

    def _react(self) -> None:
        """Let people do something with messages that were sent."""
        told = "select message_id, profile_id, channel, journey, sent_at from messages"
        for raw, profile_id, channel, journey, sent_at in rows(
            self._world, f"{told} where status = 'sent' order by sent_at, message_id"
        ):
            assert isinstance(raw, bytes | memoryview)
            assert isinstance(sent_at, int)
            shown = bytes(raw).hex()
            if shown in self._reacted:
                continue
            self._reacted.add(shown)
            for name, after, _ in reactions(shown):
                properties = {"message_id": shown, "channel": channel, "journey": journey}
                body = msgspec.json.encode({"profile_id": profile_id, "properties": properties})
                at = sent_at + after
                event = NewEvent(
                    BRAND, digest(name, shown), at, at, name, Kind.INTERNAL, (), None, 0, body
                )
                self._coming.append((at, event))
        self._coming.sort(key=lambda pair: pair[0])

    def _next(self) -> int | None:
        """Return the next instant at which something is due."""
        [found] = rows(
            self._world,
            "select (select min(due_at) from journey_tokens),"
            " (select min(due_at) from condition_timers),"
            " (select min(not_before) from messages where status = 'queued'),"
            " (select min(not_before) from journey_calls where status = 'waiting')",
        )
        due = [at for at in found if isinstance(at, int)]
        if self._coming:
            due.append(self._coming[0][0])
        return min(due, default=None)


def happening(world: World, profile_id: int, name: str, at: int, **properties: object) -> NewEvent:
    """Return an event of a person, to be logged when its time has come."""
    with world.store.system() as tx:
        known = tx.people.identifiers(BRAND, [profile_id])[profile_id]
    user = tuple(one for one, _ in known if one.type.name == "USER_ID")
    kind, body = Kind.TRACK, {"properties": properties}
    if name == "$identify":
        kind, body = Kind.IDENTIFY, {"traits": properties}
    return NewEvent(
        BRAND, digest("life", profile_id, name, at), at, at, name, kind, user, None, 0,
        msgspec.json.encode(body),
    )  # fmt: skip


def what_lived(world: World) -> Lived:
    """Return what the instance decided."""
    runs = rows(
        world,
        "select journey, key, profile_id, entered_at, state, reason, ended_at from journey_runs",
    )
    steps = rows(
        world,
        "select s.journey, r.key, s.profile_id, s.at, s.what,"
        " case when s.what in ('exited', 'goal', 'entered') then '' else s.node end,"
        " case when s.what in ('exited', 'goal', 'entered', 'ended') then 1 else s.visit end"
        " from journey_steps s join journey_runs r using (brand_id, run_id)",
    )
    messages = rows(
        world,
        "select journey, node, profile_id, template, channel, queued_at,"
        " case when sent_at > 0 then 'sent' else status end, reason, sent_at from messages",
    )
    return Lived(*(sorted(each, key=str) for each in (runs, steps, messages)))


def lived_again(world: World, source: str, period: tuple[int, int]) -> Lived:
    """Return what virtual time decides over the same log."""
    ask = BacktestAsk(source, *period, with_live=True)
    prepared = prepare(world, BRAND, ask)
    telling = Telling()
    brand = Brand(prepared.setting, *period, telling)
    replay(world, brand, prepared.wanted, Slice(0, 1))
    brand.finish()
    return Lived(
        sorted((_run(story) for story in telling.stories), key=str),
        sorted((step for story in telling.stories for step in _steps(story)), key=str),
        sorted((one for story in telling.stories for one in _messages(story)), key=str),
    )


def _run(story: Story) -> tuple[object, ...]:
    """Return a run as the database tells it."""
    run = story.run
    return (
        run.journey.slug, run.key, run.profile_id, run.entered_at, run.state, run.reason,
        run.ended_at,
    )  # fmt: skip


def _steps(story: Story) -> Iterator[tuple[object, ...]]:
    """Yield what a run did as the database tells it."""
    run = story.run
    for made in story.decisions:
        node = "" if made.what in {"exited", "goal", "entered"} else made.node
        visit = 1 if not node or made.what == "ended" else made.visit
        yield run.journey.slug, run.key, run.profile_id, made.at, made.what, node, visit


def _messages(story: Story) -> Iterator[tuple[object, ...]]:
    """Yield messages as the database tells them."""
    for made in story.messages:
        message = made.message
        status = "sent" if made.sent_at else "not_sent" if made.reason else "queued"
        reason = made.reason or ("" if made.sent_at or not made.holds else made.holds[-1][2])
        yield (
            message.journey, message.node, message.person.profile_id, message.queue.template,
            message.channel, message.queued_at, status, reason, made.sent_at,
        )  # fmt: skip


def put_segment(world: World, slug: str, where: str) -> None:
    """Make a segment live before anybody is known."""
    source = f"huiliu: 1\nkind: segment\nslug: {slug}\nname: {{en: S}}\nwhere: {where}\n"
    with world.store.system() as tx:
        tx.documents.put(Document(BRAND, "segment", slug, 0, "live", source, NOW, "test"))


def put_journeys(world: World, sources: Mapping[str, str]) -> None:
    """Make journeys live."""
    for source in sources.values():
        put_journey(world, source)


def two_people(world: World) -> tuple[int, int]:
    """Return two people with addresses, of whom one agreed to more."""
    return (
        someone(world, phone="+8613800138000", consents=("email", "sms")),
        someone(world, phone="+8613900139000", consents=("email",)),
    )
