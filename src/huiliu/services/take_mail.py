"""Takes in mail: bounces, complaints, ways out, and what people write where answers are read.

Who brings a letter is answered when what it says is durable. A report is believed only of letters
that Huiliu sent: by the code in the address that it comes back to, else by an id that it quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id
from huiliu.messages.mail_addresses import Target, is_ours, read_target
from huiliu.messages.mail_codes import Failure
from huiliu.messages.mail_reports import MailReport, read_report
from huiliu.messages.mime import read_sender
from huiliu.messages.soft_bounces import counted
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.messages import MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import address_and_key, token_of
from huiliu.services.consent import Proof, Who, Wish, withdraw
from huiliu.services.mail_desk import return_key, today
from huiliu.services.message_events import internal_event, message_event
from huiliu.services.opt_out import one_click
from huiliu.services.sender_domains import domain_of
from huiliu.services.suppress import suppress
from huiliu.services.take_letter import take_letter

__all__ = ["Mailboxes", "TakenMail", "mailboxes", "take_mail"]

_CHANNEL: Final = "email"
#: Reasons of messages, as `messages.reason` shows them.
_BOUNCED: Final = "bounced"
_BLOCKED: Final = "provider_rejected"
#: Where people write; who answers to the return path reached nobody.
_READ: Final = frozenset({"answer", "inbox"})


@dataclass(frozen=True, slots=True)
class TakenMail:
    """What a letter that came in was taken for."""

    #: bounce, delayed, delivered, complaint, unsubscribe, automatic, answer, or other.
    kind: str
    #: It changed something: a repeat, or a report about nothing known, does not.
    changed: bool = False


class Mailboxes:
    """The addresses that Huiliu reads mail at: those of its accounts' bounce domains."""

    def __init__(self, world: World, accounts: Sequence[ChannelAccount]) -> None:
        """Take note of the accounts that have one."""
        self._key = return_key(world)
        self._brands: dict[str, int] = {}
        #: Of those, where answers are read -> (brand, account).
        self._inboxes: dict[str, tuple[int, str]] = {}
        #: (brand, domain of the sender) of accounts: whose ids a report may quote.
        self.senders: set[tuple[int, str]] = set()
        for account in accounts:
            name = account.config.get("bounce_domain", "").strip().lower()
            sender = read_sender(account.config.get("from", ""))
            if account.channel == _CHANNEL and name:
                self._brands.setdefault(name, account.brand_id)
                if account.config.get("replies") == "yes":
                    self._inboxes.setdefault(name, (account.brand_id, account.name))
            if account.channel == _CHANNEL and sender is not None:
                self.senders.add((account.brand_id, sender.domain))

    def find(self, address: str) -> tuple[int, Target] | None:
        """Return the brand of an address of ours and what it is for, or None where it is none."""
        local, _, domain = address.rpartition("@")
        brand_id = self._brands.get(domain.lower())
        target = read_target(local) if brand_id is not None else None
        if brand_id is None or target is None:
            return None
        if target.kind in {"bounce", "answer"} and not is_ours(target, self._key):
            return None
        if target.kind == "inbox" and domain.lower() not in self._inboxes:
            return None
        return brand_id, target

    def inbox_of(self, address: str) -> str | None:
        """Return the account at whose domain answers are read, None = there they are not."""
        found = self._inboxes.get(address.rpartition("@")[2].lower())
        return found[1] if found is not None else None


def mailboxes(world: World) -> Mailboxes:
    """Return the addresses that mail is read at now."""
    with world.store.system() as tx:
        return Mailboxes(world, tx.channels.accounts())


