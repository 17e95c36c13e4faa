"""Ready journeys and staff tasks in the console and for servers: shown, switched on, finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.integration.console.visiting import (
    BRAND,
    Visitor,
    add,
    sign_in,
    signed_in,
    token,
    visitor,
)
from tests.integration.journeys import put_journey
from tests.integration.people import project_all

from huiliu.journeys.shipped import library
from huiliu.kernel.times import HOUR
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.create_key import create_key
from huiliu.services.enter_journey import enter_journey
from huiliu.services.journey_drafts import my_drafts
from huiliu.services.journey_shelf import STAGES
from huiliu.services.publish import publish
from huiliu.services.staff_tasks import list_tasks, page_tasks
from huiliu.stores.clock import SimulatedClock

RING = """huiliu: 1
kind: journey
slug: care
name: {en: Care}
entry: {api: true}
nodes:
  ring:
    type: task
    title: Ring them
    assignee: care
    due: 1h
    outcomes: [{outcome: reached, next: done}, {outcome: asleep, next: done}]
  done: {type: exit}
"""


def send(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people"), **typed})


def journeys(world: World) -> dict[str, str]:
    """Return the brand's journeys with their sources."""
    with world.store.system() as tx:
        return {one.slug: one.source for one in tx.documents.all(BRAND, "journey")}


def test_every_ready_journey_stands_on_a_shelf() -> None:
    """One that is added to the library is not forgotten on the page."""
    shelved = [slug for slugs in STAGES.values() for slug in slugs]

    assert sorted(shelved) == sorted(library())


def test_a_ready_journey_is_looked_at_switched_on_and_known_as_changed(
    world: World, tmp_path: Path
) -> None:
    """With its messages in both languages; what was done is written down; a viewer only looks."""
    client = signed_in(world, tmp_path)
    before = client.get("/journeys/library").text
    shown = client.get("/journeys/library/signed-for").text
    done = send(client, "/journeys/library/signed-for/on")
    after = client.get("/journeys/library").text
    source = journeys(world)["signed-for"].replace("expires: 1d", "expires: 2d")
    publish(world, BRAND, source, "test")
    changed = client.get("/journeys/library").text

    assert all(f'id="{slug}"' in before for slug in library())
    assert "2 h later, between 09:00 and 21:00" in before
    assert "东西还满意吗？" in shown
    assert "Is everything as you wished?" in shown
    assert "6 cases hold" in shown
    assert done.headers["location"] == "/journeys/library?on=signed-for"
    assert ("1 of 20 switched on" in after, "Changed here" in after) == (True, False)
    assert "Changed here" in changed
    assert "Published a journey" in client.get("/actions").text
    add(world, "viewer")
    viewer = visitor(world, tmp_path)
    sign_in(viewer, "viewer")
    assert '/on"' not in viewer.get("/journeys/library").text
    assert send(viewer, "/journeys/library/shipped/on").status_code == 403
    assert client.get("/journeys/library/no-such").status_code == 404


def test_a_copy_opens_on_the_canvas_and_leaves_a_draft_alone(world: World, tmp_path: Path) -> None:
    """Nothing is live but what it names; a draft that is there is gone on with."""
    client = signed_in(world, tmp_path)
    first = send(client, "/journeys/library/price-drop/copy")
    again = send(client, "/journeys/library/price-drop/copy")
    canvas = client.get(first.headers["location"])

    assert first.headers["location"] == "/journeys/edit?slug=price-drop"
    assert again.headers["location"] == first.headers["location"]
    assert (canvas.status_code, journeys(world)) == (200, {})
    with world.store.system() as tx:
        assert [one.slug for one in tx.documents.all(BRAND, "template")] == ["price-drop"]
    [draft] = my_drafts(world, BRAND, "user:1")
    assert (draft.draft, draft.name["en"]) == ("price-drop", "Price drop")
    assert "Continue the draft" in client.get("/journeys/library").text


