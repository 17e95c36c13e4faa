"""Clients fetch what is theirs behind a key and a token; marketers design, see and take back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.inapp.laying import POPUP, happened, laid, shop, titles, token_of
from tests.integration.outbox import internal_events, someone
from tests.integration.people import BRAND, project_all

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services.create_key import create_key
from huiliu.stores.clock import SimulatedClock

RANDOM = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def brand(world: World) -> World:
    """Open the channel."""
    return shop(world)


@pytest.fixture
def key(brand: World) -> str:
    """Give the key that stands in every page."""
    return create_key(brand, BRAND, "m-site", "collect")[1]


@pytest.fixture
def phone(brand: World, tmp_path: Path) -> Visitor:
    """Be a client."""
    return visitor(brand, tmp_path)


def test_a_client_is_told_once_and_then_that_nothing_changed(
    phone: Visitor, brand: World, key: str
) -> None:
    """By key and token, from any origin; an unchanged answer costs no body."""
    ada = someone(brand, "Ada")
    sent = laid(brand, ada)
    mine = (key, token_of(brand, ada))

    first = phone.get("/v1/inapp/sync", auth=mine)
    again = phone.get("/v1/inapp/sync", auth=mine, headers={"if-none-match": first.headers["etag"]})
    asked = phone.request("OPTIONS", "/v1/inapp/sync")

    assert first.json()["cards"][0]["id"] == sent.hex()
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert asked.status_code == 204
    assert "authorization" in asked.headers["access-control-allow-headers"]


def test_deeds_come_as_plain_text_with_key_and_token_inside(
    phone: Visitor, brand: World, key: str
) -> None:
    """What a page sends while it closes: no header, no question beforehand."""
    ada = someone(brand, "Ada")
    sent = laid(brand, ada)
    deed = {"id": "d-1", "message": sent.hex(), "what": "clicked", "at": "2026-11-22T03:59:58Z"}
    body = {"writeKey": key, "token": token_of(brand, ada), "events": [deed]}

    answers = [phone.post("/v1/inapp/events", json=body).json() for _ in range(2)]

    assert [one["new"] for one in answers] == [1, 0]


def test_everything_wrong_with_a_body_is_told(phone: Visitor, brand: World, key: str) -> None:
    """By the path of each field, and nothing of it is taken."""
    ada = someone(brand, "Ada")
    sent = laid(brand, ada)
    good = {"id": "d-1", "message": sent.hex(), "what": "dismissed"}
    wrong = [
        {**good, "what": "loved"}, {**good, "message": "xyz"}, {**good, "id": ""},
        {**good, "url": 7}, {**good, "url": "/a\0"}, "dismissed",
    ]  # fmt: skip
    mine = (key, token_of(brand, ada))

    answer = phone.post("/v1/inapp/events", auth=mine, json={"events": [good, *wrong]})

    assert answer.status_code == 422
    paths = [one["path"] for one in answer.json()["problems"]]
    assert paths == [
        "events[1].what", "events[2].message", "events[3].id", "events[4].url", "events[5].url",
        "events[6].message",
    ]  # fmt: skip
    assert len(titles(brand, ada)) == 1
    for body in (b"[]", b"\xff", b"{", b'{"events": 1}', b'{"events": "%s"}' % (b"x" * 70_000)):
        refused = phone.post("/v1/inapp/events", auth=mine, content=body)
        assert refused.status_code in {413, 422}
        assert refused.headers["access-control-allow-origin"] == "*"


def test_who_has_no_token_of_ours_sees_nothing(
    phone: Visitor, brand: World, key: str, clock: SimulatedClock
) -> None:
    """Neither a key alone, nor a token that is cut, ended, or of another brand."""
    ada = someone(brand, "Ada")
    laid(brand, ada)
    good = token_of(brand, ada)
    other = create_key(brand, 2, "other", "collect")[1]
    pos = create_key(brand, BRAND, "till", "pos")[1]
    last = "A" if good[-1] != "A" else "B"
    tried = [(key, ""), (key, good[:-1]), (key, good[:-1] + last), (other, good), ("", good)]

    statuses = {phone.get("/v1/inapp/sync", auth=one).status_code for one in tried}

    assert statuses == {401}
    assert phone.get("/v1/inapp/sync", auth=(pos, good)).status_code == 403
    clock.advance(25 * HOUR)
    assert phone.get("/v1/inapp/sync", auth=(key, good)).status_code == 401


def test_a_browsers_id_opens_only_what_nobody_has_a_name_in(
    phone: Visitor, brand: World, key: str
) -> None:
    """Whoever claims somebody's e-mail with a public key does not read their messages."""
    ask = {"writeKey": key, "anonymousId": RANDOM}
    mine = (key, phone.post("/v1/inapp/token", json=ask).json()["token"])
    nobody = phone.get("/v1/inapp/sync", auth=mine).json()
    phone.post("/v1/track", auth=(key, ""), json={"anonymousId": RANDOM, "event": "Looked"})
    project_all(brand)
    with brand.store.system() as tx:
        me = tx.people.recent(BRAND, 1)[0].profile_id
    laid(brand, me, "news")
    unnamed = phone.get("/v1/inapp/sync", auth=mine).json()
    claim = {"anonymousId": RANDOM, "traits": {"email": "ada@shop.example"}}
    phone.post("/v1/identify", auth=(key, ""), json=claim)
    project_all(brand)
    named = phone.get("/v1/inapp/sync", auth=mine).json()

    assert nobody["cards"] == []
    assert [one["title"] for one in unnamed["cards"]] == ["订单 o-1 已发货"]
    assert (named["cards"], named["sign_in"]) == ([], True)
    assert phone.post("/v1/inapp/token", json={**ask, "anonymousId": "me"}).status_code == 422


