"""Official accounts and mini-programs of WeChat, against a fake that checks as they do."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

import pytest
from msgspec.structs import replace
from tests.conftest import BRAND, NOW
from tests.integration.providers.carrying import CALLBACK, access, pushed
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatClientException

from huiliu.channels.tokens import FORCERS, MINTERS, SharedTokens
from huiliu.channels.wechat import WechatProvider
from huiliu.channels.wechat_mini import WechatMiniProvider
from huiliu.fakes.providers.wechat import FakeWechat
from huiliu.kernel.times import HOUR, MINUTE, SECOND
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.postgres import PostgresStore

OPENID = "oABCdefGHIjklMNOpqrSTUvwxYZab"
TEMPLATE = {
    "type": "template", "template_id": "T1", "fields.thing1": "茶叶礼盒", "fields.amount2": "￥9.9",
}  # fmt: skip


def words(number: int, to: str = "", **parts: str) -> OutboundMessage:
    """Return the so-manieth message of an official account; a template message unless said."""
    return OutboundMessage(
        message_id=number.to_bytes(16, "big"), address=to or f"{OPENID}x{number:04}",
        parts=parts or TEMPLATE, message_class="service", at=NOW, locale="zh-CN",
    )  # fmt: skip


def service(number: int, to: str = "", **parts: str) -> OutboundMessage:
    """Return a customer-service message."""
    return words(number, to, **({"type": "service", "text": "您好"} | parts))


class Office:
    """A fake account with providers that share its tokens through the database."""

    def __init__(
        self, fake: FakeWechat, provider: WechatProvider, mini: WechatMiniProvider,
        tokens: SharedTokens,
    ) -> None:  # fmt: skip
        """Hold all of it."""
        self.fake, self.provider, self.mini, self.tokens = fake, provider, mini, tokens

    @property
    def account(self) -> ChannelAccount:
        """Return the official account."""
        return ChannelAccount(BRAND, "wechat", "main", self.fake.config, provider="wechat")

    @property
    def app(self) -> ChannelAccount:
        """Return the mini-program."""
        config = self.fake.config
        return ChannelAccount(BRAND, "mini_program", "app", config, provider="wechat_mini")

    def send(self, *messages: OutboundMessage) -> list[Answer]:
        """Send by the official account; answers in the order of messages."""
        found = {one.message_id: one for one in self.provider.send(self.account, messages)}
        return [found[one.message_id] for one in messages]


@contextmanager
def opened(clock: SimulatedClock, store: PostgresStore) -> Iterator[Office]:
    """Lend a fake and what calls it."""
    with access(clock) as plain, FakeWechat(now=clock.now) as fake:
        fake.callback_url = CALLBACK
        tokens = SharedTokens(store, plain.http, clock, MINTERS, FORCERS)
        with access(clock, tokens=tokens) as doors:
            yield Office(fake, WechatProvider(doors), WechatMiniProvider(doors), tokens)


@pytest.fixture
def office(clock: SimulatedClock, store: PostgresStore) -> Iterator[Office]:
    """Lend a fake and what calls it, for one test."""
    with opened(clock, store) as lent:
        yield lent


def test_a_template_message_arrives_and_its_report_finds_it(office: Office) -> None:
    """Taken with its fields, reported in safe mode by the id that the answer gave."""
    answers = office.send(*[words(n) for n in range(1, 21)])
    receipts = [
        one for push in office.fake.take()
        for one in pushed(office.provider, office.account, push).receipts
    ]  # fmt: skip

    assert {one.state for one in answers} == {AnswerState.ACCEPTED}
    assert sorted(one.provider_id for one in receipts) == sorted(
        one.provider_ids[0] for one in answers
    )
    assert {one.state for one in receipts} == {"delivered"}
    assert office.fake.tokens.n_stable == 1
    body = office.fake.bodies[words(3).message_id.hex()]
    assert body["data"] == {"thing1": {"value": "茶叶礼盒"}, "amount2": {"value": "￥9.9"}}


CODES = {
    40003: "suppress", 43004: "suppress", 43019: "suppress", 48002: "suppress",
    43101: "rejected", 45015: "rejected", 45047: "rejected", 40037: "fix", 47003: "fix",
    41030: "fix", 87014: "fix", 48001: "pause", 48004: "pause", 50002: "pause", 45011: "retry",
    45065: "accepted", 43116: "accepted",
}  # fmt: skip


def test_a_code_means_what_the_reference_says(office: Office) -> None:
    """Each return code leads to its reaction, and its words name nobody."""
    answers = {code: office.send(words(code, to=f"{OPENID}{code}"))[0] for code in CODES}

    assert {code: answer.state.value for code, answer in answers.items()} == CODES
    assert not any(OPENID in answer.response for answer in answers.values())


def test_a_lost_answer_to_a_template_message_is_asked_for_and_nothing_goes_twice(
    office: Office,
) -> None:
    """The repeat carries the same id of ours, so WeChat says that it has the message."""
    (answer,) = office.send(words(1, to=f"{OPENID}9009"))

    assert answer.state is AnswerState.ACCEPTED
    assert len(office.fake.sent) == 1


def test_a_lost_answer_whose_repeat_is_put_off_stays_unknown(office: Office) -> None:
    """The first went; later, when WeChat knows no repeat any more, it would go once more."""
    office.fake.daily["/cgi-bin/message/template/send"] = 1
    (answer,) = office.send(words(1, to=f"{OPENID}9009"))

    assert answer.state is AnswerState.UNKNOWN
    assert len(office.fake.sent) == 1


def test_a_lost_answer_to_a_customer_service_message_stays_unknown(office: Office) -> None:
    """It has no id by which WeChat would know a repeat."""
    (answer,) = office.send(service(1, to=f"{OPENID}9009"))

    assert answer.state is AnswerState.UNKNOWN
    assert len(office.fake.sent) == 1


def test_a_token_that_dies_is_asked_for_once_and_every_message_goes(office: Office) -> None:
    """Somebody else forced another one: ours is refused, the new one is got without force."""
    office.send(words(1))
    office.fake.tokens.replace()

    answers = office.send(*[words(n) for n in range(2, 32)])

    assert {one.state for one in answers} == {AnswerState.ACCEPTED}
    assert office.fake.tokens.n_forced == 0
    assert len(office.fake.sent) == 31


def test_a_token_that_is_refused_though_in_force_is_forced_once(office: Office) -> None:
    """The plain question gives the refused token again; only then another one is forced."""
    office.send(words(1))
    office.fake.tokens.refused.add(office.fake.tokens.stable)

    answers = office.send(*[words(n) for n in range(2, 12)])

    assert {one.state for one in answers} == {AnswerState.ACCEPTED}
    assert office.fake.tokens.n_forced == 1


def test_a_storm_of_refused_tokens_from_many_workers_renews_once(
    clock: SimulatedClock, store: PostgresStore, office: Office
) -> None:
    """Eight workers find their token dead at the same moment: one new token, no message twice."""
    office.send(words(1))
    office.fake.tokens.refused.add(office.fake.tokens.stable)
    asked_before = office.fake.asked["POST /cgi-bin/stable_token"]
    states: list[AnswerState] = []
    together = threading.Barrier(8)

    def work(nth: int) -> None:
        """Send as one worker among others, with doors of its own."""
        with access(clock) as plain:
            tokens = SharedTokens(store, plain.http, clock, MINTERS, FORCERS)
            with access(clock, tokens=tokens) as doors:
                provider = WechatProvider(doors)
                together.wait()
                mine = [words(100 * nth + n) for n in range(1, 6)]
                states.extend(one.state for one in provider.send(office.account, mine))

    workers = [threading.Thread(target=work, args=(nth,)) for nth in range(1, 9)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert states == [AnswerState.ACCEPTED] * 40
    assert len(office.fake.sent) == 41
    assert office.fake.tokens.n_forced == 1
    assert office.fake.asked["POST /cgi-bin/stable_token"] - asked_before == 2


def test_a_spent_quota_stops_every_call_until_midnight_in_china(
    office: Office, clock: SimulatedClock
) -> None:
    """45009: the rest of the call is not tried, and the wait ends at 00:00 in China."""
    office.fake.daily["/cgi-bin/message/template/send"] = 10

    answers = office.send(*[words(n) for n in range(1, 101)])

    stopped = [one for one in answers if one.state is AnswerState.THROTTLED]
    assert len(office.fake.sent) == 10
    assert len(stopped) == 90
    midnight = (NOW + 8 * HOUR) // (24 * HOUR) * 24 * HOUR + 16 * HOUR
    assert {clock.now() + one.retry_after for one in stopped} == {midnight}
    assert office.fake.asked["POST /cgi-bin/message/template/send"] <= 16


def test_a_limit_of_the_minute_waits_a_minute_only(office: Office) -> None:
    """45009 while calls of the day are left speaks of the minute: the quota tells them apart."""
    (answer,) = office.send(words(1, to=f"{OPENID}45009"))

    assert answer.state is AnswerState.THROTTLED
    assert answer.retry_after == MINUTE


def test_a_wrong_secret_pauses_with_the_words_of_wechat(office: Office) -> None:
    """Nobody waits for a token that will never come."""
    account = ChannelAccount(
        BRAND, "wechat", "main", {**office.fake.config, "app_secret": "no"}, provider="wechat"
    )
    (answer,) = office.provider.send(account, [words(1)])

    assert (answer.state, answer.code) == (AnswerState.PAUSE, "40125")


def test_customer_service_messages_take_the_form_of_what_they_hold(office: Office) -> None:
    """Words, an article with a link, a picture, a card of a mini-program."""
    office.send(
        service(1), service(2, title="新茶", url="https://brand.example/t", image="https://i/x.png"),
        service(3, text="", media="M1"), service(4, app="wx1", page="p/o?id=1", media="M2"),
    )  # fmt: skip

    kinds = [body["msgtype"] for body in office.fake.bodies.values()]
    assert set(kinds) == {"text", "news", "image", "miniprogrampage"}
    assert len(kinds) == 4


def test_a_mass_message_is_one_call_for_all_and_no_repeat_of_it_goes(office: Office) -> None:
    """Two hundred people, one call; the same batch again is known by our id."""
    people = [words(n, type="mass", text="周末新茶八折") for n in range(1, 201)]

    first, second = office.send(*people), office.send(*people)

    assert {one.state for one in (*first, *second)} == {AnswerState.ACCEPTED}
    assert office.fake.asked["POST /cgi-bin/message/mass/send"] == 2
    assert len(office.fake.sent) == 200


def test_a_mass_message_for_one_waits_unless_a_companion_goes_along(office: Office) -> None:
    """WeChat takes no fewer than two people."""
    lonely = words(1, type="mass", text="新茶")
    (waits,) = office.send(lonely)
    config = {**office.fake.config, "companion": f"{OPENID}us"}
    account = ChannelAccount(BRAND, "wechat", "main", config, provider="wechat")
    (goes,) = office.provider.send(account, [lonely])

    assert (waits.state, waits.scope) == (AnswerState.RETRY, "address")
    assert goes.state is AnswerState.ACCEPTED


def subscription(number: int, to: str) -> OutboundMessage:
    """Return a subscription message."""
    return replace(
        words(number, to, template_id="S1", page="pages/o?id=1", **{"fields.thing1": "已发货"}),
        locale="en",
    )


def test_a_subscription_message_goes_once_for_each_agreement(office: Office) -> None:
    """The second is refused (43101), and events tell of the first's end and of the agreement."""
    office.fake.is_strict = True
    agreed = pushed(office.mini, office.app, office.fake.agree(OPENID, "S1"))
    first, second = (
        office.mini.send(office.app, [subscription(n, OPENID)])[0] for n in (1, 2)
    )  # fmt: skip
    (receipt,) = [
        one for push in office.fake.take() for one in pushed(office.mini, office.app, push).receipts
    ]

    (call,) = agreed.events
    assert (call["event"], call["properties"]) == ("Message Credit Granted", {
        "channel": "mini_program", "app": "", "template_id": "S1", "source": "platform",
    })  # fmt: skip
    assert first.state is AnswerState.ACCEPTED
    assert (second.state, second.code) == (AnswerState.REJECTED, "43101")
    assert (receipt.provider_id, receipt.state) == (first.provider_ids[0], "delivered")
    body = office.fake.bodies[first.provider_ids[0]]
    assert (body["lang"], body["miniprogram_state"]) == ("en_US", "formal")


