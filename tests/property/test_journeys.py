"""Whatever the journey and whatever happens, a run ends or has exactly one token."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.journeys import Happening, Journey, parse
from huiliu.journeys.virtual import Brand, Setting, Story, Telling
from huiliu.kernel.documents import dump
from huiliu.kernel.times import DAY, HOUR

_EVENTS = ("A", "B", "C")
_names = st.sampled_from(_EVENTS)
_durations = st.sampled_from(["1h", "5h", "1d", "30h"])


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    """Return a journey that parses, with loops and branches at random."""
    n_nodes = draw(st.integers(1, 6))
    names = [f"n{nth}" for nth in range(n_nodes)] + ["end"]
    nodes: dict[str, object] = {}
    for nth in range(n_nodes):
        kind = draw(st.sampled_from(["wait", "send", "branch"]))
        # Forward ways make every node reachable and every loop leave-able; others go anywhere.
        forward = names[nth + 1]
        anywhere = draw(st.sampled_from(names))
        if kind == "wait":
            nodes[names[nth]] = {"type": "wait", "for": draw(_durations), "next": forward}
        elif kind == "send":
            nodes[names[nth]] = {"type": "send", "template": "t", "next": forward}
        else:
            when = {"did": draw(_names), "at_least": draw(st.integers(1, 3)), "within": "1d"}
            way: dict[str, object] = {"when": when, "next": anywhere}
            if draw(st.booleans()):
                way["same_key"] = True
            nodes[names[nth]] = {"type": "branch", "ways": [way], "else": forward}
    tree: dict[str, object] = {
        "huiliu": 1, "kind": "journey", "slug": "j", "name": {"en": "J"},
        "entry": {"event": "A"},
        "nodes": nodes | {"end": {"type": "exit"}},
    }  # fmt: skip
    entry = {"event": "A"}
    if draw(st.booleans()):
        entry["key"] = "k"
    if draw(st.booleans()):
        entry["again"] = draw(st.sampled_from(["never", "after_end", "2d"]))
    tree["entry"] = entry
    if draw(st.booleans()):
        tree["exit_when"] = [{"event": draw(_names)}]
    if draw(st.booleans()):
        condition = {"did": draw(_names), "at_least": 3}
        tree.setdefault("exit_when", [])
        exits = tree["exit_when"]
        assert isinstance(exits, list)
        exits.append({"condition": condition})
    if draw(st.booleans()):
        tree["goal"] = {"event": draw(_names), "within": draw(_durations)}
    journey, _ = parse(dump(tree))
    return journey if journey is not None else draw(journeys())


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[int, Happening]]:
    """Return what happens to two people, in replay order, some of it at one instant."""
    moments = draw(st.lists(st.integers(0, 10 * 24), min_size=1, max_size=25))
    return [
        (
            draw(st.integers(1, 2)),
            Happening(draw(_names), hour * HOUR, hour * HOUR, nth, {"k": draw(_keys)}),
        )
        for nth, hour in enumerate(sorted(moments))
    ]


_keys = st.sampled_from(["x", "y", 1, None])


def rehearsed(journey: Journey, life: list[tuple[int, Happening]]) -> list[Story]:
    """Return the journey's runs after that life."""
    telling = Telling()
    brand = Brand(Setting(1, (journey,)), 0, 30 * DAY, telling)
    for profile_id, event in life:
        brand.meet(profile_id, event)
    brand.finish()
    return telling.stories


def outline(stories: list[Story]) -> list[object]:
    """Return all that runs decided, to be compared."""
    return [
        (
            story.run.key,
            story.run.run_id,
            story.run.token,
            story.run.reason,
            story.decisions,
            [(made.at, made.message.node, made.message.visit) for made in story.messages],
        )
        for story in stories
    ]


@settings(deadline=None)
@given(journeys())
def test_what_is_printed_is_parsed_to_the_same(journey: Journey) -> None:
    """Parse and print are inverse, and the canonical form is a fixed point."""
    again, problems = parse(journey.source())

    assert problems == ()
    assert again is not None
    assert again.source() == journey.source()
    assert again.tree() == journey.tree()


@settings(deadline=None)
@given(journeys(), lives())
def test_a_token_never_vanishes(journey: Journey, life: list[tuple[int, Happening]]) -> None:
    """Every run has exactly one token, or has ended with a reason; no message is made twice."""
    for story in rehearsed(journey, life):
        run = story.run
        assert (run.token is None) == (run.state != "active") == bool(run.reason)
        assert story.decisions[0].what == "entered"
        assert [made.what for made in story.decisions].count(run.state) == (run.state != "active")
        sent = [(each.message.node, each.message.visit) for each in story.messages]
        assert len(sent) == len(set(sent))
        assert [made.at for made in story.decisions] == sorted(made.at for made in story.decisions)
        if run.token is not None:
            assert run.token.due_at >= 30 * DAY


@settings(deadline=None)
@given(journeys(), lives())
def test_the_same_life_leads_to_the_same_runs(
    journey: Journey, life: list[tuple[int, Happening]]
) -> None:
    """Nothing but its input decides."""
    assert outline(rehearsed(journey, life)) == outline(rehearsed(journey, life))


@settings(deadline=None)
@given(journeys(), lives())
def test_one_key_has_one_run_at_a_time(journey: Journey, life: list[tuple[int, Happening]]) -> None:
    """Re-entry rules hold for every person and key."""
    runs = [story.run for story in rehearsed(journey, life)]

    by_key: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for run in runs:
        spans = by_key.setdefault((run.profile_id, run.key), [])
        spans.append((run.entered_at, 30 * DAY if run.state == "active" else run.ended_at))
    for spans in by_key.values():
        for (_, ended), (entered, _) in pairwise(spans):
            assert ended <= entered
        if journey.entry.again == "never":
            assert len(spans) == 1
