"""Letters leave signed, and at the pace that each domain bears."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from email.message import Message

import dkim
import pytest
from aiosmtpd.handlers import Message as MessageHandler
from tests.integration.outbox import (
    HELLO,
    PAY,
    Recorder,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, NOW
from tests.integration.test_email_channel import _server, account

from huiliu.channels import make_providers
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Unavailable
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.mail_addresses import bounce_address, unsubscribe_address
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage, Provider
from huiliu.ports.world import World
from huiliu.services.channel_accounts import add_account, send_test
from huiliu.services.check_domain import check_domain, check_domains_due, state_of
from huiliu.services.dispatch import dispatch
from huiliu.services.mail_desk import return_key
from huiliu.services.sender_domains import (
    add_domain,
    records_of,
    remove_domain,
    rotate_keys,
    sending_domain,
    set_plan,
    sign_with,
)
from huiliu.stores.clock import SimulatedClock


class Names:
    """A DNS of a few records."""

    def __init__(self, records: Mapping[tuple[str, str], Sequence[str]] | None = None) -> None:
        self.given = dict(records or {})
        self.away = False

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """Return what the test put there."""
        if self.away:
            raise Unavailable("DNS", name)
        return tuple(self.given.get((name, kind), ()))


class Keeping(MessageHandler):
    """Keeps letters as they came."""

    def __init__(self) -> None:
        super().__init__()
        self.raw: list[bytes] = []
        self.senders: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep it."""
        self.raw.append(envelope.content)  # type: ignore[attr-defined] # aiosmtpd's envelope
        self.senders.append(envelope.mail_from)  # type: ignore[attr-defined] # as above
        return "250 2.0.0 Ok"

    def handle_message(self, message: Message) -> None:
        """Nothing more."""


def records_in(world: World, names: Names, domain: str) -> None:
    """Publish what a domain asks for."""
    for one in records_of(world, sending_domain(world, BRAND, domain)):
        names.given[one.name, one.kind] = [one.value]


def verified(raw: bytes, names: Names) -> list[bool]:
    """Return what dkimpy says of each signature of a letter."""
    n = raw.count(b"DKIM-Signature:")

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        """Return the record as the DNS would."""
        return names.records(name.decode().rstrip("."), "TXT")[0].encode()

    return [bool(dkim.DKIM(raw).verify(idx=at, dnsfunc=look_up)) for at in range(n)]


@pytest.fixture
def names() -> Names:
    """Answer questions about names."""
    return Names()


@pytest.fixture
def smtp(names: Names) -> Iterator[Provider]:
    """Open the SMTP provider for this machine."""
    provider = make_providers(SimulatedClock(NOW), "127.0.0.1,localhost", names=names)["smtp"]
    yield provider
    provider.close()


@pytest.fixture
def shop(world: World, smtp: Provider, names: Names) -> World:
    """Wire a shop that sends by SMTP."""
    put_template(world, HELLO)
    put_template(world, PAY)
    return dataclasses.replace(world, providers={"smtp": smtp}, names=names)


def test_what_a_person_gets_is_signed_with_every_published_key_and_with_no_other(
    shop: World, names: Names
):
    """Nothing is signed before the check; then dkimpy finds both signatures good."""
    keeping = Keeping()
    with _server(keeping) as port:
        config = dict(account(port, bounce_domain="bounce.brand.example").config)
        add_account(shop, BRAND, "email", "main", config)
        add_domain(shop, BRAND, "Brand.example.")
        li = someone(shop)
        queue(shop, li)
        dispatch(shop)
        records_in(shop, names, "brand.example")
        checked = check_domain(shop, BRAND, "brand.example")
        sent = queue(shop, li)
        dispatch(shop)
        send_test(shop, BRAND, "email", "main", "li@shop.example")

    before, after, test = keeping.raw
    assert before.count(b"DKIM-Signature:") == 0
    assert checked.live == ("hl1", "hl1e")
    assert verified(after, names) == verified(test, names) == [True, True]
    assert keeping.senders[1] == bounce_address(sent, "bounce.brand.example", return_key(shop))
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in after
    assert b",\r\n <mailto:u+" in after
    # Asked of the header alone: a signature or a body in base64 may say "/u/" by chance.
    one_click = str(message_from_bytes(after)["List-Unsubscribe"])
    token = one_click.partition("/u/")[2].partition(">")[0]
    way_out = unsubscribe_address(f"https://x/u/{token}", "bounce.brand.example")
    assert f"<mailto:{way_out}>".encode() in after