@pytest.mark.parametrize(("wanted", "n_cards"), [("anyone", 1), ("nobody", 0)])
def test_the_brand_may_trust_browsers_more_or_not_at_all(
    world: World, tmp_path: Path, wanted: str, n_cards: int
) -> None:
    """A field of the channel's account says so."""
    brand = shop(world, account={"anonymous": wanted, "popups_per_day": "5"})
    _, key = create_key(brand, BRAND, "m-site", "collect")
    client = visitor(brand, tmp_path)
    who = {"anonymousId": RANDOM, "userId": "u-1"}
    client.post("/v1/track", auth=(key, ""), json={**who, "event": "Signed In"})
    project_all(brand)
    with brand.store.system() as tx:
        me = tx.people.recent(BRAND, 1)[0].profile_id
    laid(brand, me, "news")
    ask = {"writeKey": key, "anonymousId": RANDOM}
    mine = (key, client.post("/v1/inapp/token", json=ask).json()["token"])

    told = client.get("/v1/inapp/sync", auth=mine).json()

    assert (len(told["cards"]), told["popups_per_day"]) == (n_cards, 5)


def test_a_server_gets_tokens_funnels_and_takes_messages_back(phone: Visitor, brand: World) -> None:
    """What the pages do, behind a key for servers."""
    auth = (create_key(brand, BRAND, "erp", "api")[1], "")
    ada = someone(brand, "Ada")
    sent = laid(brand, ada)
    happened(brand, ada, sent, "shown")

    named = phone.post("/v1/inapp/tokens", auth=auth, json={"user_id": "u-9", "lives": "7d"}).json()
    by_id = phone.post("/v1/inapp/tokens", auth=auth, json={"profile_id": show_profile_id(ada)})
    refused = [
        phone.post("/v1/inapp/tokens", auth=auth, json=body).status_code
        for body in ({}, {"user_id": "u", "profile_id": show_profile_id(ada)},
                     {"user_id": "u", "lives": "1y"}, {"user_id": "u", "lives": "90d"},
                     {"profile_id": "p_nobody"})
    ]  # fmt: skip
    cards = phone.get(f"/v1/inapp/people/{show_profile_id(ada)}", auth=auth).json()["cards"]
    taken = phone.post("/v1/inapp/messages/weekend/withdraw", auth=auth, json={}).json()
    one = phone.get("/v1/inapp/messages/weekend", auth=auth).json()
    every = phone.get("/v1/inapp/messages?kind=popup", auth=auth).json()["messages"]

    assert named["expires_at"] == "2026-11-29T04:00:00Z"
    assert by_id.status_code == 200
    assert refused == [422, 422, 422, 422, 404]
    assert (cards[0]["shown"], cards[0]["live"]) == (1, True)
    assert "Ada" not in str(cards)
    assert taken == {"slug": "weekend", "withdrawn": 1}
    assert (one["sent"], one["shown"], one["withdrawn"], one["live"]) == (1, 1, 1, 0)
    assert [row["slug"] for row in every] == ["weekend"]
    assert phone.get("/v1/inapp/messages/nothing", auth=auth).status_code == 404


