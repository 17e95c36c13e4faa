"""What an official account shows: codes, menus, articles, and links into mini-programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration.console.visiting import signed_in, token, visitor
from tests.integration.ground.standing import Ground, ground
from tests.integration.outbox import put_template
from tests.integration.people import BRAND

from huiliu.fakes.providers.cloud import Given
from huiliu.fakes.providers.wechat import FakeWechat, FakeWechatMini
from huiliu.kernel.errors import BadInput, Conflict, PlatformFailed
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.world import World
from huiliu.services.articles import (
    Chosen,
    draft_articles,
    list_articles,
    look_at_publishing,
    publish_article,
    remove_draft,
)
from huiliu.services.channel_accounts import add_account
from huiliu.services.create_key import create_key
from huiliu.services.menus import list_menus, publish_menu, remove_menu, show_menus_due
from huiliu.services.mini_links import NewLink, link_address, list_links, make_link, open_link
from huiliu.services.publish import publish
from huiliu.services.scan_codes import NewCode, list_codes, make_code, picture, renew_code
from huiliu.services.staff_tasks import list_tasks
from huiliu.stores.clock import SimulatedClock

CODE = NewCode("wechat", "main", "hz-1", "杭州店", days=30)
MENU = """\
huiliu: 1
kind: menu
slug: main
name: {zh-CN: 主菜单}
account: main
buttons:
  - {name: 商城, url: "https://tea.example/shop"}
"""
FOR_SOME = MENU.replace("slug: main", "slug: ios").replace(
    "buttons:", "for: {platform: ios}\nbuttons:"
)
BRIEF = """\
huiliu: 1
kind: brief
slug: spring
name: {zh-CN: 春茶节}
facts:
  price: {price: 99, currency: CNY}
"""
NEWS = """\
huiliu: 1
kind: template
slug: news
name: {zh-CN: 春茶到店}
channel: wechat
class: service
brief: spring
locales:
  zh-CN:
    type: article
    title: 春茶到店
    image: https://img.example/cover.jpg
    html: '<p>龙井 {{ brief.price }}</p><p><img src="https://img.example/leaf.png"></p>'
    fields: {digest: 明前采摘, author: 青山}
"""
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Pictures:
    """The brand's own server with pictures."""

    def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Give a picture for every address but those that are broken."""
        return [
            HttpAnswer(Reach.ANSWERED, 404)
            if "broken" in one.url
            else HttpAnswer(Reach.ANSWERED, 200, body=PNG + one.url.encode())
            for one in calls
        ]

    def problem(self, url: str) -> str:
        """Find nothing wrong."""
        return ""

    def close(self) -> None:
        """Hold nothing."""


@pytest.fixture
def wechat(clock: SimulatedClock) -> Iterator[FakeWechat]:
    """Run a fake WeChat."""
    with FakeWechat(now=clock.now) as running:
        yield running


@pytest.fixture
def shop(
    world: World, clock: SimulatedClock, wechat: FakeWechat, tmp_path: Path
) -> Iterator[Ground]:
    """Stand on it, with pictures to fetch."""
    with ground(world, clock, wechat, tmp_path, "wechat") as opened:
        opened.world = dataclasses.replace(opened.world, outbound=Pictures())
        yield opened


@pytest.fixture
def mini(world: World, clock: SimulatedClock, tmp_path: Path) -> Iterator[Ground]:
    """Stand on a mini-program."""
    with (
        FakeWechatMini(now=clock.now) as running,
        ground(world, clock, running, tmp_path, "mini_program") as opened,
    ):
        yield opened


def test_a_code_is_made_renewed_and_drawn(
    shop: Ground, wechat: FakeWechat, clock: SimulatedClock
) -> None:
    """Thirty days, then another ticket for the same word; its picture is a file to print."""
    made = make_code(shop.world, BRAND, CODE, "test")
    assert wechat.ground.codes["hz-1"] == (made.ticket, 30 * 86_400)
    assert made.expires_at == clock.now() + 30 * DAY
    again = renew_code(shop.world, BRAND, made.code_id)
    assert (again.scene, again.ticket != made.ticket) == ("hz-1", True)
    png, kind = picture(again.url, "png")
    assert (png[:4], kind) == (b"\x89PNG", "image/png")
    assert picture(again.url, "svg")[0].startswith(b"<?xml")


def test_permanent_codes_are_counted_before_the_platform_is_asked(
    shop: Ground, wechat: FakeWechat
) -> None:
    """The account's number of them is a limit that two at once do not pass."""
    config = {**wechat.config, "permanent_codes": "2"}
    add_account(shop.world, BRAND, "wechat", "main", config, "wechat")

    def one(number: int) -> bool:
        try:
            make_code(
                shop.world, BRAND,
                dataclasses.replace(CODE, scene=f"shelf-{number}", days=0), "test",
            )  # fmt: skip
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(6))) == 2
    assert len(wechat.ground.codes) == 2
    assert len(list_codes(shop.world, BRAND, "wechat")) == 2


