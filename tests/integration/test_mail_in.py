"""Mail about mail: bounces, complaints and ways out, brought by SMTP as strangers bring it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import msgspec
import psycopg
import pytest
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
from tests.integration.people import BRAND, NOW, project_all
from tests.unit.messages.test_mail_reports import ARF, DSN

from huiliu.kernel.times import DAY
from huiliu.messages.mail_addresses import bounce_address, unsubscribe_address
from huiliu.ports.channel import AnswerState, ChannelAccount
from huiliu.ports.world import World
from huiliu.roles.mail import MailServer
from huiliu.services.dispatch import dispatch
from huiliu.services.mail_desk import return_key
from huiliu.services.opt_out import unsubscribe_url
from huiliu.stores.clock import SimulatedClock

DOMAIN = "bounce.brand.example"


@pytest.fixture
def email() -> Recorder:
    """Record what is sent."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """Wire a shop whose account reads its bounces."""
    put_template(world, HELLO)
    put_template(world, PAY)
    made = with_providers(world, email)
    config = {"from": "Brand <hi@brand.example>", "bounce_domain": DOMAIN}
    with made.store.system() as tx:
        tx.channels.put(ChannelAccount(BRAND, "email", "main", config, provider="email"), NOW)
    return made


@pytest.fixture
def server(shop: World) -> Iterator[MailServer]:
    """Listen."""
    running = MailServer(shop, "127.0.0.1", 0, "in.brand.example", max_kb=64)
    running.start()
    yield running
    running.stop()


def bring(server: MailServer, to: str, letter: str, sender: str = "") -> tuple[int, bytes]:
    """Bring a letter as a mail server does and return what is said to it."""
    with smtplib.SMTP("127.0.0.1", server.port, local_hostname="mx.example", timeout=60) as client:
        client.ehlo()
        client.mail(sender)
        code, said = client.rcpt(to)
        if code >= 400:
            return code, said
        return client.data(letter.replace("\n", "\r\n").encode())


def sent(shop: World, person: int, template: str = "hello", **changed: object) -> bytes:
    """Send a person a letter and return its id."""
    made = queue(shop, person, template, **changed)
    dispatch(shop)
    assert message(shop, made).status in {"sent", "unknown"}
    return made


def came_back(shop: World, message_id: bytes) -> str:
    """Return the address that a letter's bounce comes to."""
    return bounce_address(message_id, DOMAIN, return_key(shop))


def dsn(message_id: bytes, action: str = "failed", status: str = "5.1.1",
        words: str = "550 5.1.1 <p1@shop.example> unknown") -> str:  # fmt: skip
    """Return a notification about a letter."""
    return DSN.format(action=action, status=status, words=words, kind="text/rfc822-headers",
                      ours=message_id.hex())  # fmt: skip


def events(shop: World, *names: str) -> list[dict[str, object]]:
    """Return the properties of Huiliu's own events of these names, in order."""
    with shop.store.system() as tx:
        found = [one for one in tx.log.read(0, 0, 10_000) if one.name in names]
    return [msgspec.json.decode(one.body)["properties"] | {"event": one.name} for one in found]


def test_a_letter_that_comes_back_for_good_is_the_last_to_its_address(
    shop: World, server: MailServer
):
    """Failed, told as an event, and nothing goes there again, not even news of an order."""
    li = someone(shop)
    letter = sent(shop, li)

    assert bring(server, came_back(shop, letter), dsn(letter))[0] == 250

    found = message(shop, letter)
    assert (found.status, found.reason) == ("failed", "bounced")
    (bounced,) = events(shop, "Message Bounced")
    assert (bounced["kind"], bounced["code"]) == ("hard", "5.1.1")
    assert bounced["account"] == "main"
    project_all(shop)
    late = queue(shop, li, "pay")
    dispatch(shop)
    assert message(shop, late).status == "not_sent"