def take_mail(
    world: World, boxes: Mailboxes, sender: str, recipient: str, content: bytes
) -> TakenMail:
    """Act on one letter to one address of ours; what it did is durable when this returns.

    Args:
        world: where to find everything.
        boxes: where mail is read.
        sender: the envelope's; "" = from nobody, as bounces are.
        recipient: the envelope's.
        content: the letter.

    Raises:
        NotFound: the address is none of ours.
        Unavailable: the database is away; the letter has to come again.
    """
    found = boxes.find(recipient)
    if found is None:
        raise NotFound("mailbox", recipient.partition("@")[2][:100])
    brand_id, target = found
    report = read_report(content, is_from_nobody=not sender)
    if target.kind == "way_out":
        return _way_out(world, target, report)
    account = boxes.inbox_of(recipient)
    if account is not None and report.kind == "other" and target.kind in _READ:
        answers = (
            [target.message_id] if target.kind == "answer" else _quoted(boxes, brand_id, report)
        )
        if take_letter(world, brand_id, account, answers, content):
            return TakenMail("answer", changed=True)
        return TakenMail("other")
    for message_id in _about(boxes, brand_id, target, report):
        taken = _act(world, brand_id, message_id, report)
        if taken is not None:
            return taken
    return TakenMail(_shown(report))


def _way_out(world: World, target: Target, report: MailReport) -> TakenMail:
    """End the marketing that a letter asks to end; a machine's answer asks for nothing."""
    if report.kind != "other":
        return TakenMail("automatic")
    one_click(world, target.token, method="mailto")
    return TakenMail("unsubscribe", changed=True)


def _about(
    boxes: Mailboxes, brand_id: int, target: Target, report: MailReport
) -> list[bytes]:  # fmt: skip
    """Return the ids of the letters that a report may be about, the surest first."""
    if report.kind not in {"failed", "delivered", "complaint"}:
        return []
    known = [target.message_id] if target.kind in {"bounce", "answer"} else []
    return list(dict.fromkeys([*known, *_quoted(boxes, brand_id, report)]))


def _quoted(boxes: Mailboxes, brand_id: int, report: MailReport) -> list[bytes]:
    """Return the ids of letters of ours that one quotes.

    An id alone proves little; but it is 128 bits long, and only who got the letter knows it.
    """
    return [
        message_id for message_id, domain in report.quoted if (brand_id, domain) in boxes.senders
    ]


def _act(world: World, brand_id: int, message_id: bytes, report: MailReport) -> TakenMail | None:
    """Do what a report on one letter asks for; None where the letter is not known."""
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.messages.lock(brand_id, [message_id]).get(message_id)
        if row is None or row.queued.channel != _CHANNEL:
            return None
        if report.kind == "complaint":
            return _complaint(tx, world, row, report, now)
        attempts = tx.messages.attempts(brand_id, [message_id])
        account = attempts[-1].account if attempts else ""
        is_failure = report.kind == "failed"
        tx.mail.keep_report(
            brand_id, account, message_id, state="failed" if is_failure else "delivered",
            response=f"{report.code} {report.response}".strip(), at=now,
        )  # fmt: skip
        reason = "" if not is_failure else _BLOCKED if _is_blocked(report) else _BOUNCED
        status = "failed" if is_failure else "delivered"
        moved = tx.messages.settle(brand_id, [(message_id, status, reason, now)])
        if not moved:
            return TakenMail(_shown(report))
        events = [message_event(row, status, now, reason=reason, account=account)]
        if is_failure:
            events += _bounce(tx, world, row, report, account, now)
        tx.log.append(events)
    return TakenMail(_shown(report), changed=True)


def _bounce(
    tx: Tx, world: World, row: MessageRow, report: MailReport, account: str, now: int
) -> list[NewEvent]:
    """Return the events of a letter that came back, and spare its address where that is due."""
    queued = row.queued
    assert report.failure is not None
    properties = _properties(row, account)
    properties |= {"kind": report.failure.value, "code": report.code}
    bounced = internal_event(
        queued.brand_id, queued.profile_id, "Message Bounced", properties, now, queued.message_id
    )
    tx.suppliers.count(queued.brand_id, _CHANNEL, account, now, {"bounced": 1})
    _count(tx, world, queued.brand_id, account, now, bounced=1)
    address, key = _address(tx, world, row, report.about)
    if not address:
        return [bounced]
    if report.failure is Failure.HARD:
        return [bounced, *suppress(tx, queued.brand_id, [key], "bounced", now)]
    if report.failure is Failure.BLOCKED:
        return [bounced]
    known = counted(tx.mail.soft_bounces(queued.brand_id, key), now)
    tx.mail.put_soft_bounces(queued.brand_id, key, known)
    if not known.rests_until:
        return [bounced]
    rested = suppress(tx, queued.brand_id, [key], "bounced", now, until=known.rests_until)
    return [bounced, *rested]


