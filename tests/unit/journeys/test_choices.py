"""Values, chance, experiments, variants and channels lead where they should, and stay so."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tests.unit.journeys.standing import NOW, PERSON, RUN, did, end, facts, journey, take, told

from huiliu.journeys import Emit, Journey, Queue, Stepped
from huiliu.journeys.explain import explain
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.ids import message_id, show_id
from huiliu.kernel.times import DAY, HOUR

SWITCH = (
    "{type: switch, on: ON, ways: [{is: gold, next: x}, {is: [silver, 1, true, null], next: y}], "
    "else: z}"
)


@pytest.mark.parametrize(
    ("value", "exit_"),
    [
        ("gold", "x"), ("silver", "y"), (1, "y"), (1.0, "y"), (True, "y"), (None, "y"),
        ("1", "z"), (2, "z"), (["gold"], "z"), (False, "z"),
    ],
)  # fmt: skip
def test_a_switch_takes_the_way_of_the_value(value: object, exit_: str) -> None:
    """A number is the same however it is written; a text is no number and true is not 1."""
    of = journey(SWITCH.replace("ON", "{entry: tier}"))

    stepped = take(of, entry={"tier": value})

    assert end(stepped) == exit_
    assert str(explain(of, "n", "switched", told(stepped)))


def test_a_switch_sees_traits_and_tags_too() -> None:
    """What it needs to know is read."""
    trait = journey(SWITCH.replace("ON", "{trait: level.name}"))
    tag = journey(SWITCH.replace("ON", "{tag: tier}"))

    assert end(take(trait, facts(level={"name": "gold"}))) == "x"
    assert end(take(tag, facts(tags={"tier": "silver"}))) == "y"
    assert end(take(tag, facts())) == "y"
    assert trait.mentions.traits == {"level"}
    assert tag.mentions.tags == {"tier"}
    assert trait.asks
    assert tag.asks


SPLIT = journey("{type: split, ways: [{weight: 3, next: x}, {weight: 1, next: y}]}")


def test_a_split_shares_by_weight_and_is_the_same_for_the_same_run() -> None:
    """Three in four go one way; repeating a step changes nothing."""
    runs = [number.to_bytes(16, "big") for number in range(4_000)]
    ends = [end(take(SPLIT, run=run)) for run in runs]

    assert ends == [end(take(SPLIT, run=run)) for run in runs]
    assert 2_880 < Counter(ends)["x"] < 3_120


def experiment(traffic: str = "", otherwise: str = "") -> Journey:
    """Return a journey with an experiment of two variants."""
    return journey(
        f"{{type: experiment, experiment: new-copy, {traffic}ways: [{{variant: a, weight: 1, "
        f"next: x}}, {{variant: b, weight: 1, next: y}}]{otherwise}}}"
    )


def variants(of: Journey) -> dict[int, str]:
    """Return where each of many people goes."""
    return {person: end(take(of, person=person)) for person in range(1, 2_001)}


def test_a_person_keeps_their_variant_whatever_the_run() -> None:
    """The experiment's name and the person decide, nothing else."""
    of = experiment()
    first, second = variants(of), variants(of)
    runs = {end(take(of, run=number.to_bytes(16, "big"))) for number in range(50)}

    assert first == second
    assert len(runs) == 1
    assert 900 < Counter(first.values())["x"] < 1_100


def test_an_experiment_tells_the_log_who_saw_what() -> None:
    """Exposures are events, so that outcomes can be compared."""
    of = experiment()

    stepped = take(of)
    [seen] = stepped.effects

    assert isinstance(seen.effect, Emit)
    assert seen.effect.name == "Experiment Viewed"
    assert seen.effect.properties == {"experiment": "new-copy", "variant": told(stepped)["variant"]}
    assert "new-copy" in str(explain(of, "n", "assigned", told(stepped)))


def test_widening_the_traffic_moves_nobody_who_takes_part() -> None:
    """From a tenth to a half: those who were in keep their variant, the others come in."""
    tenth = variants(experiment("traffic: 10%, ", ", else: z"))
    half = variants(experiment("traffic: 50%, ", ", else: z"))

    assert 150 < len([1 for where in tenth.values() if where != "z"]) < 250
    assert all(half[person] == where for person, where in tenth.items() if where != "z")
    assert 930 < len([1 for where in half.values() if where != "z"]) < 1_070


def test_variants_of_a_message_stick_to_the_person() -> None:
    """Whoever enters again gets the same one; weights hold; the trace says which."""
    of = journey(
        "{type: send, variants: [{variant: a, template: ta, weight: 1}, "
        "{variant: b, template: tb, weight: 3}], next: x}"
    )
    sent: Counter[str] = Counter()
    for person in range(1, 2_001):
        [caused] = take(of, person=person).effects
        [again] = take(of, person=person, run=bytes(16)).effects
        assert caused.effect == again.effect
        assert isinstance(caused.effect, Queue)
        sent[caused.effect.template] += 1
    stepped = take(of)

    assert 420 < sent["ta"] < 580
    assert told(stepped)["variant"] in str(explain(of, "n", "sent", told(stepped)))
    assert [name.name for name in of.nodes["n"].names] == ["ta", "tb"]


BEST = (
    "{type: best_channel, channels: [{channel: email, template: te}, "
    "{channel: sms, template: ts, cost: 0.05}], class: service, MORE next: x, else: z}"
)
PLAIN = journey(BEST.replace("MORE", ""))
FALLBACK = journey(BEST.replace("MORE", "fallback: {unless: opened, within: 2h},"))