def test_a_marketer_designs_one_sees_its_funnel_and_takes_it_back(
    brand: World, tmp_path: Path
) -> None:
    """Without a line of YAML: the fields become a template like any other."""
    client = signed_in(brand, tmp_path, "marketer")
    start = client.get("/inapp/new?kind=banner")
    form = {
        "csrf": token(client, "/inapp/new"), "mode": "form", "was": "", "version": "0",
        "base": "huiliu: 1\nkind: template\n", "slug": "tonight", "name-zh-CN": "今晚直播",
        "name-en": "Live tonight", "class": "marketing", "type": "banner", "on-page": "/, /home*",
        "on-event": "", "after": "10", "scroll": "", "often": "every", "every": "12", "times": "3",
        "start": "", "end": "2d", "priority": "80", "locale.0": "zh-CN", "variant.0": "",
        "part.0.title": "今晚 8 点直播", "part.0.text": "新品首发",
        "part.0.url": "https://shop.example/live",
    }  # fmt: skip
    wrong = client.post("/inapp/check", data={**form, "after": "soon"})
    looked = client.post("/inapp/check", data=form)
    done = client.post("/inapp/save", data=form)
    ada = someone(brand, "Ada")
    laid(brand, ada, "tonight")
    shown = client.get("/inapp/tonight")
    listed = client.get("/inapp?kind=banner")
    edited = client.get("/inapp/tonight/edit")
    taken = client.post("/inapp/tonight/withdraw", data={"csrf": form["csrf"]})

    assert start.status_code == 200
    assert "after soon" in wrong.text
    assert "今晚 8 点直播" in looked.text
    assert done.headers["location"] == "/inapp/tonight?applied=1"
    with brand.store.system() as tx:
        source = tx.documents.latest(BRAND, "template", "tonight").source
    assert "trigger: page /; page /home*; after 10s" in source
    assert "frequency: every 12h; 3 times" in source
    assert shown.text.count("<meter") == 4
    assert "/inapp/tonight" in listed.text
    assert "/inapp/weekend" not in listed.text
    assert 'value="/, /home*"' in edited.text
    assert taken.headers["location"] == "/inapp/tonight?taken=1"
    assert titles(brand, ada) == []


def test_a_viewer_looks_and_changes_nothing(brand: World, tmp_path: Path) -> None:
    """The page says what to set up first; its buttons are for those who may press them."""
    client = signed_in(brand, tmp_path, "viewer")

    assert client.get("/inapp").status_code == 200
    assert client.get("/inapp/weekend").status_code == 200
    assert client.get("/inapp/nothing").status_code == 404
    assert client.get("/inapp/new").status_code == 403


def test_a_message_that_cannot_be_met_is_not_published(brand: World, tmp_path: Path) -> None:
    """Every fault comes with its line, and nothing goes live."""
    client = signed_in(brand, tmp_path, "marketer")
    source = POPUP.replace("weekend", "odd").replace("type: popup", "type: pop")
    source = source.replace("https://shop.example/sale", "x y")
    form = {"csrf": token(client, "/inapp/new"), "mode": "yaml", "yaml": source, "was": ""}

    answer = client.post("/inapp/save", data=form)

    assert answer.status_code == 422
    assert answer.text.count("problem-line") >= 2


def test_what_is_over_is_forgotten_in_the_end(brand: World, clock: SimulatedClock) -> None:
    """A card is kept for looking back, not for ever."""
    ada = someone(brand, "Ada")
    laid(brand, ada)
    clock.advance(8 * DAY)
    with brand.store.system() as tx:
        assert tx.inapp.forget(clock.now() - 2 * DAY, 10) == 0
        assert tx.inapp.forget(clock.now(), 10) == 1


def test_what_a_person_writes_comes_into_their_conversation_once(
    phone: Visitor, brand: World, key: str
) -> None:
    """Sent again after a lost answer it is one message; without a person there is nobody to say."""
    ada = someone(brand, "Ada")
    mine = (key, token_of(brand, ada))
    said = {"id": "w-1", "text": "我的包裹到哪儿了？"}

    statuses = [phone.post("/v1/inapp/say", auth=mine, json=said).status_code for _ in range(2)]
    ask = {"writeKey": key, "anonymousId": RANDOM}
    nobody = (key, phone.post("/v1/inapp/token", json=ask).json()["token"])

    assert statuses == [200, 200]
    names = [name for name, _ in internal_events(brand)]
    assert names.count("Conversation Message Received") == 1
    assert phone.post("/v1/inapp/say", auth=nobody, json=said).status_code == 403
    assert phone.post("/v1/inapp/say", auth=mine, json={"text": ""}).status_code == 422
