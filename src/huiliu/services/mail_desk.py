"""What a batch of e-mail needs beyond its accounts: keys that sign, and who is to be spared now.

A receiving domain that asked for patience is left alone, whatever class a letter is of: it would be
refused. A new sending domain may send so much a day: marketing waits for tomorrow, news of an order
goes and is counted.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from huiliu.kernel.times import DAY, Instant, local_datetime, next_local_time
from huiliu.messages.mail_domains import domain_group, wait_of
from huiliu.messages.policy import Hold
from huiliu.messages.warm_up import Day, limit_of, next_step
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, Letterhead
from huiliu.ports.mail import SenderDomain, WaitingDomain
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.sender_domains import domain_of, signer_of

__all__ = [
    "BUSY",
    "WARMING",
    "MailDesk",
    "lettered",
    "note_domains",
    "return_key",
    "with_letterhead",
]

#: Reasons for which a letter waits.
BUSY: Final = "domain_busy"
WARMING: Final = "warming_up"
_DOMAIN: Final = "domain"
#: A domain that was left alone so long ago has forgotten it.
_FORGET_AFTER: Final = DAY
_MIDNIGHT: Final = dt.time()


class MailDesk:
    """What one batch of one brand's e-mail is sent with; `close` writes what it counted."""

    def __init__(self, tx: Tx, world: World, brand_id: int, now: int) -> None:
        """Read sending domains and who asked for patience."""
        self._tx = tx
        self._world = world
        self._brand_id = brand_id
        self._now = now
        self._domains = tx.mail.domains(brand_id)
        self._waiting = {(w.account, w.domain): w.until for w in tx.mail.waiting(brand_id, now)}
        self._return_key = return_key(world)
        self._of: dict[str, tuple[ChannelAccount, SenderDomain | None]] = {}
        #: What the day of each warming domain allows: (limit, letters so far).
        self._days: dict[str, tuple[int, int]] = {}
        self._sent: Counter[str] = Counter()
        self._today = today(world, now)

    def account(self, account: ChannelAccount) -> ChannelAccount:
        """Return an account with what its letters prove themselves with."""
        return self._known(account)[0]

    def hold(self, account: ChannelAccount, address: str, message_class: str) -> Hold | None:
        """Return until when a letter waits, or None where it goes now; then it is counted."""
        until = self._waiting.get((account.name, domain_group(address)))
        if until is not None:
            return Hold(Instant(until), BUSY)
        domain = self._known(account)[1]
        if domain is None or not domain.plan:
            return None
        limit, sent = self._day(domain)
        if message_class != "service" and sent + self._sent[domain.domain] >= limit:
            # The first moment of tomorrow, by the brand's own clock.
            return Hold(next_local_time(self._now + 1, self._world.zone, _MIDNIGHT), WARMING)
        self._sent[domain.domain] += 1
        return None

    def close(self) -> None:
        """Write down what goes today."""
        for domain, n in sorted(self._sent.items()):
            self._tx.mail.count(self._brand_id, domain, self._today, sent=n)

    def _known(self, account: ChannelAccount) -> tuple[ChannelAccount, SenderDomain | None]:
        """Return an account with its letterhead, and its sending domain."""
        found = self._of.get(account.name)
        if found is None:
            domain = domain_of(self._domains, account)
            found = with_letterhead(account, domain, self._return_key), domain
            self._of[account.name] = found
        return found

    def _day(self, domain: SenderDomain) -> tuple[int, int]:
        """Return what a warming domain may send today and what it sent; its row is ours then."""
        found = self._days.get(domain.domain)
        if found is None:
            sent = self._tx.mail.open_day(self._brand_id, domain.domain, self._today)
            step = domain.step if domain.day == self._today else self._next_day(domain)
            limit = limit_of(domain.plan, step)
            found = (1 << 62 if limit is None else limit), sent
            self._days[domain.domain] = found
        return found

    def _next_day(self, domain: SenderDomain) -> int:
        """Move a warming domain to today and return the step that it is on."""
        locked = self._tx.mail.domain(self._brand_id, domain.domain, lock=True)
        if locked.day == self._today:
            return locked.step
        step = locked.step
        last = next((d for d in self._tx.mail.days(self._brand_id, locked.domain, 7)
                     if d.day == locked.day), None)  # fmt: skip
        if last is not None:
            step = next_step(locked.plan, step, Day(last.sent, last.bounced, last.complained))
        self._tx.mail.put_domain(replace(locked, step=step, day=self._today))
        return step


def lettered(tx: Tx, world: World, account: ChannelAccount) -> ChannelAccount:
    """Return an account with what its letters prove themselves with; others as they are."""
    if account.channel != "email":
        return account
    domain = domain_of(tx.mail.domains(account.brand_id), account)
    return with_letterhead(account, domain, return_key(world))


def with_letterhead(
    account: ChannelAccount, domain: SenderDomain | None, key: bytes
) -> ChannelAccount:
    """Return an account with its sending domain's keys: of each kind the newest that is live."""
    newest = {
        signer_of(one).algorithm: one
        for one in (domain.keys if domain is not None else ())
        if domain is not None and one.selector in domain.live
    }
    return replace(account, letterhead=Letterhead(tuple(newest.values()), key))


def return_key(world: World) -> bytes:
    """Return what the codes of return paths are made with."""
    return world.secrets.sign(b"bounces", "return path")


def today(world: World, now: int) -> str:
    """Return the calendar day where the brand is, `2026-11-22`."""
    return local_datetime(now, world.zone).date().isoformat()


def note_domains(
    tx: Tx,
    account: ChannelAccount,
    answers: Sequence[tuple[str, Answer]],
    now: int,
) -> None:
    """Leave domains alone that asked for it, and go on with those that took a letter.

    Args:
        tx: an open transaction.
        account: an e-mail account.
        answers: (address, what was answered) of each letter.
        now: the present instant.
    """
    busy: dict[str, Answer] = {}
    took: set[str] = set()
    for address, answer in answers:
        group = domain_group(address)
        if answer.scope == _DOMAIN:
            busy.setdefault(group, answer)
        elif answer.state is AnswerState.ACCEPTED:
            took.add(group)
    # One that took some and asked for patience with others asked for patience.
    known = tx.mail.patience(account.brand_id, account.name, took | set(busy), will_wait=bool(busy))
    over = [name for name in known if name not in busy]
    if over:
        tx.mail.go_on(account.brand_id, account.name, over)
    waits = [_wait(account, group, answer, known, now) for group, answer in busy.items()]
    tx.mail.wait(account.brand_id, [one for one in waits if one is not None])


def _wait(
    account: ChannelAccount,
    group: str,
    answer: Answer,
    known: Mapping[str, WaitingDomain],
    now: int,
) -> WaitingDomain | None:
    """Return how long a domain is left alone, or None where it is already."""
    before = known.get(group)
    if before is not None and before.until > now:
        return None
    n = 1 if before is None or now - before.until > _FORGET_AFTER else before.n + 1
    return WaitingDomain(account.name, group, n, now + wait_of(n), answer.response)
