"""A virtual brand: journeys, segments, schedules and the policy on one clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from huiliu.conditions import Surroundings
from huiliu.journeys import Face, Happening, Journey, parsed
from huiliu.journeys.step import Caused
from huiliu.journeys.virtual import Brand, Made, Posted, Run, Setting, Story, Telling
from huiliu.kernel.facts import TagFact, Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND, as_instant
from huiliu.messages.caps import Cap
from huiliu.messages.policy import Rules, plain_rules
from huiliu.segments import Referenced, Segment
from huiliu.segments import parsed as parsed_segment

START = as_instant("2026-11-02T10:00", "Asia/Shanghai") or 0
HEAD = "huiliu: 1\nkind: journey\nslug: {slug}\nname: {{en: J}}\n"


def journey(body: str, slug: str = "j", segments: Mapping[str, str] | None = None) -> Journey:
    """Return a journey of its entry and nodes."""
    around = Surroundings(resolver=Referenced(segments or {}), zone="Asia/Shanghai")
    return parsed(HEAD.format(slug=slug) + body, around)


def segment(slug: str, where: str) -> Segment:
    """Return a segment."""
    return parsed_segment(
        f"huiliu: 1\nkind: segment\nslug: {slug}\nname: {{en: S}}\nwhere: {where}"
    )


def brand(
    *journeys: Journey, days: int = 30, start: int = START, **more: Any
) -> tuple[Brand, Telling]:
    """Return a brand whose time begins now, and who is told of it."""
    telling = Telling()
    faces = {"t": Face("sms", "marketing"), "s": Face("sms", "service")}
    setting = Setting(1, journeys, faces=faces, zone="Asia/Shanghai", since=start, **more)
    return Brand(setting, start, start + days * DAY, telling), telling


def happens(
    made: Brand, name: str, at: int, who: int = 7, traits: Mapping[str, Value] | None = None,
    **properties: Value,
) -> None:  # fmt: skip
    """Let something happen."""
    made.meet(who, Happening(name, at, at, 0, properties), traits or {})


def reachable(made: Brand, who: int = 7, at: int = START - DAY) -> None:
    """Let a person have a phone and say yes."""
    happens(made, "$identify", at, who, {"phone": "vlt_1"})
    happens(made, "Consent Granted", at, who, channel="sms", purpose="marketing")


def messages(telling: Telling) -> list[Made]:
    """Return all messages in the order in which they were decided on."""
    return [made for story in telling.stories for made in story.messages]


def story(telling: Telling, slug: str = "j") -> Story:
    """Return the last run of a journey."""
    return [one for one in telling.stories if one.run.journey.slug == slug][-1]


REMIND = """entry: {event: A}
nodes:
  wait: {type: wait, for: 1h, next: say}
  say: {type: send, template: t, next: done}
  done: {type: exit}
