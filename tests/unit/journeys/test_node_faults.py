"""Whatever is wrong with a node is told where it stands; every form asks for fields there are."""

# ruff: noqa: E501 - a fault a line
from __future__ import annotations

import pytest
from tests.unit.journeys.standing import faults, journey

from huiliu.conditions.form import KINDS, Field
from huiliu.journeys import NODES
from huiliu.journeys.entries import ENTRIES, EntryType
from huiliu.journeys.nodes import NodeType
from huiliu.kernel.texts import LOCALES, catalogue


@pytest.mark.parametrize(
    ("node", "path", "key"),
    [
        ("{type: wait, for: 1d, until: {at: 10:00}, next: x}", "", "want_one_of"),
        ("{type: wait, next: x}", "for", "want_duration"),
        ("{type: wait, until: {}, next: x}", "until", "until_when"),
        ("{type: wait, until: {offset: 1d, at: 10:00}, next: x}", "until", "offset_without_date"),
        ("{type: wait, until: {entry: a, trait: b}, next: x}", "until", "want_one_of"),
        ("{type: wait, until: {entry: a, offset: 2h, at: 10:00}, next: x}", "until.offset", "want_days"),
        ("{type: wait, until: {entry: a, offset: soon}, next: x}", "until.offset", "want_offset"),
        ("{type: wait, until: {date: someday}, next: x}", "until.date", "want_local_moment"),
        ("{type: wait, until: {at: 10:00, zone: Mars}, next: x}", "until.zone", "want_zone"),
        ("{type: wait, window: {from: 09:00, to: 09:00}, next: x}", "window.to", "empty_window"),
        ("{type: wait, window: {zone: brand}, next: x}", "window", "window_of_all_time"),
        ("{type: wait, window: {workdays: ZZ}, next: x}", "window.workdays", "unknown_country"),
        ("{type: wait, window: {on: [mon]}, next: x, else: y}", "else", "else_without_date"),
        ("{type: wait_for, ways: [], timeout: 1d, else: x}", "ways", "no_ways"),
        ("{type: wait_for, ways: [{event: A, next: x}], timeout: 1d}", "else", "timeout_and_else"),
        ("{type: wait_for, ways: [{event: A, next: x}], else: x}", "timeout", "timeout_and_else"),
        ("{type: wait_for, ways: [{event: A, segment: {entered: v}, next: x}]}", "ways[0]", "want_one_of"),
        ("{type: wait_for, ways: [{event: A, next: x}], since: birth}", "since", "want_choice"),
        ("{type: switch, on: gold, ways: [{is: 1, next: x}], else: y}", "on", "want_given"),
        ("{type: switch, on: {now: true}, ways: [{is: 1, next: x}], else: y}", "on", "want_given"),
        ("{type: switch, on: {entry: a..b}, ways: [{is: 1, next: x}], else: y}", "on", "want_given"),
        ("{type: switch, on: {entry: a}, ways: [{next: x}], else: y}", "ways[0].is", "want_scalars"),
        ("{type: switch, on: {entry: a}, ways: [{is: [[1]], next: x}], else: y}", "ways[0].is", "want_scalars"),
        ("{type: switch, on: {entry: a}, ways: [], else: y}", "ways", "no_ways"),
        ("{type: split, ways: [{weight: 1, next: x}]}", "ways", "want_two_ways"),
        ("{type: split, ways: [{weight: 0, next: x}, {weight: 1, next: y}]}", "ways[0].weight", "want_whole"),
        ("{type: experiment, experiment: A B, ways: [{variant: a, weight: 1, next: x}, {variant: b, weight: 1, next: y}]}", "experiment", "want_slug"),
        ("{type: experiment, experiment: e, ways: [{variant: a, weight: 1, next: x}, {variant: a, weight: 1, next: y}]}", "ways[1].variant", "variant_twice"),
        ("{type: experiment, experiment: e, traffic: 10%, ways: [{variant: a, weight: 1, next: x}, {variant: b, weight: 1, next: y}]}", "else", "traffic_and_else"),
        ("{type: send, variants: [{variant: a, template: t, weight: 1}], next: x}", "variants", "want_two_ways"),
        ("{type: send, template: t, variants: [{variant: a, template: t, weight: 1}, {variant: b, template: t, weight: 1}], next: x}", "template", "template_beside_variants"),
        ("{type: best_channel, channels: [], next: x}", "channels", "no_channels"),
        ("{type: best_channel, channels: [{channel: pigeon, template: t}], next: x}", "channels[0].channel", "conditions.want_reachable"),
        ("{type: best_channel, channels: [{channel: sms, template: t, cost: -1}], next: x}", "channels[0].cost", "want_cost"),
        ("{type: best_channel, channels: [{channel: sms, template: t}, {channel: sms, template: u}], next: x}", "channels[1].channel", "variant_twice"),
        ("{type: best_channel, channels: [{channel: sms, template: t}], fallback: {unless: delivered, within: 0s}, next: x}", "fallback.within", "no_time"),
        ("{type: task, title: T, outcomes: [{outcome: a, next: x}], next: x}", "next", "next_beside_outcomes"),
        ("{type: task, title: T, outcomes: [{outcome: a, next: x}, {outcome: a, next: x}]}", "outcomes[1].outcome", "variant_twice"),
        ("{type: task, title: T, timeout: 1d, else: x, next: y}", "else", "else_without_outcomes"),
        ("{type: set_traits, traits: {}, next: x}", "traits", "want_givens"),
        ("{type: set_traits, traits: {a: {b: 1}}, next: x}", "traits.a", "want_given"),
        ("{type: set_traits, traits: {a: [{b: 1}]}, next: x}", "traits.a", "want_given"),
        ("{type: set_traits, traits: {a: {now: false}}, next: x}", "traits.a", "want_given"),
        ("{type: set_tag, tag: t, next: x}", "value", "want_value"),
        ("{type: add_to_list, list: My List, next: x}", "list", "want_slug"),
        ("{type: webhook, url: ftp://a.b, next: x}", "url", "want_url"),
        ("{type: webhook, url: 'https://me:pw@a.b', next: x}", "url", "want_url"),
        ("{type: webhook, url: 'https://a.b:99999', next: x}", "url", "want_url"),
        ("{type: webhook, url: 'https://a.b', method: GET, body: {a: 1}, next: x}", "body", "get_with_body"),
        ("{type: webhook, url: 'https://a.b', timeout: 3d, next: x}", "timeout", "webhook_timeout"),
        ("{type: call_journey, journey: j, next: x}", "journey", "calls_itself"),
        ("{type: call_journey, journey: k, timeout: 1d, else: y, next: x}", "else", "else_without_wait"),
        ("{type: call_journey, journey: k, properties: {run: 1}, next: x}", "properties", "own_property"),
        ("{type: goto, to: n, most: 0, next: x}", "most", "want_whole"),
        ("{type: goto, to: nowhere, most: 1, next: x}", "to", "dangling"),
        ("{type: quota, per: year, limit: 1, next: x}", "per", "want_choice"),
        ("{type: quota, per: day, next: x}", "", "want_one_of"),
        ("{type: quota, per: day, limit: 1, budget: 2, next: x}", "", "want_one_of"),
        ("{type: quota, per: day, limit: 1, cost: 2, next: x}", "cost", "cost_without_budget"),
        ("{type: quota, per: day, budget: 1, cost: 0.00001, next: x}", "cost", "want_amount"),
        ("{type: quota, per: day, zone: person, limit: 1, next: x}", "zone", "quota_of_person"),
        ("{type: quota, per: total, limit: 1, next: x}", "else", "total_without_else"),
        ("{type: branch, ways: [{next: x}], else: y}", "ways[0].when", "way_asks_nothing"),
    ],
)  # fmt: skip
def test_a_fault_of_a_node_is_told_where_it_stands(node: str, path: str, key: str) -> None:
    """With the path of the field, so that canvas and editor can point at it."""
    at = f"nodes.n.{path}".rstrip(".")
    full = key if "." in key else f"journeys.{key}"

    assert (at, full) in faults(node)


