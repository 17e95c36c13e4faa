"""A journey document becomes a value, or every problem with its path and line."""

from __future__ import annotations

import pytest

from huiliu.journeys import Face, check_known, parse, parsed
from huiliu.kernel.times import DAY, HOUR

APOLOGY = """huiliu: 1
kind: journey
slug: late-shipment-apology
name:
  zh-CN: 迟发安抚
  en: Late shipment apology
note: |
  付款三天仍未发货时致歉。
  Only for orders above 100.
entry:
  event: Order Paid
  where:
    - property: total
      above: 100
  key: order_id
exit_when:
  - event: Order Shipped
  - event: Order Cancelled
    where:
      - property: reason
        is: stock
    after_entry: true
  - condition:
      trait: tier
      is: gold
goal:
  event: Review Posted
  within: 4w
max_event_age: 2d
start: patience
nodes:
  patience:
    type: wait
    note: 先等三天
    for: 3d
    next: which
  which:
    type: branch
    ways:
      - where:
          - property: total
            above: 500
        when:
          did: Order Paid
          at_least: 2
        same_key: true
        next: patience
    else: apologise
  apologise:
    type: send
    channel: email
    template: late-shipment
    class: service
    expires: 2d
    cancel_when:
      - event: Order Shipped
    next: done
  done:
    type: exit
    reason: apologised
"""


def test_a_canonical_document_is_printed_as_it_was_read() -> None:
    """Parse and print are inverse on canonical text, so a diff shows only what changed."""
    journey = parsed(APOLOGY)

    assert journey.source() == APOLOGY


def test_defaults_are_filled_in_and_left_out_when_printed() -> None:
    """What every journey has anyway is not written."""
    journey = parsed(SMALL)

    assert journey.max_event_age == HOUR
    assert journey.start == "pause"
    assert journey.entry.again == "after_end"
    assert "max_event_age" not in journey.source()
    assert "again" not in journey.source()


SMALL = """huiliu: 1
kind: journey
slug: small
name: {en: Small}
entry: {event: Order Completed}
nodes:
  pause: {type: wait, for: 72h, next: done}
  done: {type: exit}
"""


def test_synonyms_and_durations_are_written_one_way() -> None:
    """Two authors who mean the same write the same."""
    journey = parsed(SMALL)

    assert journey.entry.event == "Order Paid"
    assert "for: 3d" in journey.source()


@pytest.mark.parametrize(
    ("old", "new", "path", "key"),
    [
        ("type: wait", "type: wiat", "nodes.pause.type", "journeys.unknown_node"),
        ("for: 72h", "for: 3 days", "nodes.pause.for", "journeys.want_duration"),
        ("for: 72h", "for: 0s", "nodes.pause.for", "journeys.no_time"),
        ("for: 72h, ", "", "nodes.pause.for", "journeys.want_duration"),
        (", next: done", "", "nodes.pause.next", "journeys.want_word"),
        ("next: done", "next: nowhere", "nodes.pause.next", "journeys.dangling"),
        ("next: done", "next: pause", "nodes.done", "journeys.unreachable"),
        ("next: done", "next: pause", "nodes.pause", "journeys.no_way_out"),
        ("event: Order Completed", "evnt: X", "entry.evnt", "journeys.unknown_field"),
        ("{event: Order Completed}", "{event: ''}", "entry.event", "journeys.want_word"),
        ("{event: Order Completed}", "{event: X, again: often}", "entry.again", "journeys.again"),
        ("entry: {event: Order Completed}\n", "", "entry", "journeys.no_entry"),
        ("  done:", "  Done It:", "nodes.Done It", "journeys.node_name"),
        ("nodes:", "start: first\nnodes:", "start", "journeys.dangling"),
        ("nodes:", "goal: {event: X, within: soon}\nnodes:", "goal.within",
         "journeys.want_duration"),
        ("nodes:", "exit_when: soon\nnodes:", "exit_when", "journeys.want_list"),
        ("nodes:", "exit_when: [{event: X, after_entry: 1}]\nnodes:", "exit_when[0].after_entry",
         "journeys.want_flag"),
        ("slug: small", "slug: Small One", "slug", "documents.slug"),
        ("kind: journey", "kind: segment", "kind", "documents.kind"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_path_and_line(old: str, new: str, path: str, key: str) -> None:
    """Each fault of a document is found where it stands."""
    source = SMALL.replace(old, new, 1)

    journey, problems = parse(source)

    assert journey is None
    assert (path, key) in {(found.path, found.text.key) for found in problems}
    last = path.rpartition(".")[2]
    for found in problems:
        assert found.line >= 1
        if found.path == path and f"{last}:" in source:
            assert f"{last}:" in source.splitlines()[found.line - 1]


def test_a_loop_without_a_wait_is_refused() -> None:
    """A run may go round, but time must pass."""
    source = SMALL.replace("  done: {type: exit}", """  done: {type: exit}
  again: {type: send, template: t, next: which}
  which:
    type: branch
    ways: [{when: {trait: vip, is: true}, next: done}]
    else: again""").replace("next: done}\n  done", "next: which}\n  done")  # fmt: skip

    _, problems = parse(source)

    assert [(found.path, found.text.key) for found in problems] == [
        ("nodes.again", "journeys.loop"), ("nodes.which", "journeys.loop"),
    ]  # fmt: skip


def test_all_faults_are_listed_in_the_order_of_the_file() -> None:
    """Nobody mends a file one message at a time."""
    source = SMALL.replace("72h", "soon").replace("{event: Order Completed}", "{}")

    _, problems = parse(source)

    assert [found.path for found in problems] == ["entry.event", "nodes.pause.for"]
    assert [found.line for found in problems] == [5, 7]


def test_a_condition_with_a_fault_is_told_at_its_line() -> None:
    """Faults inside conditions have lines like all others."""
    source = APOLOGY.replace("at_least: 2", "at_leest: 2")

    _, problems = parse(source)

    assert [found.line for found in problems] == [45]
    assert problems[0].path.startswith("nodes.which.ways[0].when")


def test_templates_are_looked_up() -> None:
    """A journey that refers to what is not there cannot be applied."""
    journey = parsed(APOLOGY)

    unknown = check_known(journey, APOLOGY, {})
    other = check_known(journey, APOLOGY, {"late-shipment": Face("sms", "marketing")})
    good = check_known(journey, APOLOGY, {"late-shipment": Face("email", "service")})

    assert [(found.text.key, found.line) for found in unknown] == [
        ("journeys.unknown_template", 52)
    ]
    assert [(found.text.key, found.line) for found in other] == [
        ("journeys.other_channel", 51), ("journeys.other_class", 53),
    ]  # fmt: skip
    assert good == ()


def test_what_must_be_kept_is_known() -> None:
    """Every event that a condition, an exit, the goal or a cancel asks for is kept."""
    journey = parsed(APOLOGY)

    assert journey.fact_events == {
        "Order Paid", "Order Shipped", "Order Cancelled", "Review Posted",
    }  # fmt: skip
    assert journey.max_event_age == 2 * DAY
