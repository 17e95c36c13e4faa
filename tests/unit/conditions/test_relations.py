"""What people are to messages, consents, lists, other segments and chance."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from huiliu.conditions import Condition, Surroundings, parse
from huiliu.identity.consents import consent_changes
from huiliu.kernel.buckets import edge, place
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import render
from huiliu.kernel.times import DAY, as_instant, show_instant

NOW = as_instant("2026-11-22T04:00:00Z") or 0


def read(tree: object, segments: Mapping[str, Any] | None = None) -> Condition:
    """Return the condition of a good tree."""
    found = parse(tree, "where", Surroundings(resolver=(segments or {}).get))
    assert not isinstance(found, tuple), found
    return found


def faults(
    tree: object, segments: Mapping[str, Any] | None = None, trail: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """Return path and English sentence of each problem."""
    found = parse(tree, "where", Surroundings(resolver=(segments or {}).get), trail)
    assert isinstance(found, tuple)
    return [(one.path, str(one.text)) for one in found]


def facts(*told: tuple[str, dict[str, Any]], step: int = 1, number: int = 1) -> Facts:
    """Return facts of events a step apart, oldest first."""
    events: dict[str, list[EventFact]] = {}
    for nth, (name, properties) in enumerate(told):
        at = NOW - (len(told) - nth) * step
        events.setdefault(name, []).append(EventFact(name, at, nth, properties))
    return Facts(number, {}, events)


def test_messages_are_counted_by_what_became_of_them():
    """Channel, template and journey all have to fit; a list of names fits any of them."""
    known = facts(
        ("Message Opened", {"channel": "email", "journey": "a", "url": "x"}),
        ("Message Opened", {"channel": "email", "journey": "b"}),
        ("Message Opened", {"channel": "sms", "journey": "a"}),
        ("Message Sent", {"channel": "sms"}),
    )
    for tree, n in (
        ({"message": "opened"}, 3), ({"message": "opened", "channel": "email"}, 2),
        ({"message": "opened", "channel": ["email", "sms"], "journey": "a"}, 2),
        ({"message": "opened", "where": [{"property": "url", "is": "x"}]}, 1),
        ({"message": "not_sent"}, 0), ({"message": "sent", "template": "t"}, 0),
    ):  # fmt: skip
        assert read({**tree, "exactly": n}).holds(known, NOW), tree


def test_a_message_leaves_its_window_as_any_event_does():
    """The length after the event, to the microsecond."""
    tree = read({"message": "clicked", "within": "1d"})
    assert tree.look(facts(("Message Clicked", {})), NOW) == (True, NOW - 1 + DAY)


def test_a_message_is_written_as_it_was_read():
    """Names stay names, and the author's own filters stay apart from them."""
    tree = {"message": "opened", "channel": ["email", "sms"], "journey": "care", "at_least": 2,
            "within": "30d", "where": [{"property": "url", "contains": "x"}]}  # fmt: skip
    assert read(tree).tree() == tree
    assert render(read(tree).sentence(), "en") == (
        "opened a message by email, sms of journey care at least 2 times in the last 30 days, "
        "where url contains x"
    )


def test_wrong_messages_are_told():
    """What, which and the filters, each at its place."""
    tree = {"message": "opened", "channel": [], "where": [{"above": 1}], "sum": {}}
    assert [path for path, _ in faults(tree)] == ["where.sum", "where.channel", "where.where[0]"]
    assert [path for path, _ in faults({"message": "read"})] == ["where.message"]


CONSENT = {"consent": "marketing", "channel": "sms"}


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([], "never_asked"),
        ([("Consent Granted", {"channel": "sms"})], "granted"),
        ([("Consent Granted", {"channel": "SMS", "purpose": "Marketing"})], "granted"),
        ([("Consent Granted", {"channel": "email"})], "never_asked"),
        ([("Consent Granted", {})], "never_asked"),
        ([("Consent Granted", {"channel": "all"})], "never_asked"),
        ([("Consent Granted", {"channel": "sms", "purpose": "all"})], "never_asked"),
        ([("Consent Granted", {"channel": "sms", "purpose": "service"})], "never_asked"),
        ([("Consent Withdrawn", {})], "withdrawn"),
        ([("Consent Withdrawn", {"channel": "*", "purpose": "all"})], "withdrawn"),
        ([("Consent Withdrawn", {"channel": 5})], "withdrawn"),
        ([("Consent Withdrawn", {"purpose": "service"})], "never_asked"),
        ([("Consent Granted", {"channel": "sms"}), ("Consent Withdrawn", {})], "withdrawn"),
        ([("Consent Withdrawn", {}), ("Consent Granted", {"channel": "sms"})], "granted"),
    ],
)
def test_the_last_word_about_a_consent_counts(told: list[Any], state: str):
    """The condition and the ledger that sending asks read events alike."""
    known = facts(*told, step=0)
    for asked in ("granted", "withdrawn", "never_asked"):
        assert read({**CONSENT, "is": asked}).holds(known, NOW) is (asked == state)
    ledger = "never_asked"
    for name, properties in told:
        for change in consent_changes(name, properties, ["sms", "email"]):
            if (change.channel, change.purpose) == ("sms", "marketing"):
                ledger = change.state
    assert ledger == state


def test_a_consent_can_be_asked_as_of_a_moment():
    """What came later did not count then."""
    known = facts(("Consent Granted", {"channel": "sms"}), ("Consent Withdrawn", {}), step=DAY)
    then = read({**CONSENT, "at": show_instant(NOW - DAY - 1)})
    assert then.holds(known, NOW)
    assert not read(CONSENT).holds(known, NOW)
    assert render(then.sentence(), "en") == (
        "agreed to marketing by sms, as of 2026-11-21T03:59:59.999999Z"
    )


