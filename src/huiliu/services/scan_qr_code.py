"""What becomes of a scan: counted, told to the log once, and perhaps a coupon, in one transaction.

Whoever opens a code is only counted. A scan is taken when somebody who is known comes by it, or
presses the button of its page: programs that look at addresses do neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import structs

from huiliu.kernel.errors import NotFound, Refused
from huiliu.kernel.events import Identifier, IdentifierType, NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY, MINUTE
from huiliu.messages.links import machine
from huiliu.ports.codes import QrCode, ScanRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.codes import Standing, Token, standing
from huiliu.services.issue_coupon import issue
from huiliu.services.message_events import internal_event
from huiliu.services.qr_tokens import read_token

__all__ = [
    "Opened", "Scanner", "Taken", "forget_scans", "led", "open_qr_code", "scan_in", "take_scan",
]  # fmt: skip

SCANNED: Final = "QR Scanned"
#: Somebody who scans the same code again so soon comes by it once.
_ONCE: Final = 10 * MINUTE
_KEEP_FOR: Final = 400 * DAY
_SLOTS: Final = 16


@dataclass(frozen=True, slots=True)
class Opened:
    """A code as somebody finds it."""

    code: QrCode
    token: Token
    standing: Standing


@dataclass(frozen=True, slots=True)
class Scanner:
    """Who scanned."""

    #: The present profile; 0 = nobody who is known.
    profile_id: int = 0
    #: What a page of ours gave to this visit, for those who are not known.
    visit: str = ""
    #: app, wechat, web, store ...
    channel: str = "web"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a scan."""

    opened: Opened
    #: Why it was not taken: expired, over, ended, early; "" = it was.
    refused: str = ""
    #: The code of the coupon that it gave; "" = none.
    coupon: str = ""
    #: Why it gave no coupon, where it should have.
    no_coupon: str = ""
    #: False = the same scan was taken before, and this is its answer.
    is_new: bool = True
    #: By which anonymous id the log knows the visit.
    anonymous: str = ""


def open_qr_code(world: World, written: str, headers: Mapping[str, str] | None = None) -> Opened:
    """Return what stands behind a token, and count that somebody looked; raise NotFound.

    Args:
        world: the world.
        written: the token.
        headers: of the request that looks; None = it is not counted.
    """
    token = read_token(world, written)
    now = world.clock.now()
    with world.store.transaction(token.brand_id) as tx:
        opened = _opened(tx, token, now)
        if headers is not None:
            is_seen = "machine" if machine(headers, since_sent=0) else "seen"
            what = is_seen if opened.standing is Standing.OPEN else opened.standing
            _count(tx, opened.code, what, now)
    return opened


def take_scan(world: World, written: str, scanner: Scanner) -> Taken:
    """Take a scan; the same one again gets the first answer. Raise NotFound for a forged token."""
    token = read_token(world, written)
    now = world.clock.now()
    with world.store.system() as tx:
        opened = _opened(tx, token, now)
        taken, events = scan_in(tx, world, opened, scanner, now)
        # Last: the lock of the log is held until commit.
        tx.log.append(events)
    return taken


def scan_in(
    tx: Tx, world: World, opened: Opened, scanner: Scanner, now: int
) -> tuple[Taken, list[NewEvent]]:
    """Take a scan in an open transaction; the caller appends the events last."""
    code, brand_id = opened.code, opened.code.brand_id
    if opened.standing is not Standing.OPEN:
        _count(tx, code, opened.standing, now)
        return Taken(opened, refused=str(opened.standing), is_new=False), []
    who = f"p{scanner.profile_id}" if scanner.profile_id else f"v{scanner.visit}"
    picture = opened.token.step or now // _ONCE
    scan = digest("qr scan", brand_id, code.code_id, picture, who)
    anonymous = "" if scanner.profile_id else f"qr-{scan.hex()[:24]}"
    row = ScanRow(brand_id, scan, code.code_id, scanner.profile_id, "", now)
    before = tx.codes.take(row)
    if before is not None:
        return Taken(opened, coupon=before.coupon, is_new=False, anonymous=anonymous), []
    given, no_coupon, events = _give(tx, world, code, scanner, now)
    if given:
        tx.codes.gave(brand_id, scan, given)
    _count(tx, code, "scanned", now)
    told = _said(code, scanner.channel) | {"coupon": code.coupon if given else None}
    event = internal_event(brand_id, scanner.profile_id, SCANNED, told, now, scan)
    if anonymous:
        event = _of_nobody(world, event, anonymous, told)
    taken = Taken(opened, coupon=given, no_coupon=no_coupon, anonymous=anonymous)
    return taken, [event, *events]


def led(code: QrCode, url: str, anonymous: str = "") -> str:
    """Return an address with what it says of the code; words of its own stay."""
    parts = urlsplit(url)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in asked}
    more = {
        "utm_source": "qr", "utm_medium": code.kind, "utm_campaign": code.campaign,
        "utm_content": f"qr-{code.code_id}", "store": code.store, "a": anonymous,
    }  # fmt: skip
    asked += [(name, said) for name, said in more.items() if said and name not in known]
    return urlunsplit(parts._replace(query=urlencode(asked)))


def forget_scans(world: World, now: int, limit: int = 5_000) -> int:
    """Drop scans that nobody can repeat any more; return how many."""
    with world.store.system() as tx:
        return tx.codes.forget(now - _KEEP_FOR, limit)


def _opened(tx: Tx, token: Token, now: int) -> Opened:
    """Return what a token stands for now."""
    code = tx.codes.code(token.brand_id, token.code_id)
    if code is None:
        raise NotFound("code", str(token.code_id))
    found = standing(token, code.rotates_s, code.starts_at, code.ends_at, code.ended_at, now)
    return Opened(code, token, found)


def _give(
    tx: Tx, world: World, code: QrCode, scanner: Scanner, now: int
) -> tuple[str, str, list[NewEvent]]:
    """Return the coupon of a scan, why there is none, and what is told of it.

    A person gets one from a code, however often they come by.
    """
    if not code.coupon:
        return "", "", []
    if not scanner.profile_id:
        return "", "unknown_person", []
    key = f"qr:{code.code_id}:{scanner.profile_id}"
    try:
        given = issue(
            tx, world, code.brand_id, code.coupon, scanner.profile_id, key, now,
            channel=scanner.channel,
        )  # fmt: skip
    except Refused as fault:
        return "", fault.reason, []
    return given.code, "", list(given.events)


def _said(code: QrCode, channel: str) -> dict[str, Value]:
    """Return what the event of a scan says of its code."""
    return {
        "code": code.code_id, "code_kind": code.kind, "campaign": code.campaign or None,
        "store": code.store or None, "shelf": code.shelf or None, "staff": code.staff or None,
        "gtin": code.gtin or None, "channel": channel,
    }  # fmt: skip


def _of_nobody(
    world: World, event: NewEvent, anonymous: str, told: Mapping[str, Value]
) -> NewEvent:  # fmt: skip
    """Return a scan of somebody who is not known: what they do next may say who they are."""
    type_ = IdentifierType.ANONYMOUS_ID
    key = world.secrets.identifier_key(event.brand_id, type_, anonymous)
    body = msgspec.json.encode({"properties": told})
    return structs.replace(event, identifiers=(Identifier(type_, key),), body=body)


def _count(tx: Tx, code: QrCode, what: str, now: int) -> None:
    """Count one more."""
    tx.codes.count(code.brand_id, code.code_id, now // DAY, what, now // 1_000 % _SLOTS)
