"""An explanation is the tree again: every part's answer, what it saw, nothing personal."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.conditions import Condition, Mentions, parse
from huiliu.conditions.explain import Part, explain
from huiliu.kernel.facts import EventFact, Facts, RunFact, TagFact, Touch
from huiliu.kernel.texts import Text
from huiliu.kernel.times import DAY

NOW = 1_800_000_000_000_000
ADA = Facts(
    1,
    {"city": "上海", "phone": "vlt_" + "0" * 32},
    {"Order Paid": [EventFact("Order Paid", NOW - DAY, 5, {"total": 80})]},
)


def condition(where: object) -> Condition:
    """Return a condition that is known to be good."""
    found = parse(where, "where")
    assert not isinstance(found, tuple)
    return found


def leaves(part: Part) -> list[Part]:
    """Return the parts that have none."""
    return [leaf for one in part.parts for leaf in leaves(one)] if part.parts else [part]


def test_every_part_is_answered_also_where_another_has_decided() -> None:
    """`all` ends at its first no; an explanation goes on."""
    part = explain(
        condition({"all": [{"trait": "city", "is": "北京"}, {"did": "Order Paid"}]}), ADA, NOW
    )

    assert (part.holds, [one.holds for one in part.parts]) == (False, [False, True])


def test_a_part_says_what_it_saw() -> None:
    """The value of a trait; how many events are known and when the last one was."""
    part = explain(
        condition(
            {"any": [{"trait": "city", "is": "上海"}, {"did": "Order Paid", "within": "2d"}]}
        ),
        ADA,
        NOW,
    )

    trait, event = leaves(part)
    assert [str(one) for one in trait.saw] == ["city is 上海"]
    assert [str(one) for one in event.saw] == [
        "1 × Order Paid known, the last at 2027-01-14T08:00:00Z"
    ]
    assert event.next_change == NOW + DAY


def test_what_is_missing_is_said_to_be_missing() -> None:
    """Nobody has to guess why an answer is no."""
    part = explain(
        condition({"all": [{"trait": "tier", "is": "gold"}, {"did": "Refund"}]}), ADA, NOW
    )

    assert [str(said) for leaf in leaves(part) for said in leaf.saw] == [
        "tier is not set",
        "no Refund is known",
    ]


def test_a_personal_value_is_never_shown() -> None:
    """Not even its token."""
    [said] = explain(condition({"trait": "phone", "set": True}), ADA, NOW).saw

    assert "vlt_" not in str(said)
    assert str(said) == "phone is (a personal value)"


def test_a_denial_shows_what_it_denies() -> None:
    """The part below answers for itself."""
    part = explain(condition({"not": {"did": "Order Paid"}}), ADA, NOW)

    assert (part.holds, part.parts[0].holds) == (False, True)


def test_tags_touches_runs_and_identifiers_are_told_too() -> None:
    """Whatever a condition may ask, an explanation can show."""
    facts = Facts(
        1,
        identifiers={"phone": frozenset({"aa"}), "email": frozenset()},
        suppressed=frozenset({"aa"}),
        touch=Touch("app", "wechat", {"type": "phone"}),
        tags={"tier": TagFact("quality", NOW)},
        runs=[RunFact("welcome", NOW - DAY, None, "pause"), RunFact("welcome", NOW, NOW, "end")],
    )

    @dataclass(frozen=True)
    class Asking:
        """A condition that asks for everything."""

        mentions = Mentions(
            tags=frozenset({"tier", "clv"}), touch=True, journeys=frozenset({"welcome"}),
            identifiers=True,
        )  # fmt: skip

        def look(self, _facts: Facts, _now: int) -> tuple[bool, int | None]:
            """Hold for ever."""
            return True, None

        def sentence(self) -> Text:
            """Say anything."""
            return Text("segments.slug")

    part = explain(Asking(), facts, NOW)  # type: ignore[arg-type] # as much of it as is asked

    assert [str(one) for one in part.saw] == [
        "tag clv has no value",
        "tag tier is quality",
        "first channel app, last channel wechat, device {'type': 'phone'}",
        "2 runs of welcome, under way at: pause",
        "identifiers: phone; 1 must not be written to",
    ]