def test_a_key_that_vanishes_from_the_dns_signs_no_more(shop: World, names: Names):
    """A signature that nobody can check does harm; a DNS that is away changes nothing."""
    add_domain(shop, BRAND, "brand.example")
    records_in(shop, names, "brand.example")
    assert check_domain(shop, BRAND, "brand.example").live == ("hl1", "hl1e")

    names.away = True
    away = check_domain(shop, BRAND, "brand.example")
    names.away = False
    names.given["hl1._domainkey.brand.example", "TXT"] = ["v=DKIM1; p="]
    changed = check_domain(shop, BRAND, "brand.example")

    assert away.live == ("hl1", "hl1e")
    assert state_of(away) == "warn"  # nobody reads its bounces; all else is not known
    assert changed.live == ("hl1e",)
    assert state_of(changed) == "fail"


def test_new_keys_take_over_when_they_are_published(shop: World, names: Names):
    """Until then the old ones sign; of each kind only one does."""
    add_domain(shop, BRAND, "brand.example")
    records_in(shop, names, "brand.example")
    check_domain(shop, BRAND, "brand.example")

    rotated = rotate_keys(shop, BRAND, "brand.example")
    assert check_domain(shop, BRAND, "brand.example").live == ("hl1", "hl1e")
    records_in(shop, names, "brand.example")
    after = check_domain(shop, BRAND, "brand.example")

    assert [key.selector for key in rotated.keys] == ["hl1", "hl1e", "hl2", "hl2e"]
    assert after.live == ("hl1", "hl1e", "hl2", "hl2e")
    keeping = Keeping()
    with _server(keeping) as port:
        add_account(shop, BRAND, "email", "main", account(port).config)
        send_test(shop, BRAND, "email", "main", "li@shop.example")
    assert keeping.raw[0].count(b"s=hl2;") == 1
    assert keeping.raw[0].count(b"DKIM-Signature:") == 2
    for _ in range(5):
        kept = rotate_keys(shop, BRAND, "brand.example")
    assert {"hl1", "hl1e", "hl2", "hl2e"} <= {key.selector for key in kept.keys}
    assert len(kept.keys) <= 6


def test_everything_that_is_wrong_with_a_new_domain_is_said_at_once(shop: World):
    """Name, selector, key and plan; and a second one of the same name is a conflict."""
    with pytest.raises(BadInput) as caught:
        add_domain(shop, BRAND, "no domain", selector="Ä", private="x", plan="5,4")
    assert [one.path for one in caught.value.problems] == ["domain", "selector", "plan", "key"]

    add_domain(shop, BRAND, "brand.example", plan="default")
    with pytest.raises(Conflict):
        add_domain(shop, BRAND, "BRAND.example")
    with pytest.raises(BadInput):
        set_plan(shop, BRAND, "brand.example", "a")
    with pytest.raises(BadInput):
        sign_with(shop, BRAND, "brand.example", ["hl9"])
    remove_domain(shop, BRAND, "brand.example")
    with pytest.raises(NotFound):
        sending_domain(shop, BRAND, "brand.example")


def test_domains_are_looked_at_again_every_day(shop: World, names: Names, clock: SimulatedClock):
    """Once someone has looked; a record that is lost is found without anyone asking."""
    add_domain(shop, BRAND, "brand.example")
    assert check_domains_due(shop, 5) == 0
    check_domain(shop, BRAND, "brand.example")
    clock.advance(DAY - HOUR)
    assert check_domains_due(shop, 5) == 0
    clock.advance(2 * HOUR)
    records_in(shop, names, "brand.example")

    assert check_domains_due(shop, 5) == 1
    assert sending_domain(shop, BRAND, "brand.example").live == ("hl1", "hl1e")


