"""Letters straight to the mail servers of each domain: what one domain says holds for it alone."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from huiliu.channels.access import Access
from huiliu.channels.smtp_pool import Pool
from huiliu.channels.smtp_session import DOMAIN, FORBIDDEN, Batch, Mailbox, Refused, recipient
from huiliu.kernel.errors import Unavailable
from huiliu.ports.channel import AnswerState, OutboundMessage
from huiliu.ports.resolver import Resolver

__all__ = ["DirectRoute", "mail_hosts"]

#: Domains that are spoken to at the same time.
_AT_ONCE: Final = 50
#: Hosts whose connections are kept.
_MOST_HOSTS: Final = 200
#: Servers of one domain that are tried.
_MOST_TRIED: Final = 4
_OF_THE_ACCOUNT: Final = frozenset({AnswerState.PAUSE, AnswerState.THROTTLED})


class DirectRoute:
    """The connections to the servers of many domains."""

    def __init__(self, mailbox: Mailbox, access: Access) -> None:
        self._mailbox = mailbox
        self._access = access
        self._pools: OrderedDict[str, Pool] = OrderedDict()

    async def send(self, batch: Batch) -> None:
        """Send each domain its letters; a slow domain holds up only its own."""
        by_domain: dict[str, list[OutboundMessage]] = {}
        for message in batch.messages:
            to = recipient(message.address)
            if to:
                by_domain.setdefault(to.rpartition("@")[2].lower(), []).append(message)
            else:
                said = "the address cannot be used in SMTP"
                batch.answer(message, AnswerState.REJECTED, said)
        turns = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(
            self._send_to(domain, batch.part(mine), turns) for domain, mine in by_domain.items()
        ))  # fmt: skip
        await self._forget_some()

    async def close(self) -> None:
        """Let go of every connection."""
        while self._pools:
            await self._pools.popitem()[1].close()

    async def _send_to(self, domain: str, part: Batch, turns: asyncio.Semaphore) -> None:
        """Send one domain its letters."""
        async with turns:
            try:
                hosts = await asyncio.to_thread(mail_hosts, self._access.names, domain)
            except Unavailable:
                part.answer_rest(AnswerState.RETRY, "the DNS does not answer", scope=DOMAIN)
                return
            if not hosts:
                said = f"{domain} takes no mail"
                part.answer_rest(AnswerState.SUPPRESS, said, "5.1.2")
                return
            refused = await self._try(hosts, part)
        if refused is not None and refused.code == FORBIDDEN:
            part.answer_rest(AnswerState.REJECTED, refused.response, refused.code)
        elif refused is not None:
            part.answer_rest(AnswerState.RETRY, refused.response, refused.code, DOMAIN)
        part.answer_rest(AnswerState.RETRY, "not begun in time")
        for message in part.messages:
            # What a relay says holds for the account; what a domain says, for that domain.
            given = part.answers[message.message_id]
            if given.state in _OF_THE_ACCOUNT:
                part.answers[message.message_id] = replace(
                    given, state=AnswerState.RETRY, scope=DOMAIN
                )

    async def _try(self, hosts: Sequence[str], part: Batch) -> Refused | None:
        """Hand letters to the first server that lets us in; return why none did."""
        refused: Refused | None = None
        for host in hosts[:_MOST_TRIED]:
            n_before = len(part.answers)
            refused = await self._pool(host).work_off(part)
            if refused is None or len(part.answers) > n_before:
                break
        return refused

    def _pool(self, host: str) -> Pool:
        """Return the connections to a host."""
        pool = self._pools.pop(host, None) or Pool(self._mailbox, self._access.rule, host)
        self._pools[host] = pool
        return pool

    async def _forget_some(self) -> None:
        """Close the connections that were used longest ago, where there are too many."""
        while len(self._pools) > _MOST_HOSTS:
            _, pool = self._pools.popitem(last=False)
            await pool.close()


def mail_hosts(names: Resolver, domain: str) -> list[str]:
    """Return the hosts that take a domain's mail, the preferred first; [] where none does.

    Raises:
        Unavailable: nobody answers the question.
    """
    found: list[tuple[int, str]] = []
    for record in names.records(domain, "MX"):
        preference, _, host = record.partition(" ")
        found.append((int(preference) if preference.isdecimal() else 0, host.strip(". ")))
    if found:
        # A single record without a host says that no mail is taken. Source: RFC 7505.
        return [host for _, host in sorted(found) if host]
    # Source: RFC 5321 section 5.1: without MX records the domain itself is the host.
    has_address = names.records(domain, "A") or names.records(domain, "AAAA")
    return [domain] if has_address else []