def test_a_mini_program_without_a_template_only_proves_that_its_account_works(
    office: Office,
) -> None:
    """What the page's test sends goes to nobody."""
    (answer,) = office.mini.send(office.app, [words(1, text="test")])

    assert answer.state is AnswerState.ACCEPTED
    assert not office.fake.sent


def test_quotas_are_read_as_wechat_says_them(office: Office) -> None:
    """A call was used; the burst of the minute stands beside the day."""
    office.send(words(1))

    found = {one.path: one for one in office.provider.quotas(office.account)}

    sent = found["/cgi-bin/message/template/send"]
    assert (sent.used, sent.left, sent.burst_seconds) == (1, 99_999, 60)


def _oracle(fake: FakeWechat) -> WeChatClient:
    """Return a client of other people's making, with a token of the older way."""
    token, _ = fake.tokens.ask_plain()
    client = WeChatClient(fake.config["app_id"], fake.config["app_secret"], token, auto_retry=False)
    client.API_BASE_URL = f"{fake.url}/cgi-bin/"
    client.wxa.API_BASE_URL = f"{fake.url}/"
    return client


def _same(one: Mapping[str, object], other: Mapping[str, object], but: Collection[str]) -> bool:
    """Say whether two bodies are the same but for what each may leave out."""
    strip = [{k: v for k, v in body.items() if k not in but} for body in (one, other)]
    return strip[0] == strip[1]


