"""Messages by agreement and in windows: one credit a message, whoever asks at once."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.console.visiting import signed_in, visitor
from tests.integration.outbox import message, put_template, queue
from tests.integration.people import BRAND, NOW
from tests.integration.test_contact_points import tell, who

from huiliu.channels.access import Access
from huiliu.channels.douyin_mini import DouyinMiniProvider
from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.channels.tokens import FORCERS, MINTERS, SharedTokens
from huiliu.channels.wechat import WechatProvider
from huiliu.channels.wechat_mini import WechatMiniProvider
from huiliu.fakes.providers.cloud import Push
from huiliu.fakes.providers.douyin import FakeDouyin
from huiliu.fakes.providers.wechat import FakeWechat
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.channel import Callback, ChannelAccount, Provider
from huiliu.ports.credits import Asking, Grant
from huiliu.ports.messages import MessageRow
from huiliu.ports.world import World
from huiliu.services.callbacks import callback_url, receive_callback
from huiliu.services.create_key import create_key
from huiliu.services.dispatch import dispatch
from huiliu.services.message_credits import service_window
from huiliu.services.receive import receive
from huiliu.stores.clock import SimulatedClock

SHIPPED = """\
huiliu: 1
kind: template
slug: shipped
name: {en: Shipped}
channel: mini_program
class: service
locales:
  zh-CN:
    template_id: S1
    page: "pages/order?id={{ event.order_id }}"
    fields: {thing1: "{{ event.order_id }}", phrase2: 已发货}
"""
ANSWER = """\
huiliu: 1
kind: template
slug: answer
name: {en: Answer}
channel: wechat
class: service
locales:
  zh-CN: {type: service, text: "您好，{{ event.order_id }} 已发货"}