def test_what_is_wrong_with_a_code_is_told_at_once(shop: Ground, wechat: FakeWechat) -> None:
    """All of it; and what WeChat refuses leaves nothing behind."""
    bad = NewCode("wechat", "", "有空格 ", "", days=31, answer="长" * 700)
    with pytest.raises(BadInput) as refused:
        make_code(shop.world, BRAND, bad, "test")
    paths = [one.path for one in refused.value.problems]
    assert paths == ["scene", "name", "account", "days", "answer"]
    wechat.ground.faults["/cgi-bin/qrcode/create"] = 48001
    with pytest.raises(PlatformFailed):
        make_code(shop.world, BRAND, CODE, "test")
    assert list_codes(shop.world, BRAND, "wechat") == []


def test_a_menu_is_shown_and_replaced(shop: Ground, wechat: FakeWechat) -> None:
    """Publishing shows it; one for some stands beside it and is replaced, not doubled."""
    assert publish_menu(shop.world, BRAND, MENU, "test")[1] == ""
    assert wechat.ground.menu == {
        "button": [{"type": "view", "name": "商城", "url": "https://tea.example/shop"}]
    }
    publish_menu(shop.world, BRAND, FOR_SOME, "test")
    changed = FOR_SOME.replace("商城", "好茶")
    assert publish_menu(shop.world, BRAND, changed, "test")[1] == ""
    (some,) = wechat.ground.menus_for_some.values()
    assert some["matchrule"] == {"client_platform_type": "1"}
    assert some["button"][0]["name"] == "好茶"
    remove_menu(shop.world, BRAND, "ios")
    remove_menu(shop.world, BRAND, "main")
    assert list_menus(shop.world, BRAND) == []
    left: object = wechat.ground.menu
    assert left is None


def test_a_menu_that_is_refused_is_tried_again_and_told(
    shop: Ground, wechat: FakeWechat, clock: SimulatedClock
) -> None:
    """It is live here, not shown there: a task says so, and an hour later it goes."""
    wechat.ground.faults["/cgi-bin/menu/create"] = 40033
    assert "40033" in publish_menu(shop.world, BRAND, MENU, "test")[1]
    (row,) = list_menus(shop.world, BRAND)
    assert not row.is_shown
    assert [one.link for one in list_tasks(shop.world, BRAND)] == ["/official/menus/main"]
    assert show_menus_due(shop.world, 10) == 0
    clock.advance(HOUR)
    assert show_menus_due(shop.world, 10) == 1
    assert list_menus(shop.world, BRAND)[0].is_shown


def test_a_menu_of_a_folder_reaches_the_account_too(
    shop: Ground, wechat: FakeWechat, clock: SimulatedClock
) -> None:
    """Published as a plain document, it is shown by the loop."""
    publish(shop.world, BRAND, MENU, "test", kind="menu")
    clock.advance(2 * MINUTE)
    assert show_menus_due(shop.world, 10) == 1
    assert wechat.ground.menu is not None
    clock.advance(2 * MINUTE)
    assert show_menus_due(shop.world, 10) == 0