def test_a_loop_needs_a_wait_or_a_bound() -> None:
    """A window may be open already, so it does not do; a goto is bounded, so it does."""
    loop = "{type: branch, ways: [{where: [{property: a, is: 1}], next: w}], else: x}"

    for node, spins in (
        ("{type: wait, window: {on: [mon]}, next: n}", True),
        ("{type: wait, until: {entry: due}, next: n}", True),
        ("{type: wait_for, since: entry, ways: [{event: A, next: n}], timeout: 1d, else: x}", True),
        ("{type: emit, event: E, next: n}", True),
        ("{type: wait, until: {at: 10:00}, next: n}", False),
        ("{type: wait_for, ways: [{event: A, next: n}], timeout: 1d, else: x}", False),
        ("{type: goto, to: n, most: 2, next: x}", False),
    ):
        found = ("journeys.loop" in _keys(loop, f"  w: {node}\n")) if spins else False
        assert found == spins
        if not spins:
            assert "w" in journey(loop, more=f"  w: {node}\n").nodes


def _keys(node: str, more: str) -> set[str]:
    """Return why a journey of two nodes is refused."""
    return {key for _, key in faults(node, more)}


@pytest.mark.parametrize("name", [*NODES, *ENTRIES])
def test_a_form_asks_for_the_fields_that_there_are(name: str) -> None:
    """The canvas makes its inspector of it, so each field is there, of a kind that it knows."""
    of: NodeType | EntryType = NODES[name] if name in NODES else ENTRIES[name]

    assert {field.key for field in of.form} == set(of.fields)
    assert all(field.kind in KINDS for field in _all(of.form))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_node_entry_and_field_has_its_words(locale: str) -> None:
    """Nobody reads a bare key in a palette."""
    known = catalogue(locale)

    for name, node in NODES.items():
        assert f"journeys.node.{name}" in known
        assert f"journeys.node.{name}.words" in known
        assert node.group in {"time", "choose", "talk", "data", "flow"}
    for name in ENTRIES:
        assert f"journeys.entry.{name}" in known
        assert f"journeys.entry.{name}.words" in known
    forms: list[NodeType | EntryType] = [*NODES.values(), *ENTRIES.values()]
    for of in forms:
        for field in _all(of.form):
            own = f"journeys.field.{of.name}.{field.key}"
            shared = f"journeys.field.{field.key}", f"conditions.field.{field.key}"
            assert any(key in known for key in (own, *shared)), field.key


def _all(form: tuple[Field, ...]) -> list[Field]:
    """Return the fields and those inside them."""
    return [each for field in form for each in (field, *_all(field.fields))]