"""


def test_what_a_journey_emits_begins_another_one() -> None:
    """Everything that is caused is heard by all journeys, with no time in between."""
    first = journey(
        "entry: {event: A}\nnodes:\n  e: {type: emit, event: B, next: d}\n  d: {type: exit}\n"
    )
    second = journey(REMIND.replace("event: A", "event: B"), "second")
    made, telling = brand(first, second)

    happens(made, "A", START)
    made.finish()

    assert [(one.run.journey.slug, one.run.entered_at) for one in telling.stories] == [
        ("j", START), ("second", START),
    ]  # fmt: skip
    assert messages(telling)[0].sent_at == START + HOUR


def test_a_called_journey_tells_its_caller_how_it_ended() -> None:
    """A run that waits for another one goes on when that is over."""
    caller = journey(
        "entry: {event: A}\nnodes:\n"
        "  c: {type: call_journey, journey: called, wait: true, timeout: 7d, next: d, else: late}\n"
        "  late: {type: exit, reason: late}\n  d: {type: exit}\n"
    )
    called = journey(
        "entry: {api: true}\nnodes:\n  w: {type: wait, for: 2h, next: d}\n  d: {type: exit}\n",
        "called",
    )
    made, telling = brand(caller, called)

    happens(made, "A", START)
    made.finish()

    run = story(telling).run
    assert (run.reason, run.ended_at) == ("completed", START + 2 * HOUR)


def test_nobody_who_may_not_enter_keeps_a_caller_waiting() -> None:
    """A call that lets nobody in is answered at once."""
    caller = journey(
        "entry: {event: A}\nnodes:\n"
        "  c: {type: call_journey, journey: called, wait: true, timeout: 7d, next: d, else: d}\n"
        "  d: {type: exit}\n"
    )
    picky = journey(
        "entry: {api: true, where: [{property: n, above: 3}]}\nnodes:\n  d: {type: exit}\n",
        "called",
    )
    made, telling = brand(caller, picky)

    happens(made, "A", START)
    made.finish()

    assert story(telling).run.ended_at == START


def test_an_event_at_the_instant_of_a_timer_comes_first() -> None:
    """Who pays in the very instant of the reminder gets none."""
    made, telling = brand(journey("exit_when: [{event: B}]\n" + REMIND))

    happens(made, "A", START)
    happens(made, "B", START + HOUR)
    made.finish()

    assert messages(telling) == []
    assert story(telling).run.reason == "B"


def test_time_alone_lets_people_into_segments_and_journeys() -> None:
    """Who did nothing for three days enters the segment by its expiry timer, to the instant."""
    quiet = segment("quiet", "{all: [{did: A}, {did_not: A, within: 3d}]}")
    comes = REMIND.replace("{event: A}", "{segment: {entered: quiet}}")
    made, telling = brand(journey(comes, segments={"quiet": quiet.source()}), segments=[quiet])

    happens(made, "A", START + HOUR)
    happens(made, "A", START + 2 * HOUR)
    made.finish()

    [only] = telling.stories
    assert only.run.entered_at == START + 2 * HOUR + 3 * DAY
    assert only.run.entry.name == ""


def test_who_was_in_a_segment_before_time_began_does_not_enter_it() -> None:
    """The first look is quiet, as when a segment is made live."""
    known = segment("known", "{did: A}")
    made, telling = brand(
        journey(
            REMIND.replace("{event: A}", "{segment: {entered: known}}"),
            segments={"known": known.source()},
        ),
        segments=[known],
    )

    happens(made, "A", START - DAY, who=1)
    happens(made, "A", START + DAY, who=2)
    made.finish()

    assert [one.run.profile_id for one in telling.stories] == [2]


def test_a_wait_for_a_segment_hears_what_tags_and_traits_change() -> None:
    """A tag's new value moves people, and a run that waits for it goes on."""
    gold = segment("gold", "{tag: tier, is: gold}")
    waits = journey(
        "entry: {event: A}\nnodes:\n  w:\n    type: wait_for\n"
        "    ways: [{segment: {entered: gold}, next: d}]\n    timeout: 5d\n    else: late\n"
        "  late: {type: exit, reason: late}\n  d: {type: exit}\n",
        segments={"gold": gold.source()},
    )
    made, telling = brand(waits, segments=[gold])

    happens(made, "A", START)
    made.tag(7, "tier", TagFact("gold", START + DAY), START + DAY)
    made.finish()

    assert (story(telling).run.reason, story(telling).run.ended_at) == ("completed", START + DAY)


def test_marketing_waits_for_the_morning_and_counts_towards_the_cap() -> None:
    """The policy is live's own: quiet hours shift, the cap refuses, service passes both."""
    again = REMIND.replace("{event: A}", "{event: A, again: 1h}")
    made, telling = brand(journey(again), rules=plain_rules(cap=1))
    reachable(made)
    evening = START + 11 * HOUR

    happens(made, "A", evening)
    happens(made, "A", evening + DAY)
    made.finish()

    first, second = messages(telling)
    eight = as_instant("2026-11-03T08:00", "Asia/Shanghai")
    assert (first.holds[0][1:], first.sent_at) == ((eight, "quiet_hours"), eight)
    assert (second.sent_at, second.reason) == (0, "frequency_cap")