def test_a_brief_becomes_a_draft_and_is_published(shop: Ground, wechat: FakeWechat) -> None:
    """Facts from the brief, pictures at the platform once; the push says where it stands."""
    publish(shop.world, BRAND, BRIEF, "test", kind="brief")
    put_template(shop.world, NEWS)
    row = draft_articles(shop.world, BRAND, "main", [Chosen("news")], "test")
    draft_articles(shop.world, BRAND, "main", [Chosen("news", "zh-CN")], "test")
    (article,) = wechat.ground.drafts[row.draft]
    assert (article["title"], article["digest"], article["author"]) == (
        "春茶到店", "明前采摘", "青山",
    )  # fmt: skip
    assert "99" in article["content"]
    assert "https://img.example" not in article["content"]
    assert len(wechat.ground.pictures) == 2
    job = publish_article(shop.world, BRAND, row.article_id).job
    with pytest.raises(Conflict):
        publish_article(shop.world, BRAND, row.article_id)
    push = wechat.ground.finish(job)
    assert [shop.told(push) for _ in range(2)] == [b"success"] * 2
    done = list_articles(shop.world, BRAND)[-1]
    assert (done.state, done.urls) == ("published", (f"http://mp.weixin.qq.com/s/{job}-1",))


def test_a_publishing_of_which_nothing_is_heard_is_asked_about(
    shop: Ground, wechat: FakeWechat, clock: SimulatedClock
) -> None:
    """The push was lost: the platform is asked; a failure becomes a task."""
    publish(shop.world, BRAND, BRIEF, "test", kind="brief")
    put_template(shop.world, NEWS)
    row = draft_articles(shop.world, BRAND, "main", [Chosen("news")], "test")
    job = publish_article(shop.world, BRAND, row.article_id).job
    wechat.ground.finish(job, 4)
    assert look_at_publishing(shop.world, 10) == 0
    clock.advance(3 * MINUTE)
    assert look_at_publishing(shop.world, 10) == 1
    (done,) = list_articles(shop.world, BRAND)
    assert (done.state, done.reason) == ("failed", "review")
    assert [one.link for one in list_tasks(shop.world, BRAND)] == ["/official/articles"]
    remove_draft(shop.world, BRAND, row.article_id)
    assert wechat.ground.drafts == {}


