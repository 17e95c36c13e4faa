"""A folder of documents is the instance's documents: planned, applied whole, written back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.journeys import APOLOGY, order_event, rows
from tests.integration.people import BRAND, identify, log, project_all
from tests.integration.warehouses import settle, with_warehouse

from huiliu.journeys.carrying import InFlight
from huiliu.kernel.errors import BadInput, NotFound, Overtaken
from huiliu.kernel.texts import render
from huiliu.ports.world import World
from huiliu.services.apply_folder import apply_folder
from huiliu.services.export_folder import export_folder
from huiliu.services.plan_folder import EVERY, FolderPlan, plan_folder
from huiliu.services.publish import publish
from huiliu.services.read_folder import read_folder, read_map

TEMPLATE = """huiliu: 1
kind: template
slug: late-shipment
name: {en: Late}
channel: email
class: service
locales:
  en: {subject: Sorry, text: "Sorry for order {{ key }}"}
"""
SEGMENT = """huiliu: 1
kind: segment
slug: shanghai
name: {zh-CN: 上海, en: Shanghai}
where: {trait: city, is: 上海}
"""
ABOVE = """huiliu: 1
kind: segment
slug: above
name: {en: Above}
where: {all: [{in_segment: shanghai}, {did: Order Paid}]}
"""
TAG = """huiliu: 1
kind: tag
slug: orders
name: {en: Orders}
definition: {en: Paid orders}
type: number
value: {count: {of: purchases}}
"""
TEST = """huiliu: 1
kind: test
slug: apology-cases
name: {en: Cases}
journey: late-shipment-apology
given: {at: 2026-11-02T10:00}
cases:
  - name: Three days without shipping
    when:
      - {event: Order Paid, properties: {order_id: o1}}
      - {after: 4d}
    then: {visited: [apologise]}