def test_journeys_compete_in_virtual_time_as_they_do_live() -> None:
    """Of two that want the day's one place the more important has it, whoever asked first."""
    caps = (Cap("day", 1, DAY),)
    rules = Rules(quiet=(), caps=caps, countries=False)
    minor = journey("priority: 10\n" + REMIND, "minor")
    major = journey("priority: 90\n" + REMIND, "major")
    made, telling = brand(minor, major, rules=rules)
    reachable(made)

    happens(made, "A", START)
    made.finish()

    found = {one.message.journey: (bool(one.sent_at), one.reason) for one in messages(telling)}
    assert found == {"major": (True, ""), "minor": (False, "outcompeted")}


def test_a_message_that_waits_is_cancelled_by_what_happens_meanwhile() -> None:
    """Who buys at night is not reminded in the morning."""
    made, telling = brand(journey("goal: {event: B}\n" + REMIND), rules=Rules())
    reachable(made)

    happens(made, "A", START + 11 * HOUR)
    happens(made, "B", START + 14 * HOUR)
    made.finish()

    assert [one.reason for one in messages(telling)] == ["cancelled"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ((), "address_missing"),
        (("phone",), "consent_missing"),
        (("phone", "yes", "no"), "consent_withdrawn"),
    ],
)
def test_whoever_may_not_be_written_to_is_not(said: tuple[str, ...], reason: str) -> None:
    """Addresses and consents are those of the moment of sending."""
    made, telling = brand(journey(REMIND), rules=Rules())
    if "phone" in said:
        happens(made, "$identify", START - DAY, traits={"phone": "vlt_1"})
    if "yes" in said:
        happens(made, "Consent Granted", START - DAY, channel="sms", purpose="marketing")

    happens(made, "A", START)
    if "no" in said:
        happens(made, "Consent Withdrawn", START + MINUTE, channel="sms", purpose="marketing")
    made.finish()

    assert [one.reason for one in messages(telling)] == [reason]


def test_who_said_no_stays_unreached_where_everybody_is_taken_to_be_reachable() -> None:
    """An assumption never overrules a person."""
    made, telling = brand(journey(REMIND), rules=Rules(), assumes_reach=True)

    happens(made, "A", START, who=1)
    happens(made, "Consent Withdrawn", START, who=2, channel="sms", purpose="marketing")
    happens(made, "A", START, who=2)
    made.finish()

    assert [(one.message.person.profile_id, one.reason) for one in messages(telling)] == [
        (1, ""), (2, "consent_withdrawn"),
    ]  # fmt: skip


def test_an_address_that_is_suppressed_is_left_alone() -> None:
    """The list of those never written to holds in virtual time too."""
    made, telling = brand(journey(REMIND), rules=Rules(), suppressed={"hash"})
    reachable(made)
    made.name(7, "phone", "hash", START - HOUR)

    happens(made, "A", START)
    made.finish()

    assert [one.reason for one in messages(telling)] == ["suppressed"]


class Scripted:
    """Reacts to every message after an hour."""

    def of(self, message: Posted, at: int) -> list[tuple[str, int, Mapping[str, Value]]]:
        """Return that it was opened."""
        del message, at
        return [("Message Opened", HOUR, {})]


def test_a_reaction_is_an_event_like_any_other() -> None:
    """A run that waits for its message to be opened goes on when it is."""
    waits = journey(
        "entry: {event: A}\nnodes:\n  say: {type: send, template: s, next: w}\n"
        "  w:\n    type: wait_for\n    ways: [{event: Message Opened, next: d}]\n"
        "    timeout: 5d\n    else: late\n  late: {type: exit, reason: late}\n  d: {type: exit}\n"
    )
    made, telling = brand(waits, echoes=Scripted())

    happens(made, "A", START)
    made.finish()

    assert (story(telling).run.reason, story(telling).run.ended_at) == (
        "completed", START + HOUR,
    )  # fmt: skip


