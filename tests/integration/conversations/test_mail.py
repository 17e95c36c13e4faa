"""Answers to letters come back into the conversation of who got the letter."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest
from tests.integration.conversations.desk_case import conversation, lines, owner, send_all
from tests.integration.outbox import PAY, Recorder, put_template, queue, someone, with_providers
from tests.integration.people import BRAND, NOW, project_all

from huiliu.messages.mail_addresses import answer_address
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.world import World
from huiliu.roles.mail import MailServer
from huiliu.services.converse import By, answer
from huiliu.services.mail_desk import return_key

DOMAIN = "mail.brand.example"
LETTER = """\
From: Li <li@elsewhere.example>
To: shop
Subject: Re: Your order
Message-ID: <{number}@elsewhere.example>
{more}
{words}

On Sun, Nov 22, 2026 at 12:00 PM Brand <hi@brand.example> wrote:
> Your order is sent
"""


@pytest.fixture
def email() -> Recorder:
    """Record what is sent."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """Wire a shop whose account reads answers to its letters."""
    put_template(world, PAY)
    made = with_providers(world, email)
    config = {"from": "Brand <hi@brand.example>", "bounce_domain": DOMAIN, "replies": "yes"}
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


def bring(server: MailServer, to: str, words: str, number: str = "a", more: str = "") -> int:
    """Bring a letter as a mail server does and return what is said to it."""
    letter = LETTER.format(number=number, words=words, more=more)
    with smtplib.SMTP("127.0.0.1", server.port, local_hostname="mx.example", timeout=60) as client:
        client.ehlo()
        client.mail("li@elsewhere.example")
        code, _ = client.rcpt(to)
        return code if code >= 400 else client.data(letter.replace("\n", "\r\n").encode())[0]


def test_who_answers_a_letter_is_who_got_it(shop: World, server: MailServer, email: Recorder):
    """From whatever address; and they are answered at the one that we know."""
    li = someone(shop)
    letter = queue(shop, li, "pay")
    send_all(shop)
    to = answer_address(letter, DOMAIN, return_key(shop))

    assert bring(server, to, "Where is it?") == 250
    assert bring(server, to, "Where is it?") == 250
    project_all(shop)
    answer(shop, BRAND, li, "It arrives tomorrow.", By(0, "cli"))
    send_all(shop)

    assert [(one.kind, one.is_claim, words) for one, words in lines(shop, li)] == [
        ("in", False, "Where is it?"), ("out", False, "It arrives tomorrow."),
    ]  # fmt: skip
    assert email.sent[-1].parts["subject"] == "Re: Your order"
    assert email.sent[-1].parts["text"] == "It arrives tomorrow."


def test_a_letter_to_the_brand_names_its_writer_only_by_its_own_word(
    shop: World, server: MailServer
):
    """It opens a conversation, marked so; a yes in it is no consent."""
    assert bring(server, f"inbox@{DOMAIN}", "START", "b") == 250
    project_all(shop)

    li = owner(shop, "li@elsewhere.example", "email")
    ((line, words),) = lines(shop, li)
    assert (line.is_claim, words) == (True, "START")
    row = conversation(shop, li)
    assert row is not None
    assert row.state == "open"
    with shop.store.system() as tx:
        assert tx.people.consent_history(BRAND, li) == []


def test_a_word_that_refuses_is_obeyed_in_an_answer(shop: World, server: MailServer):
    """Whoever writes "unsubscribe" instead of pressing the link is heard all the same."""
    li = someone(shop)
    letter = queue(shop, li, "pay")
    send_all(shop)

    bring(server, answer_address(letter, DOMAIN, return_key(shop)), "Unsubscribe", "c")
    project_all(shop)

    with shop.store.system() as tx:
        assert tx.people.consents(BRAND, [li], NOW)[li]["email", "marketing"] == "withdrawn"
    row = conversation(shop, li)
    assert row is not None
    assert row.state == "closed"


@pytest.mark.parametrize("more", ["Auto-Submitted: auto-replied\n", "List-Id: <x.example>\n"])
def test_machines_open_no_conversation(shop: World, server: MailServer, more: str):
    """An absent person's answer asks for nothing."""
    assert bring(server, f"inbox@{DOMAIN}", "I am away", "d", more) == 250
    project_all(shop)

    assert owner(shop, "li@elsewhere.example", "email") == 0


def test_a_forged_address_is_nobodys(shop: World, server: MailServer):
    """Without the code no letter comes into a stranger's conversation."""
    letter = queue(shop, someone(shop), "pay")
    forged = answer_address(letter, DOMAIN, b"another key here")

    assert bring(server, forged, "Hello", "e") == 550


def test_an_account_that_takes_no_answers_has_no_inbox(shop: World):
    """It says so when the letter is brought."""
    config = {"from": "Brand <hi@brand.example>", "bounce_domain": DOMAIN}
    with shop.store.system() as tx:
        tx.channels.put(ChannelAccount(BRAND, "email", "main", config, provider="email"), NOW)
    running = MailServer(shop, "127.0.0.1", 0, "in.brand.example", max_kb=64)
    running.start()
    try:
        assert bring(running, f"inbox@{DOMAIN}", "Hello", "f") == 550
    finally:
        running.stop()