"""
NEWS = (
    ANSWER.replace("answer", "news")
    .replace("type: service", "type: template")
    .replace("text:", "template_id: T1, fields: {thing1: 茶叶礼盒}, title:")
)
MASS = (
    ANSWER.replace("answer", "weekend")
    .replace("type: service", "type: mass")
    .replace("您好，{{ event.order_id }} 已发货", "周末新茶八折")
)


class Shop:
    """A world with an official account, a mini-program and Douyin, all fakes."""

    def __init__(self, world: World, wechat: FakeWechat, douyin: FakeDouyin) -> None:
        """Hold all of it."""
        self.world, self.wechat, self.douyin = world, wechat, douyin

    def openid(self, user: str, channel: str = "wechat", **more: object) -> str:
        """Let a person be reachable; return their openid."""
        openid = f"o{user}-{channel}-abcdefghijklmnopqrs"
        name = "douyin_openid" if channel == "douyin" else "wechat_openid"
        tell(self.world, {
            "type": "track", "event": "Contact Point Added", "userId": user,
            "properties": {"channel": channel, **more},
            "context": {"externalIds": [{"type": name, "id": openid}]},
        })  # fmt: skip
        return openid

    def agree(self, user: str, template: str = "S1", channel: str = "mini_program") -> None:
        """Let the client tell that a person agreed to one message."""
        tell(self.world, {
            "type": "track", "event": "Message Credit Granted", "userId": user,
            "properties": {"channel": channel, "template_id": template, "source": "client"},
        })  # fmt: skip

    def push(self, push: Push, channel: str = "wechat") -> None:
        """Bring a push of a fake to its account, and read what it says."""
        with self.world.store.system() as tx:
            accounts = {one.channel: one for one in tx.channels.accounts(BRAND)}
        code = callback_url(self.world.secrets, "", accounts[channel]).rsplit("/", 1)[-1]
        headers = {name.lower(): value for name, value in push.headers.items()}
        answer = receive_callback(self.world, code, Callback("POST", push.url, headers, push.body))
        assert answer.status == 200
        tell(self.world)

    def send(self, user: str, template: str, channel: str = "wechat") -> MessageRow:
        """Queue one message and dispatch; return how it stands."""
        queued = queue(self.world, who(self.world, user), template, channel=channel)
        dispatch(self.world)
        return message(self.world, queued)

    def rights(self, user: str) -> dict[str, int]:
        """Return what a person has, by subject."""
        with self.world.store.system() as tx:
            rows = tx.credits.of_person(BRAND, who(self.world, user), self.world.clock.now())
        return {row.subject: row.n for row in rows}


@pytest.fixture
def shop(world: World, clock: SimulatedClock) -> Iterator[Shop]:
    """Wire a shop whose platforms are fakes that insist on agreements and windows."""
    rule = HostRule.parse("127.0.0.1")
    outbound = HttpOutbound(rule)
    tokens = SharedTokens(world.store, outbound, clock, MINTERS, FORCERS)
    doors = Access(rule, outbound, clock, tokens)
    providers: list[Provider] = [
        WechatProvider(doors),
        WechatMiniProvider(doors),
        DouyinMiniProvider(doors),
    ]
    with FakeWechat(now=clock.now) as wechat, FakeDouyin(now=clock.now) as douyin:
        wechat.is_strict = douyin.is_strict = True
        with world.store.system() as tx:
            for one in providers:
                config = (douyin if one.channel == "douyin" else wechat).config
                tx.channels.put(
                    ChannelAccount(BRAND, one.channel, "main", config, provider=one.name), NOW
                )
        for source in (SHIPPED, ANSWER, NEWS, MASS):
            put_template(world, source)
        put_template(world, SHIPPED.replace("shipped", "tt").replace("mini_program", "douyin")
                     .replace("phrase2", "状态"))  # fmt: skip
        wired = dataclasses.replace(
            world, providers={one.name: one for one in providers}, outbound=outbound
        )
        try:
            yield Shop(wired, wechat, douyin)
        finally:
            outbound.close()


def test_a_subscription_message_goes_once_for_each_agreement(shop: Shop) -> None:
    """Without one nothing goes; with one the first goes and the second does not."""
    openid = shop.openid("ada", "mini_program")
    none = shop.send("ada", "shipped", "mini_program")
    shop.wechat.agreed[openid, "S1"] += 1
    shop.agree("ada")
    first = shop.send("ada", "shipped", "mini_program")
    second = shop.send("ada", "shipped", "mini_program")

    assert (none.status, none.reason) == ("not_sent", "no_credit")
    assert first.status == "sent"
    assert (second.status, second.reason) == ("not_sent", "no_credit")
    (body,) = shop.wechat.bodies.values()
    assert body["page"] == "pages/order?id=o-1"
    assert body["data"] == {"thing1": {"value": "o-1"}, "phrase2": {"value": "已发货"}}


def test_an_agreement_told_by_client_and_platform_is_one(shop: Shop) -> None:
    """The same tap comes twice, from both sides; a repeat of either changes nothing."""
    openid = shop.openid("ada", "mini_program")
    shop.agree("ada")
    push = shop.wechat.agree(openid, "S1")
    shop.push(push, "mini_program")
    shop.push(push, "mini_program")

    assert shop.rights("ada") == {"S1": 1}


def test_a_person_who_agreed_is_reached_there_from_then_on(shop: Shop) -> None:
    """What the platform tells is enough: nobody registered the openid before."""
    openid = "oNewcomerabcdefghijklmnopqrs"
    shop.push(shop.wechat.agree(openid, "S1"), "mini_program")
    with shop.world.store.system() as tx:
        key = tx.people.resolve(BRAND, [_key(shop.world, openid)])
        (person,) = key.values()
        points = tx.contacts.of_people(BRAND, "mini_program", [person])

    assert [one.key for one in points[person]] == [_key(shop.world, openid)]


def _key(world: World, openid: str) -> bytes:
    """Return the key of an openid."""
    return world.secrets.identifier_key(BRAND, IdentifierType.WECHAT_OPENID, openid)


def test_a_refusal_of_the_platform_takes_all_that_was_left(shop: Shop) -> None:
    """43101: the person switched it off, whatever we counted; other templates stay."""
    shop.openid("ada", "mini_program")
    for template in ("S1", "S1", "S2"):
        shop.agree("ada", template)
        shop.world.clock.advance(5 * MINUTE)  # type: ignore[attr-defined] # of tests
    refused = shop.send("ada", "shipped", "mini_program")

    assert (refused.status, refused.reason) == ("failed", "provider_rejected")
    assert shop.rights("ada") == {"S2": 1}


def test_a_message_that_waits_keeps_its_credit_and_one_that_never_goes_gives_it_back(
    shop: Shop,
) -> None:
    """A fault of WeChat's holds the credit for the retry; a template that is refused does not."""
    openid = shop.openid("ada", "mini_program")
    shop.agree("ada")
    shop.wechat.agreed[openid, "S1"] += 1
    shop.wechat.daily["/cgi-bin/message/subscribe/send"] = 0
    waits = shop.send("ada", "shipped", "mini_program")
    held = shop.rights("ada")
    del shop.wechat.daily["/cgi-bin/message/subscribe/send"]
    shop.world.clock.advance(DAY)  # type: ignore[attr-defined] # of tests
    dispatch(shop.world)

    assert waits.status == "queued"
    assert held == {}
    assert message(shop.world, waits.queued.message_id).status == "sent"