def _complaint(
    tx: Tx, world: World, row: MessageRow, report: MailReport, now: int
) -> TakenMail:  # fmt: skip
    """End the marketing to someone who called a letter spam."""
    queued = row.queued
    brand_id = queued.brand_id
    attempts = tx.messages.attempts(brand_id, [queued.message_id])
    account = attempts[-1].account if attempts else ""
    is_new = tx.mail.keep_report(
        brand_id, account, queued.message_id, state="complained", response=report.code, at=now
    )
    if not is_new:
        return TakenMail("complaint")
    address, key = _address(tx, world, row, report.about)
    properties = _properties(row, account) | {"kind": report.code}
    events = [
        internal_event(
            brand_id, queued.profile_id, "Message Complained", properties, now, queued.message_id
        )
    ]
    tx.suppliers.count(brand_id, _CHANNEL, account, now, {"complained": 1})
    _count(tx, world, brand_id, account, now, complained=1)
    if address:
        events += suppress(tx, brand_id, [key], "complained", now)
    tx.log.append(events)
    present = tx.people.present(brand_id, [queued.profile_id])
    withdraw(
        tx, world, brand_id, Who(present.get(queued.profile_id, queued.profile_id)),
        [Wish(_CHANNEL)], Proof("complaint", evidence={"message": show_id(queued.message_id)}),
        "complaint", queued.message_id,
    )  # fmt: skip
    return TakenMail("complaint", changed=True)


def _count(  # noqa: PLR0913 - one figure a name
    tx: Tx,
    world: World,
    brand_id: int,
    account: str,
    now: int,
    *,
    bounced: int = 0,
    complained: int = 0,
) -> None:
    """Add to the figures of the account's sending domain: a warm-up goes by them."""
    mine = [
        one
        for one in tx.channels.accounts(brand_id)
        if (one.channel, one.name) == (_CHANNEL, account)
    ]
    domain = domain_of(tx.mail.domains(brand_id), mine[0]) if mine else None
    if domain is not None:
        day = domain.day or today(world, now)
        tx.mail.count(brand_id, domain.domain, day, bounced=bounced, complained=complained)


def _address(tx: Tx, world: World, row: MessageRow, about: str) -> tuple[str, bytes]:
    """Return whom a letter went to and the address's key; ("", b"") where nobody is known.

    What the report says is believed if the person has that address; a letter that was forwarded
    comes back with another one.
    """
    brand_id = row.queued.brand_id
    present = tx.people.present(brand_id, [row.queued.profile_id])
    me = present.get(row.queued.profile_id, row.queued.profile_id)
    said, said_key = address_and_key(world, brand_id, _CHANNEL, about) if about else ("", b"")
    held = {one.key for one, _ in tx.people.identifiers(brand_id, [me]).get(me, ())}
    if said and said_key in held:
        return said, said_key
    profile = tx.people.profiles(brand_id, [me]).get(me)
    trait = profile.traits.get("email") if profile is not None else None
    token = token_of(trait[0]) if trait is not None else None
    if token is None:
        return "", b""
    revealed = tx.vault.reveal(brand_id, {me: {token}}).get((me, token))
    if not isinstance(revealed, str):
        return "", b""
    return address_and_key(world, brand_id, _CHANNEL, revealed)


def _properties(row: MessageRow, account: str) -> dict[str, Value]:
    """Return what every event of a letter says of it."""
    queued = row.queued
    return {
        "message_id": show_id(queued.message_id),
        "channel": queued.channel,
        "template": queued.template,
        "journey": queued.journey,
        "node": queued.node,
        "class": queued.message_class,
        "account": account,
    }


def _is_blocked(report: MailReport) -> bool:
    """Say whether the letter or its sender was refused, not the mailbox."""
    return report.failure is Failure.BLOCKED


def _shown(report: MailReport) -> str:
    """Return what a report was taken for."""
    return "bounce" if report.kind == "failed" else report.kind