def test_a_publishing_whose_answer_was_lost_is_not_handed_in_twice(
    shop: Ground, wechat: FakeWechat, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether it was taken: a person looks before it may be tried again."""
    publish(shop.world, BRAND, BRIEF, "test", kind="brief")
    put_template(shop.world, NEWS)
    row = draft_articles(shop.world, BRAND, "main", [Chosen("news")], "test")
    monkeypatch.setattr(wechat, "answer", lambda _: Given(instead="drop"))
    with pytest.raises(PlatformFailed):
        publish_article(shop.world, BRAND, row.article_id)
    with pytest.raises(Conflict):
        publish_article(shop.world, BRAND, row.article_id)
    clock.advance(3 * MINUTE)
    assert look_at_publishing(shop.world, 10) == 1
    (done,) = list_articles(shop.world, BRAND)
    assert (done.state, done.reason) == ("failed", "unknown")
    assert [one.link for one in list_tasks(shop.world, BRAND)] == ["/official/articles"]


def test_what_the_platform_would_refuse_of_an_article_is_told_before(shop: Ground) -> None:
    """A picture that is not there, a script, a template of another kind: all at once."""
    publish(shop.world, BRAND, BRIEF, "test", kind="brief")
    put_template(shop.world, NEWS.replace("leaf.png", "broken.png"))
    with pytest.raises(BadInput) as refused:
        draft_articles(shop.world, BRAND, "main", [Chosen("news"), Chosen("none")], "test")
    assert [one.path for one in refused.value.problems] == ["templates[1]"]
    with pytest.raises(BadInput, match=r"broken\.png"):
        draft_articles(shop.world, BRAND, "main", [Chosen("news")], "test")
    put_template(shop.world, NEWS.replace("<p>龙井", "<script>1</script><p>龙井"))
    with pytest.raises(BadInput, match="script"):
        draft_articles(shop.world, BRAND, "main", [Chosen("news")], "test")
    assert list_articles(shop.world, BRAND) == []


def test_a_link_is_made_for_who_presses_and_for_nobody_else(mini: Ground) -> None:
    """A preview asks for nothing; each press makes one; the quota of the day is kept by all."""
    new = NewLink("main", "新品", "pages/new/index", "from=sms", "https://tea.example/new")
    link = make_link(mini.world, BRAND, new, "test")
    wechat = mini.fake
    assert isinstance(wechat, FakeWechatMini)
    path = "/w/" + link_address(mini.world, link).rpartition("/")[2]
    page = mini.http.get(path)
    assert (page.status_code, wechat.ground.links) == (200, [])
    pressed = mini.http.post(path)
    assert "https://wxaurl.cn/" in pressed.text
    assert wechat.ground.links[0]["path"] == "pages/new/index"
    add_account(
        mini.world, BRAND, "mini_program", "main", {**wechat.config, "links_a_day": "5"},
        "wechat_mini",
    )  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: open_link(mini.world, link.code).reason, range(12)))
    assert (opened.count(""), opened.count("quota")) == (4, 8)
    refused = mini.http.post(path)
    assert (refused.status_code, "https://tea.example/new" in refused.text) == (503, True)
    (row,) = list_links(mini.world, BRAND)
    assert (row.n_opened, row.n_refused) == (5, 9)
    assert mini.http.get("/w/AAAAAAAAAA").status_code == 404


def test_pages_and_their_twins_do_the_same(
    shop: Ground, wechat: FakeWechat, tmp_path: Path
) -> None:
    """Every page opens in both languages; a code is made by form and by key; bad input is told."""
    client = signed_in(shop.world, tmp_path)
    for path in ("", "/codes", "/menus", "/menus/new", "/articles", "/links"):
        for lang in ("zh-CN", "en"):
            assert client.get(f"/official{path}?lang={lang}").status_code == 200, path
    for path in ("/wecom", "/wecom/jobs", "/wecom/groups"):
        assert client.get(path).status_code == 200
    typed = {"csrf": token(client, "/official/codes"), "account": "main", "name": "杭州店",
             "scene": "hz-1", "days": "7"}  # fmt: skip
    assert client.post("/official/codes", data=typed).status_code == 303
    assert client.post("/official/codes", data=typed).status_code == 409
    wrong = client.post("/official/codes", data={**typed, "scene": "a b", "days": "x"})
    assert wrong.status_code == 422
    assert "杭州店" in client.get("/official/codes").text
    saved = client.post("/official/menus/save", data={"csrf": typed["csrf"], "source": MENU})
    assert saved.headers["location"] == "/official/menus?done=shown"
    assert client.get("/official/menus/main").status_code == 200
    _, key = create_key(shop.world, BRAND, "server", "api")
    server = visitor(shop.world, tmp_path)
    asked = {"auth": (key, "")}
    (code,) = server.get("/v1/official/codes", **asked).json()["codes"]
    drawn = server.get(f"/v1/official/codes/{code['id']}/picture.svg", **asked)
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    (menu,) = server.get("/v1/official/menus", **asked).json()["menus"]
    assert (menu["slug"], menu["shown"]) == ("main", True)
    new = {"account": "main", "scene": "hz-2", "name": "二店", "days": 0}
    assert server.post("/v1/official/codes", json=new, **asked).json()["expires_at"] is None
    bad = server.post("/v1/official/codes", json={**new, "scene": "ö"}, **asked)
    assert (bad.status_code, bad.json()["problems"][0]["path"]) == (422, "scene")
