"""What forms and interviews brought is counted, read by whoever may, and the same for servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.forms.filling import BRAND, FORM, fill, live
from tests.integration.forms.test_taking import known
from tests.integration.outbox import Recorder, with_providers
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.services.form_results import form_results, nps_of, words
from huiliu.services.interviews import Note, list_notes, note_interview

MULTI = FORM.replace("ask: choice", "ask: multi")
WORDS = "太贵了, li@mail.example"


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Wire a shop whose form three people filled in."""
    with with_warehouse(world, tmp_path) as opened:
        wired = with_providers(opened, Recorder())
        live(wired, MULTI)
        browser = visitor(wired, tmp_path)
        for likely, skin in (("10", ["dry", "oily"]), ("9", ["dry"]), ("2", [])):
            answers: dict[str, Any] = {
                "q.email": f"u{likely}@mail.example", "q.likely": likely, "q.skin": skin,
                "q.why": WORDS,
            }  # fmt: skip
            assert fill(wired, browser, answers).status_code == 200
        settle(wired)
        yield wired


class Api:
    """Calls with a key."""

    def __init__(self, world: World, folder: Path) -> None:
        """Make a key."""
        self._client = visitor(world, folder)
        self._key = create_key(world, BRAND, "test", "api")[1]

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer's data."""
        answer = self._client.request(method, path, json=body, auth=(self._key, ""))
        return answer.json() | {"status": answer.status_code}