def test_credits_are_spent_once_however_many_workers_ask_at_once(shop: Shop) -> None:
    """Fifty at the same moment for twenty credits: twenty get one, each another."""
    shop.openid("ada", "mini_program")
    store, now = shop.world.store, shop.world.clock.now()
    me = who(shop.world, "ada")
    with store.system() as tx:
        (point,) = tx.contacts.of_people(BRAND, "mini_program", [me])[me]
        tx.credits.grant([
            Grant(BRAND, "mini_program", "", point.key, me, "S1", nth, 1, now) for nth in range(20)
        ])  # fmt: skip
    got: list[bytes] = []
    together = threading.Barrier(50)

    def ask(nth: int) -> None:
        """Ask twice for one message, as a retry does."""
        mine = nth.to_bytes(16, "big")
        together.wait()
        with store.system() as tx:
            taken = tx.credits.take(BRAND, Asking(mine, point, ("S1",)), now)
            again = tx.credits.take(BRAND, Asking(mine, point, ("S1",)), now)
        assert taken == again
        got.extend([mine] if taken else [])

    workers = [threading.Thread(target=ask, args=(nth,)) for nth in range(50)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert len(got) == len(set(got)) == 20
    assert shop.rights("ada") == {}


def test_fifty_messages_of_one_person_and_many_workers_spend_each_credit_once(
    shop: Shop,
) -> None:
    """The whole way through dispatch: ten agreements, fifty messages, ten go."""
    openid = shop.openid("ada", "mini_program")
    store, now = shop.world.store, shop.world.clock.now()
    me = who(shop.world, "ada")
    with store.system() as tx:
        (point,) = tx.contacts.of_people(BRAND, "mini_program", [me])[me]
        tx.credits.grant([
            Grant(BRAND, "mini_program", "", point.key, me, "S1", nth, 1, now) for nth in range(10)
        ])  # fmt: skip
    shop.wechat.agreed[openid, "S1"] = 50
    queued = [queue(shop.world, me, "shipped", channel="mini_program") for _ in range(50)]
    together = threading.Barrier(4)

    def work() -> None:
        """Dispatch until nothing is left."""
        together.wait()
        while dispatch(shop.world, limit=7):
            continue

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    states = [message(shop.world, one).status for one in queued]
    assert (states.count("sent"), states.count("not_sent")) == (10, 40)
    assert len(shop.wechat.sent) == 10


def test_a_customer_service_window_has_five_places_for_two_days(shop: Shop) -> None:
    """It opens when a person writes, and each message takes a place."""
    openid = shop.openid("ada")
    shut = shop.send("ada", "answer")
    shop.wechat.reply(openid, "在吗")
    shop.push(shop.wechat.take()[-1])
    world = shop.world
    with world.store.system() as tx:
        window = service_window(tx, world, BRAND, who(world, "ada"), world.clock.now())
    rows = [shop.send("ada", "answer") for _ in range(6)]

    assert (shut.status, shut.reason) == ("not_sent", "window_closed")
    assert window is not None
    assert (window.left, window.until - world.clock.now()) == (5, 48 * HOUR)
    assert [row.status for row in rows] == ["sent"] * 5 + ["not_sent"]
    assert rows[-1].reason == "window_closed"


def test_a_window_of_a_scan_is_open_for_a_minute(shop: Shop) -> None:
    """Three messages; a button that only shows a page opens none."""
    openid = shop.openid("ada")
    shop.wechat.opened(openid, 3, 60)
    shop.push(shop.wechat.ground.happen(openid, "VIEW", "https://brand.example/x"))
    before = shop.rights("ada")
    shop.push(shop.wechat.ground.happen(openid, "SCAN", "store-7"))
    after = shop.rights("ada")
    shop.world.clock.advance(2 * MINUTE)  # type: ignore[attr-defined] # of tests
    late = shop.send("ada", "answer")

    assert before == {}
    assert after == {"window:scan": 3}
    assert (late.status, late.reason) == ("not_sent", "window_closed")


def test_what_wechat_says_of_a_window_counts_more_than_what_we_think(shop: Shop) -> None:
    """45015: it is shut, so what is left of it is taken away."""
    openid = shop.openid("ada")
    shop.wechat.reply(openid, "在吗")
    shop.push(shop.wechat.take()[-1])
    shop.wechat.windows.clear()
    first, second = shop.send("ada", "answer"), shop.send("ada", "answer")

    assert (first.status, first.reason) == ("failed", "provider_rejected")
    assert second.reason == "window_closed"


def test_a_template_message_that_a_person_muted_is_not_tried_again_for_a_month(
    shop: Shop,
) -> None:
    """43101 of one template is no refusal of the others, and is forgotten after thirty days."""
    tell(shop.world, {
        "type": "track", "event": "Contact Point Added", "userId": "bob",
        "properties": {"channel": "wechat", "openid": "oBobabcdefghijklmnopqrst-43101"},
    })  # fmt: skip
    first, second = shop.send("bob", "news"), shop.send("bob", "news")
    shop.world.clock.advance(31 * DAY)  # type: ignore[attr-defined] # of tests
    third = shop.send("bob", "news")

    assert (first.status, second.reason, third.status) == ("failed", "template_muted", "failed")


def test_a_spent_quota_holds_that_kind_until_midnight_and_no_other(
    shop: Shop, clock: SimulatedClock
) -> None:
    """Template messages wait for 00:00 in China; an answer to a customer goes all the same."""
    openid = shop.openid("ada")
    shop.wechat.reply(openid, "在吗")
    shop.push(shop.wechat.take()[-1])
    shop.wechat.daily["/cgi-bin/message/template/send"] = 2
    rows = [shop.send("ada", "news") for _ in range(2)]
    refused = shop.send("ada", "news")
    calls = shop.wechat.asked["POST /cgi-bin/message/template/send"]
    held = shop.send("ada", "news")
    clock.advance(10 * MINUTE)
    answered = shop.send("ada", "answer")
    dispatch(shop.world)

    assert [row.status for row in rows] == ["sent", "sent"]
    assert refused.status == "queued"
    assert (held.status, held.reason) == ("queued", "quota_used_up")
    assert answered.status == "sent"
    assert shop.wechat.asked["POST /cgi-bin/message/template/send"] == calls
    clock.advance(13 * HOUR)
    for _ in range(10):
        # The account was slowed down when it was refused: it takes one message a second at first.
        dispatch(shop.world)
        clock.advance(MINUTE)
    ids = (refused.queued.message_id, held.queued.message_id)
    assert [message(shop.world, one).status for one in ids] == ["sent", "sent"]


def test_a_person_gets_four_mass_messages_a_month(shop: Shop, clock: SimulatedClock) -> None:
    """The fifth is refused with its reason; the next month begins anew."""
    people = ["ada", "bob"]
    for one in people:
        shop.openid(one)
    for _ in range(4):
        ids = [queue(shop.world, who(shop.world, one), "weekend", channel="wechat")
               for one in people]  # fmt: skip
        dispatch(shop.world)
        assert {message(shop.world, one).status for one in ids} == {"sent"}
    fifth = shop.send("ada", "weekend")
    clock.advance(31 * DAY)
    later = [queue(shop.world, who(shop.world, one), "weekend", channel="wechat") for one in people]
    dispatch(shop.world)

    assert (fifth.status, fifth.reason) == ("not_sent", "mass_quota")
    assert {message(shop.world, one).status for one in later} == {"sent"}
    assert shop.wechat.asked["POST /cgi-bin/message/mass/send"] == 5


def test_marketing_never_goes_as_a_template_message(shop: Shop) -> None:
    """WeChat bans accounts that advertise so; a template of that class is refused at the gate."""
    shop.openid("ada")
    tell(shop.world, {
        "type": "track", "event": "Consent Granted", "userId": "ada",
        "properties": {"channel": "wechat", "purpose": "marketing"},
    })  # fmt: skip
    queued = queue(
        shop.world, who(shop.world, "ada"), "news", channel="wechat", message_class="marketing"
    )
    dispatch(shop.world)

    row = message(shop.world, queued)
    assert (row.status, row.reason) == ("not_sent", "class_not_allowed")


def test_a_field_that_does_not_fit_is_never_sent(shop: Shop) -> None:
    """What was filled in is too long for WeChat: told here, and no credit is lost."""
    shop.openid("ada", "mini_program")
    shop.agree("ada")
    put_template(
        shop.world,
        SHIPPED.replace("thing1: ", "thing3: 二十个字以上的一段话说了很多很多还没有说完, thing1: "),
    )
    row = shop.send("ada", "shipped", "mini_program")

    assert (row.status, row.reason) == ("not_sent", "field_invalid")
    assert shop.rights("ada") == {"S1": 1}


def test_an_unfollower_is_reached_no_more_and_the_person_stays(shop: Shop) -> None:
    """43004 ends the contact point of this account, nothing else."""
    tell(shop.world, {
        "type": "track", "event": "Contact Point Added", "userId": "bob",
        "properties": {"channel": "wechat", "openid": "oBobabcdefghijklmnopqrst-43004"},
    })  # fmt: skip
    first, second = shop.send("bob", "news"), shop.send("bob", "news")

    assert (first.status, first.reason) == ("failed", "address_dead")
    assert second.reason == "address_missing"


def test_douyin_s_subscription_messages_go_by_its_webhook_s_word(shop: Shop) -> None:
    """Once for one agreement, any number for one that holds, none after a refusal for good."""
    openid = "oDouyinabcdefghijklmnopqrs"
    shop.push(shop.douyin.agree(openid, "S1"), "douyin")
    tell(shop.world, {
        "type": "identify", "userId": "ada",
        "context": {"externalIds": [{"type": "douyin_openid", "id": openid}]},
    })  # fmt: skip
    rows = [shop.send("ada", "tt", "douyin") for _ in range(2)]
    shop.world.clock.advance(MINUTE)  # type: ignore[attr-defined] # of tests
    shop.push(shop.douyin.agree(openid, "S1", 2), "douyin")
    lasting = [shop.send("ada", "tt", "douyin").status for _ in range(3)]
    shop.push(shop.douyin.agree(openid, "S1", 3), "douyin")
    refused = shop.send("ada", "tt", "douyin")

    assert [(row.status, row.reason) for row in rows] == [("sent", ""), ("not_sent", "no_credit")]
    assert lasting == ["sent"] * 3
    assert refused.reason == "no_credit"


def test_a_forged_webhook_of_douyin_is_refused(shop: Shop) -> None:
    """Another body than the signed one gives nobody a credit."""
    push = shop.douyin.agree("oX", "S1")
    provider = shop.world.providers["douyin_mini"]
    with shop.world.store.system() as tx:
        (account,) = [one for one in tx.channels.accounts(BRAND) if one.channel == "douyin"]
    headers = {name.lower(): value for name, value in push.headers.items()}
    forged = Callback("POST", push.url, headers, push.body.replace(b"oX", b"oY"))
    challenge = shop.douyin.push({"event": "verify_webhook", "content": {"challenge": 12345}})
    asked = Callback(
        "POST", "", {k.lower(): v for k, v in challenge.headers.items()}, challenge.body
    )

    assert provider.callback(account, forged).status == 401
    assert provider.callback(account, asked).body == b'{"challenge":12345}'


def test_receipts_settle_what_was_sent(shop: Shop) -> None:
    """A template message is delivered or blocked as its event says."""
    openid = shop.openid("ada")
    sent = shop.send("ada", "news")
    for push in shop.wechat.take():
        shop.push(push)
    receive(shop.world)

    assert openid
    assert message(shop.world, sent.queued.message_id).status == "delivered"


def test_pages_and_api_show_what_an_account_has_to_send_with(shop: Shop, tmp_path: Path) -> None:
    """Windows and agreements by subject, a stopped kind, and quotas as the platform says them."""
    openid = shop.openid("ada")
    shop.openid("ada", "mini_program")
    shop.agree("ada")
    shop.wechat.reply(openid, "在吗")
    shop.push(shop.wechat.take()[-1])
    shop.wechat.daily["/cgi-bin/message/template/send"] = 0
    shop.send("ada", "news")
    client = signed_in(shop.world, tmp_path)
    server, key = visitor(shop.world, tmp_path), (create_key(shop.world, 1, "erp", "api")[1], "")
    person = show_profile_id(who(shop.world, "ada"))

    page = client.get("/channels/wechat/main").text
    part = client.get("/channels/wechat/main/credits").text
    quotas = client.get("/channels/wechat/main/quotas").text
    profile = client.get(f"/people/{person}").text
    told = server.get("/v1/channels/wechat/main/credits", auth=key).json()
    asked = server.get("/v1/channels/wechat/main/quotas", auth=key).json()
    mini = server.get("/v1/channels/mini_program/main/credits", auth=key).json()
    shown = server.get(f"/v1/profiles/{person}", auth=key).json()

    assert "/channels/wechat/main/credits" in page
    assert "Token of message pushes" in page
    assert "Reply window" in part
    assert "Template messages" in part
    assert "/cgi-bin/message/template/send" in quotas
    assert "S1" in profile
    assert told["credits"] == [{
        "app": "", "subject": "window:message", "people": 1, "free": 5, "taken": 0, "spent": 0,
        "muted": 0,
    }]  # fmt: skip
    assert told["blocked"][0]["kind"] == "template"
    assert {one["path"]: one["left"] for one in asked["quotas"]} == {
        "/cgi-bin/message/template/send": 0, "/cgi-bin/message/custom/send": 100_000,
        "/cgi-bin/message/mass/send": 100_000,
    }  # fmt: skip
    assert [one["subject"] for one in mini["credits"]] == ["S1"]
    assert {one["subject"]: one["left"] for one in shown["credits"]} == {
        "S1": 1, "window:message": 5,
    }  # fmt: skip
    assert server.get("/v1/channels/sms/x/credits", auth=key).status_code == 404