"""
FILES = {
    "a/journey.yaml": APOLOGY, "b.yml": TEMPLATE, "segments/x.yaml": SEGMENT,
    "segments/a.yaml": ABOVE, "tag.yaml": TAG, "test.yaml": TEST,
}  # fmt: skip


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def folder(root: Path, **files: str) -> Path:
    """Write files into a folder; `files` stand in place of those of their name."""
    for name, content in (
        FILES | {name.replace("__", "/"): one for name, one in files.items()}
    ).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return root


def applied(world: World, root: Path, **ways: InFlight) -> FolderPlan:
    """Apply a folder as it was planned."""
    settle(world)
    files = read_folder(root)
    plan = plan_folder(world, BRAND, files, {EVERY: ways.get("every", InFlight())})
    apply_folder(world, BRAND, files, plan, "test", {EVERY: ways.get("every", InFlight())})
    return plan


def test_a_folder_is_applied_in_the_order_of_its_references(asked: World, tmp_path: Path) -> None:
    """What is named comes before what names it, whatever the files are called."""
    plan = applied(asked, folder(tmp_path / "docs"))

    assert [(one.kind, one.slug, one.state) for one in plan.documents] == [
        ("template", "late-shipment", "new"), ("tag", "orders", "new"),
        ("segment", "shanghai", "new"), ("segment", "above", "new"),
        ("journey", "late-shipment-apology", "new"), ("test", "apology-cases", "new"),
    ]  # fmt: skip
    assert rows(asked, "select kind, count(*) from documents group by kind order by kind") == [
        ("journey", 1), ("segment", 2), ("tag", 1), ("template", 1), ("test", 1),
    ]  # fmt: skip


def test_planning_after_an_export_says_no_change(asked: World, tmp_path: Path) -> None:
    """The export is canonical and stands where the documents stood."""
    root = folder(tmp_path / "docs")
    applied(asked, root)

    first = export_folder(asked, BRAND, root)
    second = export_folder(asked, BRAND, root)

    assert sorted(file for _, _, file in first.documents) == sorted(FILES)
    assert (first.n_written > 0, second.n_written) == (True, 0)
    assert plan_folder(asked, BRAND, read_folder(root)).changed == []


def test_an_export_into_a_fresh_instance_and_out_again_is_the_same_to_the_byte(
    asked: World, tmp_path: Path, store: object
) -> None:
    """Nothing is lost and nothing is added on the way."""
    applied(asked, folder(tmp_path / "docs"))
    export_folder(asked, BRAND, tmp_path / "one")
    with asked.store.system() as tx:
        tx.connection.execute("truncate documents, document_states, publications")  # type: ignore[attr-defined] # PostgresTx
        tx.connection.execute("update document_stamps set stamp = stamp + 7")  # type: ignore[attr-defined]

    applied(asked, tmp_path / "one")
    export_folder(asked, BRAND, tmp_path / "two")

    one, two = ({path.relative_to(root).as_posix(): path.read_bytes()
                 for path in root.rglob("*.yaml")}
                for root in (tmp_path / "one", tmp_path / "two"))  # fmt: skip
    assert len(one) == len(FILES)
    assert one == two


def test_all_problems_of_all_files_come_with_file_and_line(asked: World, tmp_path: Path) -> None:
    """Nothing is written as long as one file is wrong."""
    root = folder(
        tmp_path / "docs",
        **{"b.yml": "huiliu: 1\nkind: template\n  slug: x", "more.yaml": "huiliu: 1\nkind: dance\n",
           "segments__x.yaml": SEGMENT.replace("is: 上海", "is: 上海, like: 1"),
           "again.yaml": TAG},
    )  # fmt: skip

    with pytest.raises(BadInput) as fault:
        plan_folder(asked, BRAND, read_folder(root))

    found = {(one.path.split(":")[0], one.line) for one in fault.value.problems}
    assert {("b.yml", 3), ("more.yaml", 2), ("segments/x.yaml", 5)} <= found
    assert {file for file, _ in found} >= {"a/journey.yaml", "tag.yaml"}


def test_segments_that_name_each_other_in_a_circle_are_refused(
    asked: World, tmp_path: Path
) -> None:
    """Both are in the folder, so the circle is seen though neither is live."""
    root = folder(tmp_path / "docs", segments__x_yaml="", **{
        "segments/x.yaml": SEGMENT.replace("{trait: city, is: 上海}", "{in_segment: above}"),
    })  # fmt: skip
    (root / "segments/x_yaml").unlink()

    with pytest.raises(BadInput) as fault:
        plan_folder(asked, BRAND, read_folder(root))
    assert any("segments/" in one.path for one in fault.value.problems)


def test_a_plan_counts_who_would_enter_and_leave(asked: World, tmp_path: Path) -> None:
    """Also of segments that only ask for one that changes."""
    log(asked, identify("user_id:ada", city="上海"), identify("user_id:ben", city="北京"),
        order_event("Order Paid", "o1"), order_event("Order Paid", "o2", who="ben"))  # fmt: skip
    project_all(asked)
    root = folder(tmp_path / "docs")
    applied(asked, root)
    (root / "segments/x.yaml").write_text(SEGMENT.replace("is: 上海", "is: 北京"), "utf-8")

    settle(asked)
    plan = plan_folder(asked, BRAND, read_folder(root))

    (one,) = plan.changed
    assert one.members is not None
    assert (one.members.n_before, one.members.n_after) == (1, 1)
    assert (one.members.n_entering, one.members.n_leaving) == (1, 1)
    assert [(each.slug, each.n_entering, each.n_leaving) for each in plan.dependents] == [
        ("above", 1, 1)
    ]
    assert [render(change.sentence(), "en") for change in one.changes]


def test_what_was_published_since_it_was_planned_is_not_written_over(
    asked: World, tmp_path: Path
) -> None:
    """The one who comes second is told what the other changed."""
    root = folder(tmp_path / "docs")
    applied(asked, root)
    (root / "a/journey.yaml").write_text(APOLOGY.replace("for: 3d", "for: 4d"), "utf-8")
    files = read_folder(root)
    plan = plan_folder(asked, BRAND, files)
    publish(asked, BRAND, APOLOGY.replace("for: 3d", "for: 2d"), "somebody")

    with pytest.raises(Overtaken) as fault:
        apply_folder(asked, BRAND, files, plan, "test", {})

    assert "2d" in render(fault.value.changes[0], "en")
    assert rows(asked, "select max(version) from documents where kind = 'journey'") == [(2,)]


def test_a_failing_case_keeps_the_whole_folder_from_going_live(
    asked: World, tmp_path: Path
) -> None:
    """The case and its line are told."""
    root = folder(
        tmp_path / "docs",
        **{"test.yaml": TEST.replace("visited: [apologise]", "not_visited: [apologise]")},
    )

    with pytest.raises(BadInput) as fault:
        plan_folder(asked, BRAND, read_folder(root))

    assert any("Three days without shipping" in render(one.text, "en")
               for one in fault.value.problems)  # fmt: skip


def test_what_the_folder_does_not_have_stays_as_it_is(asked: World, tmp_path: Path) -> None:
    """It is told, and not taken away."""
    applied(asked, folder(tmp_path / "docs"))
    small = tmp_path / "small"
    (small).mkdir()
    (small / "tag.yaml").write_text(TAG, "utf-8")

    plan = plan_folder(asked, BRAND, read_folder(small))

    assert plan.changed == []
    assert ("journey", "late-shipment-apology") in plan.only_here
    assert export_folder(asked, BRAND, small).strangers == []


def test_people_in_flight_are_counted_and_carried_by_the_map(asked: World, tmp_path: Path) -> None:
    """The map of a folder names the journey, its nodes, and what begins anew."""
    root = folder(tmp_path / "docs")
    applied(asked, root)
    log(asked, order_event("Order Paid", "o1"))
    project_all(asked)
    (root / "a/journey.yaml").write_text(APOLOGY.replace("patience", "calm"), "utf-8")
    map_file = tmp_path / "map.yaml"
    map_file.write_text("late-shipment-apology:\n  patience: {to: calm, restart: true}\n", "utf-8")
    ways = {EVERY: InFlight("migrate"), **read_map(map_file, "migrate")}

    settle(asked)
    files = read_folder(root)
    plan = plan_folder(asked, BRAND, files, ways)
    (one,) = plan.changed
    assert one.in_flight is not None
    assert (one.in_flight.n_gone, one.in_flight.places[0].proposed) == (1, "calm")
    apply_folder(asked, BRAND, files, plan, "test", ways)

    assert rows(asked, "select node, visit from journey_tokens") == [("calm", 2)]


def test_a_map_with_faults_tells_each_with_its_line(tmp_path: Path) -> None:
    """A folder that is not there, and a map that says nothing, are told as what they are."""
    map_file = tmp_path / "map.yaml"
    map_file.write_text("care:\n  wait: 12\n  ask: {too: x}\nother: none\n", "utf-8")

    with pytest.raises(BadInput) as fault:
        read_map(map_file, "migrate")
    assert [one.line for one in fault.value.problems] == [2, 3, 4]
    with pytest.raises(NotFound):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(NotFound):
        read_map(tmp_path / "nowhere.yaml", "migrate")