def post(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form of the console and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people?lang=en"), **typed})


def test_answers_are_counted_by_question(shop: World) -> None:
    """Scores, choices of which one may take several, and words that stay where they are."""
    found = form_results(shop, BRAND, "welcome")
    of = {one.question.id: one for one in found.questions}

    assert found.n_taken == 3
    assert {bar.value: bar.n for bar in of["skin"].bars} == {"dry": 2, "oily": 1}
    assert of["skin"].n == 2
    assert of["likely"].mean == 7
    nps = of["likely"].nps
    assert nps is not None
    assert (nps.n_promoters, nps.n_passive, nps.n_detractors) == (2, 0, 1)
    assert nps.score == pytest.approx(100 / 3)
    assert nps.low < nps.score < nps.high
    assert of["why"].n == 1


def test_a_score_of_nobody_is_none() -> None:
    """And what is no number from 0 to 10 counts for nothing."""
    assert nps_of({}) is None
    assert nps_of({"x": 5, "11": 2}) is None
    assert nps_of({"7": 4}) is not None


def test_words_are_read_by_whoever_may_and_that_is_written_down(shop: World) -> None:
    """They come out of the vault whole."""
    assert [one.said for one in words(shop, BRAND, "welcome", 7)] == [WORDS]
    with shop.store.transaction(BRAND) as tx:
        [(_, action)] = tx.console.actions(BRAND, 5, None)
    assert (action.user_id, action.what, action.subject) == (7, "answers_revealed", "welcome")


def test_the_pages_show_what_forms_brought(shop: World, tmp_path: Path) -> None:
    """The list, one form, its results; who may not read the words is told so."""
    client = signed_in(shop, tmp_path)

    assert "Welcome gift" in client.get("/forms").text
    assert "/l/" not in client.get("/forms/welcome").text
    assert "+33" in client.get("/forms/welcome/results?days=7").text
    assert WORDS in post(client, "/forms/welcome/words").text
    assert client.get("/forms/nothing").status_code == 404


def test_a_viewer_reads_no_words_and_changes_nothing(shop: World, tmp_path: Path) -> None:
    """Permissions are those of the roles."""
    client = signed_in(shop, tmp_path, "viewer")

    assert client.get("/forms").status_code == 200
    assert client.get("/forms/new").status_code == 403
    assert post(client, "/forms/welcome/words").status_code == 403
    assert post(client, "/interviews", person="x", topic="t").status_code == 403


def test_a_form_is_published_from_the_builder_or_its_faults_are_shown(
    shop: World, tmp_path: Path
) -> None:
    """Also when somebody else published another version meanwhile."""
    client = signed_in(shop, tmp_path)

    wrong = post(client, "/forms/apply", source=FORM.replace("ask: nps", "ask: stars"))
    assert wrong.status_code == 422
    assert "questions[3].ask" in wrong.text
    late = post(client, "/forms/apply", source=FORM, slug="welcome", version="0")
    assert late.status_code == 409
    done = post(client, "/forms/apply", source=FORM, slug="welcome", version="1")
    assert done.headers["location"] == "/forms/welcome?applied=2"
    said = post(client, "/forms/draft", tree='{"huiliu": 1, "kind": "form"}').json()
    assert {"slug", "name", "title"} <= {one["path"] for one in said["problems"]}
    assert post(client, "/forms/draft", tree="[1]").status_code == 422
    looked = post(client, "/forms/preview", source=FORM, lang="en")
    assert "Join us" in looked.text
    assert "frame-ancestors 'self'" in looked.headers["content-security-policy"]
    assert post(client, "/forms/welcome/remove").headers["location"] == "/forms?removed=welcome"
    assert client.get("/f/welcome").status_code == 404


def test_servers_do_what_the_pages_do(shop: World, tmp_path: Path) -> None:
    """Publish, read, link, take away."""
    api = Api(shop, tmp_path)
    li = show_profile_id(known(shop, phone="13912345678"))

    assert api("POST", "/v1/forms", {"source": MULTI})["new"] is False
    assert api("GET", "/v1/forms")["forms"][0]["taken"] == 3
    assert api("GET", "/v1/forms/welcome")["url"] == "https://huiliu.example/f/welcome"
    results = api("GET", "/v1/forms/welcome/results?days=7")
    assert results["questions"][1]["nps"]["promoters"] == 2
    assert api("POST", "/v1/forms/welcome/words")["words"][0]["words"] == WORDS
    link = api("POST", "/v1/forms/welcome/link", {"profile_id": li})["url"]
    page = visitor(shop, tmp_path).get(link.removeprefix("https://huiliu.example")).text
    assert 'name="q.phone"' not in page
    assert api("POST", "/v1/forms/welcome/link", {"profile_id": "x"})["status"] == 404
    assert api("DELETE", "/v1/forms/welcome")["removed"]
    assert api("GET", "/v1/forms/welcome")["status"] == 404


def test_a_note_of_an_interview_is_an_event_whose_words_are_sealed(shop: World) -> None:
    """Kept twice within a minute it is one; the words are the person's."""
    li = known(shop, phone="13912345678")
    for _ in range(2):
        note_interview(shop, BRAND, li, Note("churn-2026", WORDS, "unhappy", 2), "user:1")
    settle(shop)

    [sealed] = list_notes(shop, BRAND, topic="churn-2026")
    [open_] = list_notes(shop, BRAND, profile_id=li, user_id=7, reveal=True)
    assert (sealed.words, sealed.has_words, sealed.mood, sealed.score) == ("", True, "unhappy", 2)
    assert open_.words == WORDS
    with shop.store.system() as tx:
        assert all("太贵".encode() not in one.body for one in tx.log.read(0, 0, 500))


def test_interviews_are_noted_and_read_in_the_console_and_by_servers(
    shop: World, tmp_path: Path
) -> None:
    """All that is wrong is said, and what was typed stays."""
    known(shop, phone="13912345678")
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)

    wrong = post(client, "/interviews", person="nobody", topic="No Slug", words=WORDS)
    assert wrong.status_code == 422
    assert WORDS in wrong.text
    bad = post(client, "/interviews", person="13912345678", topic="No Slug")
    assert bad.status_code == 422
    assert "topic" in bad.text
    done = post(client, "/interviews", person="13912345678", topic="fit", words=WORDS, score="4")
    assert done.status_code == 303
    settle(shop)
    assert WORDS not in client.get("/interviews").text
    assert WORDS in post(client, "/interviews/words").text

    li = done.headers["location"].partition("noted=")[2]
    wrong = api("POST", "/v1/interviews", {"profile_id": li, "topic": "x", "score": 9})
    assert wrong["status"] == 422
    assert api("POST", "/v1/interviews", {"profile_id": li, "topic": "next"})["topic"] == "next"
    assert api("GET", "/v1/interviews?topic=fit")["notes"][0]["words"] is None
    assert api("POST", "/v1/interviews/words?topic=fit")["notes"][0]["words"] == WORDS