def reached(
    *events: EventFact, channels: tuple[str, ...] = ("email", "sms"), **traits: Any
) -> Facts:
    """Return what is known of a person who has these addresses."""
    words = {"email": "email", "sms": "phone"}
    known = facts(*events, **traits)
    return Facts(
        PERSON, known.traits, known.events,
        identifiers={words[channel]: [channel] for channel in channels},
    )  # fmt: skip


def channel(stepped: Stepped) -> str:
    """Return by which channel the last message went."""
    effect = stepped.effects[-1].effect
    assert isinstance(effect, Queue)
    return effect.channel


def about(what: str, of: str, at: int, nth: int) -> EventFact:
    """Return what became of an earlier message."""
    return did(f"Message {what}", at, channel=of, message_id=f"{of} {nth}")


def test_the_cheaper_channel_is_taken_where_nothing_else_speaks() -> None:
    """Of two that reach the person."""
    assert channel(take(PLAIN, reached())) == "email"
    assert end(take(PLAIN, reached())) == "x"


def test_a_channel_that_does_not_reach_is_left_out() -> None:
    """And whoever none reaches takes the other way."""
    nobody = take(PLAIN, reached(channels=()))

    assert channel(take(PLAIN, reached(channels=("sms",)))) == "sms"
    assert end(nobody) == "z"
    assert nobody.effects == ()
    assert str(explain(PLAIN, "n", nobody.trace[0].what, told(nobody)))


def test_the_preferred_channel_comes_first() -> None:
    """What people say counts more than what is cheap."""
    assert channel(take(PLAIN, reached(preferred_channel="sms"))) == "sms"


def test_the_channel_that_is_answered_comes_first() -> None:
    """Who never opens an e-mail and always clicks in a message gets a message."""
    past = [about("Delivered", "email", NOW - DAY, nth) for nth in range(10)]
    past += [about("Delivered", "sms", NOW - DAY, nth) for nth in range(10)]
    past += [about("Clicked", "sms", NOW - DAY, nth) for nth in range(10)]
    long_ago = [EventFact(one.name, NOW - 91 * DAY, one.position, one.properties) for one in past]
    stepped = take(PLAIN, reached(*past))

    assert channel(stepped) == "sms"
    assert told(stepped)["scores"] == {"sms": 0.786, "email": 0.571}
    assert channel(take(PLAIN, reached(*long_ago))) == "email"
    assert "0.786" in str(explain(PLAIN, "n", "sent", told(stepped)))


def mine(what: str, nth: int) -> EventFact:
    """Return what became of the nth message of the run's node."""
    node = f"n#{nth}" if nth else "n"
    sent = message_id(1, RUN, node, 1, PERSON)
    return did(f"Message {what}", NOW, message_id=show_id(sent), channel="email")


def test_a_fallback_tries_the_next_channel_in_time() -> None:
    """First one, two hours later the other, two hours later nothing worked."""
    first = take(FALLBACK, reached())
    assert first.token is not None
    waiting = take(FALLBACK, reached(), now=NOW + HOUR, token=first.token)
    second = take(FALLBACK, reached(), now=first.token.due_at, token=first.token)
    assert second.token is not None
    last = take(FALLBACK, reached(), now=second.token.due_at, token=second.token)

    assert (channel(first), first.token.due_at) == ("email", NOW + 2 * HOUR)
    assert waiting.token == first.token
    assert waiting.effects == ()
    assert (channel(second), second.token.due_at) == ("sms", NOW + 4 * HOUR)
    assert [caused.effect.nth for caused in second.effects if isinstance(caused.effect, Queue)] == [
        1
    ]
    assert end(last) == "z"


def test_a_message_that_worked_ends_the_trying() -> None:
    """Also when the first one is opened after the second went out."""
    first = take(FALLBACK, reached())
    assert first.token is not None
    opened = take(FALLBACK, reached(mine("Opened", 0)), now=NOW + HOUR, token=first.token)
    second = take(FALLBACK, reached(), now=first.token.due_at, token=first.token)
    assert second.token is not None
    late = take(FALLBACK, reached(mine("Opened", 0)), now=NOW + 3 * HOUR, token=second.token)

    assert end(opened) == end(late) == "x"
    assert opened.effects == late.effects == ()


@pytest.mark.parametrize("what", ["Failed", "Not Sent"])
def test_a_message_that_is_lost_is_followed_at_once(what: str) -> None:
    """Nobody waits two hours for a message that never went out."""
    first = take(FALLBACK, reached())
    assert first.token is not None

    second = take(FALLBACK, reached(mine(what, 0)), now=NOW + 1, token=first.token)
    assert second.token is not None
    third = take(FALLBACK, reached(mine(what, 0)), now=NOW + 2, token=second.token)

    assert channel(second) == "sms"
    assert third.token == second.token
    assert FALLBACK.nodes["n"].wakes >= {f"Message {what}", "Message Opened"}


def test_without_an_else_the_last_channel_is_not_waited_for() -> None:
    """There is nothing to decide any more."""
    of = journey(BEST.replace("MORE", "fallback: {unless: delivered, within: 2h},").replace(
        ", else: z", ""))  # fmt: skip

    stepped = take(of, reached(channels=("sms",)))

    assert end(stepped) == "x"
    assert channel(stepped) == "sms"