def test_wrong_consents_are_all_told():
    """Purpose, channel, state and moment."""
    tree = {"consent": "fun", "channel": "ALL", "is": "maybe", "at": "then", "x": 1}
    assert [path.removeprefix("where.") for path, _ in faults(tree)] == [
        "x", "consent", "channel", "is", "at",
    ]  # fmt: skip


def test_the_last_word_about_a_list_counts():
    """Other lists, and what is no list, change nothing; of one instant the log decides."""
    on = ("List Entered", {"list": "vip"})
    off = ("List Left", {"list": "vip"})
    other = ("List Left", {"list": "press"})
    tree = read({"list": "vip"})
    for told, held in (([], False), ([on, other], True), ([on, off], False), ([off, on], True)):
        assert tree.holds(facts(*told, step=0), NOW) is held
    assert not tree.holds(facts(("List Entered", {"list": ["vip"]})), NOW)


def test_a_segment_stands_for_its_definition():
    """The condition behind the name is asked, and the name is what is written."""
    segments = {"a": {"in_segment": "b"}, "b": {"did": "X", "within": "1d"}, "all": {}}
    tree = read({"any": [{"in_segment": "a"}, {"not": {"in_segment": "all"}}]}, segments)
    assert tree.look(facts(("X", {})), NOW) == (True, NOW - 1 + DAY)
    assert not tree.holds(facts(), NOW)
    assert tree.tree() == {"any": [{"in_segment": "a"}, {"not": {"in_segment": "all"}}]}
    assert tree.mentions.segments == {"a", "b", "all"}
    assert tree.mentions.events == {"X"}


def test_a_segment_that_would_hold_itself_is_refused_with_the_way():
    """However long the way is, and whether it begins at the document or further on."""
    segments = {"a": {"in_segment": "b"}, "b": {"all": [{"in_segment": "c"}]},
                "c": {"not": {"in_segment": "a"}}}  # fmt: skip
    assert faults(segments["a"], segments, ("a",)) == [
        ("where.in_segment", "A segment must not hold itself: a → b → c → a.")
    ]
    assert faults({"in_segment": "b"}, segments, ("new",)) == [
        ("where.in_segment", "A segment must not hold itself: b → c → a → b.")
    ]
    assert faults({"in_segment": "new"}, segments, ("new",)) == [
        ("where.in_segment", "A segment must not hold itself: new → new.")
    ]


def test_what_is_wrong_further_on_is_told_where_the_name_stands():
    """The lines of another document are not those of this one."""
    segments = {"a": {"in_segment": "b"}, "b": {"did": "", "x": 1}}
    assert [path for path, _ in faults({"all": [{"in_segment": "a"}]}, segments)] == [
        "where.all[0].in_segment", "where.all[0].in_segment",
    ]  # fmt: skip
    [first, _] = [said for _, said in faults({"in_segment": "a"}, segments)]
    assert first.startswith("In segment `b` at x: `x` has no meaning here")
    assert faults({"in_segment": "gone"}) == [
        ("where.in_segment", "There is no live segment `gone`.")
    ]
    assert [path for path, _ in faults({"in_segment": "No Slug"})] == ["where.in_segment"]


def test_segments_that_double_again_and_again_are_refused():
    """A few short documents cannot make a condition that nobody could ever answer."""
    segments: dict[str, Any] = {
        f"s{n}": {"all": [{"in_segment": f"s{n + 1}"}] * 9} for n in range(6)
    }
    segments["s6"] = {"trait": "a", "set": True}
    [(path, said)] = faults({"in_segment": "s0"}, segments)
    assert path == "where.in_segment"
    assert "2000 parts" in said


def test_a_document_can_be_shown_without_the_brands_segments():
    """The name is known, its people are not, and asking is a programmer's fault."""
    found = parse({"in_segment": "a"}, "where")
    assert not isinstance(found, tuple)
    assert render(found.sentence(), "en") == "is in the segment a"
    with pytest.raises(RuntimeError, match="'a'"):
        found.holds(facts(), NOW)


def test_a_share_parts_people_without_gap_or_overlap():
    """Of two thousand people about each share is met, and everybody is in exactly one."""
    parts = [(0, 12.5), (12.5, 50), (50, 99.9), (99.9, 100)]
    read_parts = [read({"bucket": "x", "from": low, "below": high}) for low, high in parts]
    counts = [0] * len(parts)
    for number in range(2_000):
        held = [one.holds(facts(number=number), NOW) for one in read_parts]
        assert sum(held) == 1
        counts[held.index(True)] += 1
    # Five standard deviations of a binomial count are 112 at most.
    assert all(
        abs(count - (high - low) * 20) < 112
        for count, (low, high) in zip(counts, parts, strict=True)
    )


def test_places_are_written_down():
    """SHA-256 of `salt|unit`, so that any machine and any database draws alike, for ever."""
    assert place("summer", 42) == "e3db4ef68e091b4f"
    assert edge(Fraction(0)) == "0" * 16
    assert edge(Fraction(1, 2)) == "8" + "0" * 15
    assert edge(Fraction(1)) > "f" * 16


def test_wrong_shares_are_all_told():
    """Percentages from 0 to 100, the second the greater."""
    assert [path for path, _ in faults({"bucket": "", "from": -1, "below": "half"})] == [
        "where.bucket", "where.from", "where.below",
    ]  # fmt: skip
    assert [path for path, _ in faults({"bucket": "x", "from": 5, "below": 5})] == ["where.below"]