def test_ready_journeys_have_twins(world: World, tmp_path: Path) -> None:
    """Listed, looked at, switched on and begun as a draft with a key."""
    key = (create_key(world, BRAND, "erp", "api")[1], "")
    client = visitor(world, tmp_path)
    path = "/v1/journeys/library"
    listed = client.get(path, auth=key).json()["journeys"]
    shown = client.get(f"{path}/star-service", auth=key).json()
    made = client.post(path, json={"journeys": ["shipped"]}, auth=key).json()["documents"]
    wrong = client.post(path, json={"journeys": ["no-such"]}, auth=key)
    draft = client.post(f"{path}/birthday/copy", json={}, auth=key)
    twice = client.post(f"{path}/birthday/copy", json={}, auth=key)

    assert len(listed) == len(library())
    assert all(case["ok"] for case in shown["cases"])
    assert set(shown["previews"][0]["locales"]) == {"zh-CN", "en"}
    assert ("journey", "shipped") in [(one["kind"], one["slug"]) for one in made]
    assert (wrong.status_code, twice.status_code) == (422, 409)
    assert draft.json()["draft"] == "birthday"
    assert list(journeys(world)) == ["shipped"]


def test_tasks_are_listed_finished_and_refused(
    world: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Overdue ones say so; an outcome that there is not, and a second one, are refused."""
    client = signed_in(world, tmp_path)
    empty = client.get("/tasks").text
    put_journey(world, RING)
    enter_journey(world, BRAND, "care", [{"userId": "ada"}, {"userId": "bob"}])
    project_all(world)
    advance(world)
    opened = client.get("/tasks?assignee=care").text
    clock.set(clock.now() + 2 * HOUR)
    late = client.get("/tasks").text
    one = list_tasks(world, BRAND)[0].task_id.hex()
    wrong = send(client, f"/tasks/{one}/finish", outcome="flown")
    done = send(client, f"/tasks/{one}/finish", outcome="reached", note=" called back ")
    twice = send(client, f"/tasks/{one}/finish", outcome="reached")
    listed = client.get("/tasks?state=done").text

    assert "Nothing to do" in empty
    assert (opened.count("Ring them</h2>"), "Overdue" in opened, "Overdue" in late) == (
        2,
        False,
        True,
    )
    assert "No task for mia" in client.get("/tasks?assignee=mia").text
    assert (wrong.status_code, done.status_code, twice.status_code) == (422, 303, 409)
    assert "Somebody finished this task meanwhile" in twice.text
    assert "called back" in listed
    assert "Finished a staff task" in client.get("/actions").text
    assert send(client, "/tasks/zz/finish", outcome="reached").status_code == 404


def test_a_task_that_nothing_waits_for_is_done_by_one_click(world: World, tmp_path: Path) -> None:
    """It asks for no outcome of its own; the library's presents are such tasks."""
    client = signed_in(world, tmp_path)
    lines = RING.splitlines(keepends=True)
    put_journey(world, "".join(lines).replace(lines[11], "    next: done\n"))
    enter_journey(world, BRAND, "care", [{"userId": "ada"}])
    project_all(world)
    advance(world)
    shown = client.get("/tasks").text
    [task] = list_tasks(world, BRAND)
    done = send(client, f"/tasks/{task.task_id.hex()}/finish", outcome="done")

    assert ('name="outcome" value="done"' in shown, done.status_code) == (True, 303)
    assert [one.outcome for one in list_tasks(world, BRAND, is_open=False)] == ["done"]


def test_tasks_come_page_by_page(world: World) -> None:
    """Each once, also those that were opened at the same instant."""
    put_journey(world, RING)
    enter_journey(world, BRAND, "care", [{"userId": f"u{n}"} for n in range(5)])
    project_all(world)
    advance(world)

    first = page_tasks(world, BRAND, is_open=True, limit=2)
    second = page_tasks(world, BRAND, is_open=True, limit=2, before=first.next)
    third = page_tasks(world, BRAND, is_open=True, limit=2, before=second.next)

    seen = [one.task_id for each in (first, second, third) for one in each.rows]
    assert (len(seen), len(set(seen)), third.next) == (5, 5, None)
    assert first.counts == {"care": 5}
