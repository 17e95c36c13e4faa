"""Drafts, comments and counts of the canvas without a browser: what is kept, and for whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import BRAND, signed_in, token, visitor

from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.ports.drafts import StoredDraft
from huiliu.ports.world import World
from huiliu.services.comment_journey import add_comment, comments_on, resolve_comment
from huiliu.services.create_key import create_key
from huiliu.services.draft_journey import draft_journey, draft_journey_tree
from huiliu.services.journey_drafts import discard_draft, my_drafts, open_draft, save_draft
from huiliu.services.publish import publish

JOURNEY = """\
huiliu: 1
kind: journey
slug: order-care
name:
  en: Order care
entry:
  event: Order Paid
  key: order_id
start: wait
nodes:
  wait:
    type: wait
    for: 1h
    next: done
  done:
    type: exit
"""
UNKNOWN = JOURNEY + "  teleport:\n    type: teleport\n    speed: 9\n    next: done\n"


def draft_of(owner: str, source: str = JOURNEY, revision: int = 0) -> StoredDraft:
    """Return a draft of the journey."""
    return StoredDraft(BRAND, owner, "order-care", source, 1, '{"wait": [4, 8]}', 0, revision)


def test_a_draft_is_its_authors_own_and_apart_from_what_is_published(world: World) -> None:
    """Each goes on with theirs and sees that of others; what is discarded is as it is live."""
    publish(world, BRAND, JOURNEY, "test")
    changed = JOURNEY.replace("1h", "2h")
    save_draft(world, draft_of("user:1", changed))

    mine, theirs = (open_draft(world, BRAND, owner, "order-care") for owner in ("user:1", "user:2"))

    assert (mine.source, mine.revision, mine.positions) == (changed, 1, {"wait": (4, 8)})
    assert (theirs.source, theirs.revision) == (JOURNEY, 0)
    assert [one.owner for one in theirs.others] == ["user:1"]
    assert [one.draft for one in my_drafts(world, BRAND, "user:1")] == ["order-care"]
    discard_draft(world, BRAND, "user:1", "order-care")
    assert open_draft(world, BRAND, "user:1", "order-care").source == JOURNEY


def test_a_save_over_another_revision_is_a_conflict(world: World) -> None:
    """Of two windows the one that is late is told, and nothing of the other is lost."""
    first = save_draft(world, draft_of("user:1"))
    save_draft(world, draft_of("user:1", "second", first.revision))

    with pytest.raises(Conflict):
        save_draft(world, draft_of("user:1", "late", first.revision))

    assert open_draft(world, BRAND, "user:1", "order-care").source == "second"


def test_a_draft_knows_that_somebody_published_meanwhile(world: World) -> None:
    """It began with version 1; version 2 makes it late."""
    publish(world, BRAND, JOURNEY, "test")
    save_draft(world, draft_of("user:1"))
    assert not open_draft(world, BRAND, "user:1", "order-care").is_late

    publish(world, BRAND, JOURNEY.replace("1h", "3h"), "mei")

    found = open_draft(world, BRAND, "user:1", "order-care")
    assert found.is_late
    assert found.published is not None
    assert (found.published.version, found.published.created_by) == (2, "mei")


@pytest.mark.parametrize(
    "positions", ["[]", "{", '{"a": [1]}', '{"a": ["x", 1]}', '{"a": [1e999, 0]}', '{"a": 3}']
)
def test_positions_that_no_canvas_sends_are_refused(world: World, positions: str) -> None:
    """What is drawn from them could not be drawn."""
    with pytest.raises(BadInput):
        save_draft(world, StoredDraft(BRAND, "user:1", "order-care", "", 0, positions, 0))


def test_what_there_is_not_cannot_be_opened(world: World) -> None:
    """Neither published nor kept as a draft."""
    with pytest.raises(NotFound):
        open_draft(world, BRAND, "user:1", "nothing")


def test_unknown_nodes_survive_a_round_through_the_canvas(world: World) -> None:
    """YAML to tree to YAML keeps what this instance does not know; it is told as a problem."""
    read = draft_journey(world, BRAND, UNKNOWN)
    assert read.tree is not None

    again = draft_journey_tree(world, BRAND, read.tree)

    assert again.source == UNKNOWN
    assert [one.path for one in again.problems] == ["nodes.teleport.type"]


def test_conditions_of_a_draft_are_said_in_words_even_while_others_are_wrong(world: World) -> None:
    """Each condition and filter by its path."""
    source = JOURNEY.replace(
        "type: wait\n    for: 1h\n    next: done",
        "type: branch\n    ways:\n      - where: [{property: total, above: 9}]\n"
        "        next: nowhere\n    else: done",
    )

    found = draft_journey(world, BRAND, source)

    assert list(found.sentences) == ["nodes.wait.ways[0].where"]
    assert found.problems


def test_comments_are_settled_by_somebody_and_opened_again(world: World) -> None:
    """They stay with the journey; too much or nothing at all is refused."""
    made = add_comment(world, BRAND, "order-care", "wait", " why an hour? ", "林晓")
    settled = resolve_comment(world, BRAND, made.comment_id, "Mei", settled=True)

    assert (made.words, settled.resolved_by) == ("why an hour?", "Mei")
    assert not resolve_comment(world, BRAND, made.comment_id, "Mei", settled=False).resolved_at
    assert len(comments_on(world, BRAND, "order-care")) == 1
    for words in ("  ", "x" * 2001):
        with pytest.raises(BadInput):
            add_comment(world, BRAND, "order-care", "wait", words, "林晓")
    with pytest.raises(NotFound):
        resolve_comment(world, BRAND, 999, "Mei", settled=True)


def test_publishing_takes_the_draft_away_and_keeps_layout_and_comments(
    world: World, tmp_path: Path
) -> None:
    """A new journey's comments go over to its slug; where its nodes stand is there for everyone."""
    client = signed_in(world, tmp_path)
    csrf = token(client, "/journeys")
    draft = "new-0123abcd"
    form = {
        "csrf": csrf, "source": JOURNEY, "positions": '{"done": [40, 2]}', "base": "0",
        "revision": "0",
    }  # fmt: skip
    saved = client.post(f"/journeys/drafts/{draft}", data=form)
    assert saved.json()["revision"] == 1
    said = {"csrf": csrf, "journey": draft, "node": "wait", "words": "short enough?"}
    assert client.post("/journeys/comments", data=said).status_code == 200

    done = client.post(
        "/journeys/publish", data={"csrf": csrf, "draft": draft, "source": JOURNEY, "plan": ""}
    )

    assert done.headers["location"] == "/journeys/order-care?published=1"
    found = open_draft(world, BRAND, "user:1", "order-care")
    assert (found.revision, found.positions) == (0, {"done": (40, 2)})
    assert [one.words for one in comments_on(world, BRAND, "order-care")] == ["short enough?"]