def test_an_independent_client_writes_what_we_write(office: Office) -> None:
    """Template, customer-service, news, mass and subscription messages, and a refusal."""
    fake = office.fake
    client = _oracle(fake)
    to = f"{OPENID}x0001"
    office.send(
        words(1), service(2, to), words(3, type="mass", text="新茶"),
        words(4, type="mass", text="新茶"),
        service(5, to, title="标题", url="https://b.example", image="https://b.example/i"),
    )  # fmt: skip
    office.mini.send(office.app, [subscription(6, to)])
    ours = list(fake.bodies.values())
    fake.bodies.clear()
    data = {"thing1": {"value": "茶叶礼盒"}, "amount2": {"value": "￥9.9"}}
    client.message.send_template(to, "T1", data)
    client.message.send_text(to, "您好")
    article = {"title": "标题", "description": "您好", "url": "https://b.example",
               "image": "https://b.example/i"}  # fmt: skip
    client.message.send_articles(to, [article])
    client.message.send_mass_text("新茶", [f"{OPENID}x0003", f"{OPENID}x0004"])
    client.wxa.send_subscribe_message(
        to, "S1", {"thing1": {"value": "已发货"}}, page="pages/o?id=1"
    )
    with pytest.raises(WeChatClientException, match="43004"):
        client.message.send_text(f"{OPENID}43004", "x")

    theirs = list({id(body): body for body in fake.bodies.values()}.values())
    assert len(theirs) == 5
    ways = {"client_msg_id", "clientmsgid", "send_ignore_reprint", "url", "miniprogram", "lang",
            "miniprogram_state"}  # fmt: skip
    unmatched = [body for body in theirs if not any(_same(body, mine, ways) for mine in ours)]
    assert unmatched == []


def test_the_older_way_of_asking_for_tokens_ends_the_one_before_and_ours_lives(
    office: Office,
) -> None:
    """The two kinds know nothing of each other: an old integration beside us does no harm."""
    office.send(words(1))
    first, _ = office.fake.tokens.ask_plain()
    office.fake.tokens.ask_plain()
    (answer,) = office.send(words(2))

    assert not office.fake.tokens.is_good(first)
    assert answer.state is AnswerState.ACCEPTED
    assert office.fake.tokens.n_stable == 1


def test_a_token_is_renewed_before_it_ends(office: Office, clock: SimulatedClock) -> None:
    """In its last two minutes the next one is asked for; no call is ever refused for it."""
    office.send(words(1))
    clock.advance(7_200 * SECOND - 90 * SECOND)
    (answer,) = office.send(words(2))

    assert answer.state is AnswerState.ACCEPTED
    assert (office.fake.tokens.n_stable, office.fake.tokens.n_forced) == (2, 0)