def test_the_same_report_again_changes_nothing(shop: World, server: MailServer):
    """Servers repeat themselves; a later success does not undo a failure."""
    letter = sent(shop, someone(shop))
    to = came_back(shop, letter)
    bring(server, to, dsn(letter))
    before = events(shop, "Message Bounced", "Message Failed", "Address Suppressed")

    for action in ("failed", "delivered", "delayed"):
        assert bring(server, to, dsn(letter, action))[0] == 250

    assert message(shop, letter).status == "failed"
    assert events(shop, "Message Bounced", "Message Failed", "Address Suppressed") == before


def test_a_full_mailbox_rests_after_three_weeks_of_it(
    shop: World, server: MailServer, clock: SimulatedClock
):
    """Three soft bounces over a week rest the address for thirty days from the last."""
    li = someone(shop)
    for _ in range(3):
        letter = sent(shop, li)
        bring(server, came_back(shop, letter), dsn(letter, status="5.2.2", words="full"))
        assert message(shop, letter).reason == "bounced"
        clock.advance(4 * DAY)
    project_all(shop)

    resting = queue(shop, li)
    dispatch(shop)
    assert message(shop, resting).status == "not_sent"
    with shop.store.system() as tx:
        assert tx.people.ended_suppressions(NOW + 37 * DAY, 10) == []
        assert [(brand, why) for brand, why, _ in tx.people.ended_suppressions(NOW + 39 * DAY, 10)
                ] == [(BRAND, "bounced")]  # fmt: skip


def test_a_refused_letter_says_nothing_of_its_mailbox(shop: World, server: MailServer):
    """Spam filters judge the letter; the next one goes."""
    li = someone(shop)
    letter = sent(shop, li)

    bring(server, came_back(shop, letter), dsn(letter, status="5.7.1", words="looks like spam"))

    assert message(shop, letter).reason == "provider_rejected"
    project_all(shop)
    assert message(shop, sent(shop, li)).status == "sent"


def test_a_server_that_goes_on_trying_settles_nothing(shop: World, server: MailServer):
    """Delayed is no failure; delivered settles even what nobody could know."""
    letter = sent(shop, someone(shop))
    bring(server, came_back(shop, letter), dsn(letter, "delayed", "4.4.1"))
    assert message(shop, letter).status == "sent"

    bring(server, came_back(shop, letter), dsn(letter, "delivered", "2.0.0", "250 ok"))

    assert message(shop, letter).status == "delivered"


def test_an_unknown_letter_is_settled_by_its_bounce(
    shop: World, server: MailServer, email: Recorder
):
    """What a time-out left open, a report closes."""
    email.answer = AnswerState.UNKNOWN
    letter = sent(shop, someone(shop))

    bring(server, came_back(shop, letter), dsn(letter))

    assert message(shop, letter).status == "failed"


def test_who_calls_a_letter_spam_gets_no_more_marketing(shop: World, server: MailServer):
    """Told as an event and a withdrawal; what they order is still confirmed to them."""
    li = someone(shop)
    letter = sent(shop, li)
    arf = ARF.format(type="abuse", ours=letter.hex())

    for _ in range(2):
        assert bring(server, f"fbl@{DOMAIN}", arf, "isp@isp.example")[0] == 250
    project_all(shop)

    (complained,) = events(shop, "Message Complained")
    assert complained["kind"] == "abuse"
    (withdrawn,) = events(shop, "Consent Withdrawn")
    assert withdrawn["method"] == "complaint"
    refused = queue(shop, li)
    dispatch(shop)
    assert message(shop, refused).status == "not_sent"
    assert message(shop, sent(shop, li, "pay")).status == "sent"