def test_a_publication_over_one_that_was_not_seen_is_refused(world: World, tmp_path: Path) -> None:
    """The canvas comes back with what the other did; nothing is stored."""
    publish(world, BRAND, JOURNEY, "test")
    client = signed_in(world, tmp_path)
    csrf = token(client, "/journeys")
    form = {"csrf": csrf, "source": JOURNEY, "positions": "{}", "base": "1", "revision": "0"}
    client.post("/journeys/drafts/order-care", data=form)
    publish(world, BRAND, JOURNEY.replace("1h", "3h"), "mei")

    answer = client.post(
        "/journeys/publish",
        data={"csrf": csrf, "draft": "order-care", "source": JOURNEY.replace("1h", "9h")},
    )

    assert answer.status_code == 409
    with world.store.transaction(BRAND) as tx:
        assert tx.documents.latest(BRAND, "journey", "order-care").version == 2


def _key(world: World) -> tuple[str, str]:
    """Return the credentials of a server."""
    _, shown = create_key(world, BRAND, "server", "api")
    return shown, ""


def test_servers_do_what_the_canvas_does(world: World, tmp_path: Path) -> None:
    """Check, draft, comment, count and compare by key; a key's drafts are its own."""
    publish(world, BRAND, JOURNEY, "test")
    publish(world, BRAND, JOURNEY.replace("1h", "2h"), "test")
    client, key = visitor(world, tmp_path), _key(world)

    def ask(method: str, path: str, **body: object) -> Any:
        answer = client.request(method, path, json=body or None, auth=key)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text)

    checked = ask("POST", "/v1/journeys/check", source=UNKNOWN)
    saved = ask("PUT", "/v1/journeys/drafts/order-care", source=UNKNOWN, base_version=2, revision=0)
    kept = ask("GET", "/v1/journeys/drafts/order-care")
    said = ask("POST", "/v1/journeys/order-care/comments", node="wait", words="ok?")
    done = ask("PUT", f"/v1/journeys/comments/{said['comment']}", settled=True)
    diff = ask("GET", "/v1/journeys/order-care/diff?old=1&new=2")

    assert checked["problems"][0]["path"] == "nodes.teleport.type"
    assert (saved["revision"], kept["source"]) == (1, UNKNOWN)
    assert done["resolved_by"] == "key server"
    assert len(diff["changes"]) == 1
    assert ask("GET", "/v1/journeys/order-care/counts")["nodes"]["wait"]["entered"] == 0
    assert ask("GET", "/v1/journeys/order-care/people?node=wait") == {"people": [], "next": None}
    assert ask("POST", "/v1/journeys/tests", source=JOURNEY)["ok"] is True
    assert ask("DELETE", "/v1/journeys/drafts/order-care")
    assert ask("GET", "/v1/journeys/drafts") == {"drafts": []}