@pytest.fixture
def email() -> Recorder:
    """Record what is sent."""
    return Recorder()


@pytest.fixture
def warming(world: World, email: Recorder) -> World:
    """Wire a shop whose sending domain begins today: two letters, then four."""
    put_template(world, HELLO)
    put_template(world, PAY)
    made = with_providers(world, email)
    with made.store.system() as tx:
        config = {"from": "hi@news.brand.example"}
        tx.channels.put(ChannelAccount(BRAND, "email", "main", config, provider="email"), NOW)
    add_domain(made, BRAND, "brand.example", plan="2,4")
    return made


def test_a_new_domain_sends_so_much_a_day_and_marketing_waits_for_the_next(
    warming: World, email: Recorder, clock: SimulatedClock
):
    """Nothing is dropped; news of an order goes and is counted; a used day leads to the next."""
    people = [someone(warming) for _ in range(12)]
    orders = queue(warming, people[0], "pay")
    dispatch(warming)
    waiting = [queue(warming, one) for one in people[1:9]]
    dispatch(warming)

    assert message(warming, orders).status == "sent"
    first = [message(warming, one) for one in waiting]
    assert [one.status for one in first].count("sent") == 1
    held = [one for one in first if one.status == "queued"]
    assert {one.reason for one in held} == {"warming_up"}
    order = queue(warming, people[9], "pay")
    dispatch(warming)
    assert message(warming, order).status == "sent"

    for n_sent in (5, 8):  # tomorrow four more, then all the rest
        clock.advance(DAY)
        while dispatch(warming):
            pass
        assert [message(warming, one).status for one in waiting].count("sent") == n_sent
    assert sending_domain(warming, BRAND, "brand.example").step == 2
    assert len(email.sent) == 10


class Impatient(Recorder):
    """A provider to which one mail domain says to slow down."""

    def __init__(self) -> None:
        super().__init__()
        self.is_busy = True

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Take all but what goes to the busy domain."""
        given = super().send(account, messages)
        return [
            Answer(one.message_id, AnswerState.RETRY, response="421 4.7.28 slow", scope="domain")
            if self.is_busy and one.address.endswith("@gmail.com")
            else said
            for one, said in zip(messages, given, strict=True)
        ]


def test_a_mail_domain_that_asks_for_patience_is_left_alone_and_no_other(
    world: World, clock: SimulatedClock
):
    """Its letters wait longer each time, those of its aliases too; the account goes on."""
    put_template(world, HELLO)
    email = Impatient()
    shop = with_providers(world, email)
    busy = queue(shop, someone(shop, email="a@gmail.com"))
    dispatch(shop)
    assert message(shop, busy).status == "queued"
    with shop.store.system() as tx:
        (wait,) = tx.mail.waiting(BRAND, clock.now())
        assert (wait.domain, wait.n, wait.until - clock.now()) == ("gmail.com", 1, 5 * MINUTE)
        assert not tx.channels.accounts(BRAND)[0].paused

    alias = queue(shop, someone(shop, email="b@googlemail.com"))
    other = queue(shop, someone(shop, email="c@shop.example"))
    n_before = len(email.sent)
    dispatch(shop)

    assert len(email.sent) == n_before + 1
    assert message(shop, other).status == "sent"
    assert (message(shop, alias).status, message(shop, alias).reason) == ("queued", "domain_busy")
    clock.advance(7 * MINUTE)
    dispatch(shop)
    with shop.store.system() as tx:
        waits = tx.mail.patience(BRAND, "main", ["gmail.com"])
    # The alias was taken, and the one that was not asked for patience again.
    assert waits["gmail.com"].n == 2
    email.is_busy = False
    clock.advance(20 * MINUTE)
    while dispatch(shop):
        pass
    assert message(shop, busy).status == message(shop, alias).status == "sent"
    with shop.store.system() as tx:
        assert tx.mail.patience(BRAND, "main", ["gmail.com"]) == {}