def test_a_complaint_that_quotes_another_brand_s_letter_changes_nothing(
    shop: World, server: MailServer
):
    """The domain beside the id has to be a sender of ours."""
    letter = sent(shop, someone(shop))
    arf = ARF.format(type="abuse", ours=letter.hex()).replace(
        "@brand.example>", "@else.example>"
    )  # fmt: skip

    assert bring(server, f"abuse@{DOMAIN}", arf, "isp@isp.example")[0] == 250

    assert events(shop, "Message Complained") == []


def test_a_letter_to_the_way_out_ends_marketing(shop: World, server: MailServer):
    """As the click does; an absent person's machine ends nothing."""
    li = someone(shop)
    letter = sent(shop, li)
    to = unsubscribe_address(unsubscribe_url(shop, BRAND, letter), DOMAIN)
    away = "From: li@shop.example\nAuto-Submitted: auto-replied\n\naway\n"

    assert bring(server, to, away, "li@shop.example")[0] == 250
    assert events(shop, "Consent Withdrawn") == []
    assert bring(server, to, "From: li@shop.example\n\nunsubscribe\n", "li@shop.example")[0] == 250

    (withdrawn,) = events(shop, "Consent Withdrawn")
    assert (withdrawn["channel"], withdrawn["method"]) == ("email", "mailto")


def test_nobody_else_is_at_home_and_nothing_is_relayed(shop: World, server: MailServer):
    """Strangers' addresses, made-up codes and tokens, and other domains are refused at once."""
    letter = sent(shop, someone(shop))
    good = came_back(shop, letter)
    forged = good.replace(letter.hex(), "00" * 16)

    for to in (forged, f"hi@{DOMAIN}", "li@shop.example", f"b+00@{DOMAIN}", good.split("@")[0]):
        assert bring(server, to, dsn(letter))[0] >= 500
    to = unsubscribe_address(f"https://x.example/u/{'A' * 47}", DOMAIN)
    assert bring(server, to, "\nx\n", "a@b.example")[0] == 550
    assert message(shop, letter).status == "sent"


def test_what_is_too_large_is_not_read(shop: World, server: MailServer):
    """A bounce holds our letter and a few lines."""
    letter = sent(shop, someone(shop))

    code, _ = bring(server, came_back(shop, letter), dsn(letter) + "x" * 70_000)

    assert code >= 500
    assert message(shop, letter).status == "sent"


@pytest.mark.parametrize(
    "raw",
    ["", "\x00\x01", "Content-Type: multipart/report; boundary=b\n\n--b\n" * 50, ": : :\n" * 900],
)
def test_hostile_letters_are_taken_and_change_nothing(shop: World, server: MailServer, raw: str):
    """They are answered and forgotten, and the next good one is read."""
    letter = sent(shop, someone(shop))
    to = came_back(shop, letter)

    assert bring(server, to, raw)[0] in {250, 500, 554}
    assert message(shop, letter).status == "sent"
    assert bring(server, to, dsn(letter))[0] == 250
    assert message(shop, letter).status == "failed"


def test_nothing_of_a_letter_is_kept_but_codes_and_words_without_addresses(
    shop: World, server: MailServer
):
    """Neither whom it was to nor what a person wrote stands in any table."""
    letter = sent(shop, someone(shop, email="zhang.wei@secret.example"))
    report = dsn(letter, words="550 5.1.1 <zhang.wei@secret.example> unknown").replace(
        "li@shop.example", "zhang.wei@secret.example"
    )  # fmt: skip

    assert bring(server, came_back(shop, letter), report)[0] == 250

    with psycopg.connect(shop.store.url) as connection:  # type: ignore[attr-defined] # PostgreSQL's store
        tables = [row[0] for row in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'public'"
        )]  # fmt: skip
        kept = "".join(
            str(row) for table in tables
            for row in connection.execute(f'select t::text from "{table}" t')
        )  # fmt: skip
        logged = b"".join(row[0] for row in connection.execute("select body from event_log"))
    assert "zhang.wei" not in kept
    assert b"zhang.wei" not in logged
    assert "550 5.1.1 <<address>> unknown" in kept
