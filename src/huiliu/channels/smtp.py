"""E-mail over SMTP: a few connections that are used again, and an answer for every message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError

from huiliu.channels.access import Access
from huiliu.channels.loop import LoopThread
from huiliu.channels.provider import BaseProvider
from huiliu.channels.smtp_direct import DirectRoute
from huiliu.channels.smtp_pool import Pool
from huiliu.channels.smtp_session import FIELDS, Batch, Mailbox
from huiliu.kernel.errors import DeliveryFailed, Problem
from huiliu.kernel.texts import text
from huiliu.messages.mime import is_address, read_sender
from huiliu.ports.channel import (
    Answer,
    AnswerState,
    ChannelAccount,
    Letterhead,
    Limit,
    OutboundMessage,
)
from huiliu.ports.evidence import Evidence

__all__ = ["SmtpProvider"]

#: What makes an account another one: then it gets new connections.
_Known = tuple[Mapping[str, str], Letterhead | None]


class SmtpProvider(BaseProvider):
    """The Provider port over SMTP: through a relay, or to each domain's own servers."""

    name = "smtp"
    channel = "email"
    evidence = Evidence.TRIED
    fields = FIELDS
    limits = (
        Limit("gmail_day", "5,000", "support.google.com/mail/answer/81126: bulk sender from there"),
        Limit("complaints", "0.10 %, never 0.30 %", "support.google.com/a/answer/14229414"),
        Limit("connection", "500", "RFC 5321 names none; servers tire of endless ones"),
    )

    def __init__(self, access: Access) -> None:
        """Hold which hosts may be called; nothing is opened yet."""
        self._access = access
        self._loop = LoopThread("email")
        self._routes: dict[tuple[int, str], tuple[_Known, Pool | DirectRoute]] = {}

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Hand messages to the server and return an answer to each, in any order."""
        batch = Batch(messages)
        try:
            route = self._route(account)
            self._loop.run(route.send(batch))
        except DeliveryFailed as fault:
            state = AnswerState.PAUSE if fault.permanent else AnswerState.THROTTLED
            batch.answer_rest(state, fault.response)
        except CancelledError:
            batch.answer_rest(AnswerState.THROTTLED, "stopped")
        return list(batch.answers.values())

    def more_problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return what is wrong with routes, senders, domains and a password in the clear."""
        found = []
        is_direct = config.get("route") == "direct"
        if not is_direct and not config.get("host", "").strip():
            found.append(Problem("host", text("channels.missing_field")))
        found += [
            Problem(name, text("channels.only_relay"))
            for name in ("host", "username", "password")
            if is_direct and config.get(name)
        ]
        if config.get("from") and read_sender(config["from"]) is None:
            found.append(Problem("from", text("channels.sender")))
        if config.get("reply_to") and not is_address(config["reply_to"]):
            found.append(Problem("reply_to", text("channels.address")))
        found += [
            Problem(name, text("channels.domain"))
            for name in ("bounce_domain", "ehlo")
            if config.get(name) and not is_address(f"b@{config[name]}")
        ]
        if config.get("password") and config.get("tls") in {"none", "offered"}:
            found.append(Problem("tls", text("channels.password_in_clear")))
        return found

    def close(self) -> None:
        """Let go of connections; a batch under way returns at once."""
        routes = [route for _, route in self._routes.values()]
        self._routes.clear()
        self._loop.close(*(route.close for route in routes))

    def _route(self, account: ChannelAccount) -> Pool | DirectRoute:
        """Return the account's connections; a changed account gets new ones."""
        key = account.brand_id, account.name
        found = self._routes.get(key)
        known: _Known = (account.config, account.letterhead)
        if found is None or found[0] != known:
            mailbox = Mailbox.read(account)
            route = (
                Pool(mailbox, self._access.rule, mailbox.host)
                if mailbox.host
                else DirectRoute(mailbox, self._access)
            )
            self._routes[key] = found = (known, route)
        return found[1]
