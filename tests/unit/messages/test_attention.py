"""Journeys compete for what caps leave: by priority, by worth, and none is starved."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from msgspec.structs import replace

from huiliu.kernel.buckets import share
from huiliu.kernel.times import DAY, HOUR, MINUTE, Instant, as_instant
from huiliu.messages.attention import Attention, Contender, Stake, ahead_of, ranked
from huiliu.messages.caps import Cap, SentBefore
from huiliu.messages.policy import Case, Hold, Refuse, Send, decide
from huiliu.messages.rules import Rules

NOON = as_instant("2026-03-18T12:00", "Asia/Shanghai") or 0
ONE_A_DAY = (Cap("day", 1, DAY),)
RULES = Rules(quiet=(), caps=ONE_A_DAY, countries=False)


def wants(
    journey: str, priority: int = 50, worth: float = 0.0, due: int = NOON, at: int = 0
) -> Contender:
    """Return a message that competes."""
    return Contender(journey.encode(), "email", journey, "", priority, at, due, worth)


def case(me: Contender, *rivals: Contender, **changed: object) -> Case:
    """Return the case of a message with others beside it."""
    plain = Case(
        "email", "marketing", 0, False, "a@b.example", False, False,
        {("email", "marketing"): "granted"}, "Asia/Shanghai", (), me=me, rivals=rivals,
    )  # fmt: skip
    return replace(plain, **changed)


def test_the_more_important_journey_goes_first_and_the_other_asks_again():
    """The loser is held until the winner has had its chance, with a reason."""
    low, high = wants("low", 10), wants("high", 90)

    assert decide(RULES, case(high, low), NOON) == Send()
    assert decide(RULES, case(low, high), NOON) == Hold(Instant(NOON + MINUTE), "outcompeted")


def test_of_equal_priority_the_message_of_more_worth_goes_first():
    """Then who came first; then whoever has the smaller number, so that somebody does."""
    poor, rich = wants("poor", worth=0.1), wants("rich", worth=0.2)
    old, young = wants("old", at=1), wants("young", at=2)

    assert isinstance(decide(RULES, case(poor, rich), NOON), Hold)
    assert decide(RULES, case(rich, poor), NOON) == Send()
    assert decide(RULES, case(old, young), NOON) == Send()
    assert isinstance(decide(RULES, case(young, old), NOON), Hold)


def test_where_caps_have_room_for_all_nobody_waits():
    """Competition is for the last places only."""
    roomy = Rules(quiet=(), caps=(Cap("day", 3, DAY),), countries=False)

    assert decide(roomy, case(wants("low", 1), wants("high", 99)), NOON) == Send()
    one_left = case(
        wants("low", 1), wants("high", 99), sent_before=[SentBefore(NOON - HOUR, "email", "")] * 2
    )
    assert isinstance(decide(roomy, one_left, NOON), Hold)


def test_a_rival_of_another_channels_cap_takes_no_place():
    """Only who draws from the same caps is in the way."""
    texts = Rules(quiet=(), caps=(Cap("texts", 1, DAY, channels=frozenset({"sms"})),),
                  countries=False)  # fmt: skip
    rival = Contender(b"x", "sms", "high", "", 99, 0, NOON)

    assert decide(texts, case(wants("low", 1), rival), NOON) == Send()


def test_a_rival_that_its_own_cap_holds_back_takes_no_place():
    """Who finds no place leaves those behind it theirs."""
    caps = (Cap("day", 1, DAY), Cap("none", 0, DAY, journeys=frozenset({"high"})))
    rules = Rules(quiet=(), caps=caps, countries=False)

    assert decide(rules, case(wants("low", 1), wants("high", 99)), NOON) == Send()


def test_a_loser_that_has_no_time_left_is_refused_as_one():
    """And one whom the cap stops after it had let others go first is told the same."""
    low, high = wants("low", 10), wants("high", 90)

    assert decide(RULES, case(low, high, expires_at=NOON + 1), NOON) == Refuse("outcompeted")
    after = case(low, was_outcompeted=True, sent_before=[SentBefore(NOON - 1, "email", "")])
    assert decide(RULES, after, NOON) == Refuse("outcompeted")


def test_a_message_waits_for_a_rival_that_is_due_soon():
    """It asks again when the rival may have gone."""
    soon = wants("high", 90, due=NOON + HOUR)

    assert decide(RULES, case(wants("low", 10), soon), NOON) == Hold(
        Instant(NOON + HOUR + MINUTE), "outcompeted"
    )


def test_service_messages_never_compete():
    """They pass caps and contests always."""
    service = case(wants("low", 1), wants("high", 99), message_class="service")

    assert decide(RULES, service, NOON) == Send()


def test_a_message_that_costs_more_than_it_brings_is_refused_where_the_policy_says_so():
    """Else worth only decides who goes first."""
    strict = Rules(
        quiet=(), caps=ONE_A_DAY, attention=Attention(refuses_worthless=True), countries=False
    )

    assert decide(strict, case(wants("bad", worth=-0.01)), NOON) == Refuse("not_worth_it")
    assert decide(strict, case(wants("good", worth=0.0)), NOON) == Send()
    assert decide(RULES, case(wants("bad", worth=-0.01)), NOON) == Send()


def test_every_journey_wins_its_share_of_contests_whatever_it_is_worth():
    """Of 20,000 people a journey of the lowest priority with a tenth wins about 2,000."""
    attention = Attention(share=Fraction(1, 20), journeys={"weak": Stake(share=Fraction(1, 10))})
    all_ = [wants("strong", 99), wants("middle", 50), wants("weak", 1)]

    winners = Counter(
        ranked(attention, all_, share("attention|1|20000", person))[0].journey
        for person in range(20_000)
    )

    assert 1_850 <= winners["weak"] <= 2_150
    assert 900 <= winners["middle"] <= 1_100
    assert winners["strong"] == 20_000 - winners["weak"] - winners["middle"]


def test_shares_of_more_than_all_are_cut_in_proportion():
    """Three journeys with half each get a third each."""
    attention = Attention(share=Fraction(1, 2))
    all_ = [wants(name, priority) for name, priority in (("a", 9), ("b", 5), ("c", 1))]

    winners = Counter(ranked(attention, all_, n / 3_000)[0].journey for n in range(3_000))

    assert set(winners.values()) <= {999, 1_000, 1_001}


def test_two_who_compete_never_both_lose():
    """Whoever is first in the order finds the place; it is the same order for both."""
    for draw in (0.0, 0.3, 0.9):
        attention = Attention(share=Fraction(1, 4))
        both = [wants("a", 20), wants("b", 20)]
        order = ranked(attention, both, draw)
        ahead = [ahead_of(one, order, ONE_A_DAY, (), NOON, "UTC") for one in both]
        assert [bool(one) for one in ahead].count(True) == 1