class Answering:
    """A webhook that answers late, and staff that does its tasks."""

    def called(self, run: Run, caused: Caused) -> tuple[int, Mapping[str, Value]]:
        """Answer after a second."""
        del run, caused
        return SECOND, {"ok": True, "status": 200, "body": {"left": 3}, "reason": ""}

    def opened(self, run: Run, caused: Caused) -> tuple[int, str]:
        """Be done after a day."""
        del run, caused
        return DAY, "called"


def test_answers_of_webhooks_and_staff_come_back_and_are_carried() -> None:
    """Later nodes can use what a webhook answered."""
    asks = journey(
        "entry: {event: A}\nnodes:\n"
        "  hook: {type: webhook, url: 'https://api.example.com/x', as: stock, next: task}\n"
        "  task:\n    type: task\n    title: Call\n    outcomes: [{outcome: called, next: say}]\n"
        "    timeout: 9d\n    else: d\n"
        "  say: {type: emit, event: Left, properties: {n: {carried: stock.body.left}}, next: d}\n"
        "  d: {type: exit}\n"
    )
    made, telling = brand(asks, answers=Answering())

    happens(made, "A", START)
    made.finish()

    run = story(telling).run
    assert run.ended_at == START + DAY + SECOND
    [emitted] = [one.effect for _, one in story(telling).effects if one.node == "say"]
    assert getattr(emitted, "properties") == {"n": 3}  # noqa: B009 - an effect of one of five kinds


def test_a_quota_is_given_out_once_for_all_people() -> None:
    """The third of a day waits for no room: it takes the other way."""
    gate = journey(
        "entry: {event: A}\nnodes:\n"
        "  q: {type: quota, limit: 2, per: total, next: d, else: full}\n"
        "  full: {type: exit, reason: full}\n  d: {type: exit}\n"
    )
    made, telling = brand(gate)

    for nth in range(4):
        happens(made, "A", START + nth, who=nth + 1)
    made.finish()

    assert [one.run.reason for one in telling.stories] == ["completed"] * 2 + ["full"] * 2


def test_what_the_log_tells_of_messages_is_true_only_of_those_that_were_sent() -> None:
    """A reaction to a message that virtual time never sent did not happen."""
    found = brand(journey(REMIND))
    happens(found[0], "A", START)
    found[0].finish()
    sent = show_id(messages(found[1])[0].message.message_id)
    made, telling = brand(
        journey(
            "exit_when: [{event: Message Opened}]\n"
            + REMIND.replace("next: done", "next: rest")
            + "  rest: {type: wait, for: 9d, next: done}\n"
        ),
        known_messages={sent},
    )  # fmt: skip

    happens(made, "A", START)
    happens(made, "Message Opened", START + 2, journey="j", message_id="ab" * 16)
    happens(made, "Message Sent", START + HOUR, journey="j", message_id=sent)
    happens(made, "Message Opened", START + 2 * HOUR, journey="j", message_id=sent)
    made.finish()

    run = story(telling).run
    assert (run.reason, run.ended_at) == ("Message Opened", START + 2 * HOUR)


def test_held_out_people_get_nothing_and_may_reach_the_goal() -> None:
    """A journey's holdout is watched, so that the goal can be compared."""
    made, telling = brand(journey("holdout: 50%\ngoal: {event: B, within: 2d}\n" + REMIND))
    for who in range(1, 41):
        happens(made, "A", START + who, who=who)
    for who in range(1, 41):
        happens(made, "B", START + DAY + who, who=who)
    made.finish()

    held = [one for one in telling.stories if one.run.held_out]
    assert 8 < len(held) < 32
    assert all(not one.messages and one.run.state == "goal" for one in held)
    assert all(one.messages for one in telling.stories if not one.run.held_out)
