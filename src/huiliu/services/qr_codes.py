"""Codes of the brand's own: made, looked at, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, NotFound, PlatformFailed, Problem
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.codes import QrCode
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.barcode import read_barcode
from huiliu.rewards.codes import Facts, problems_of
from huiliu.services.qr_tokens import address_of, screen_address
from huiliu.services.scan_codes import LONGEST_DAYS, NewCode, end_code, make_code

__all__ = [
    "MOST_LISTED",
    "NewQrCode",
    "end_qr_code",
    "list_qr_codes",
    "make_qr_code",
    "make_wechat_code",
    "print_address",
    "show_qr_code",
    "told_code",
]

MOST_LISTED: Final = 500
_TOLD: Final = ("kind", "name", "campaign", "store", "shelf", "staff", "coupon", "form")


@dataclass(frozen=True, slots=True)
class NewQrCode:
    """A code as somebody asks for it."""

    kind: str
    name: str
    campaign: str = ""
    store: str = ""
    shelf: str = ""
    staff: str = ""
    #: Any bar code of the product.
    product: str = ""
    coupon: str = ""
    form: str = ""
    #: app, mini and page, as far as there is one.
    leads: Mapping[str, str] | None = None
    rotates_s: int = 0
    starts_at: int = 0
    #: 0 = never.
    ends_at: int = 0


def make_qr_code(world: World, brand_id: int, new: NewQrCode, by: str) -> QrCode:
    """Keep a code.

    Raises:
        BadInput: with everything that is wrong.
    """
    now = world.clock.now()
    leads = {way: said.strip() for way, said in (new.leads or {}).items() if said.strip()}
    facts = Facts(
        new.kind, new.name.strip(), new.campaign.strip(), new.store.strip(), new.shelf.strip(),
        new.staff.strip(), new.coupon.strip(), new.form.strip(), leads, new.rotates_s,
        new.starts_at, new.ends_at,
    )  # fmt: skip
    problems = problems_of(facts, now)
    barcode = read_barcode(new.product) if new.product.strip() else None
    if (new.product.strip() or new.kind == "product") and barcode is None:
        problems.append(Problem("product", text("barcode.unreadable")))
    if barcode is not None and new.rotates_s:
        # A Digital Link is printed on the product: it cannot change every few seconds.
        problems.append(Problem("rotates", text("qr.product_rotates")))
    if barcode is None and not leads and not facts.form and not facts.coupon:
        problems.append(Problem("leads", text("qr.nowhere")))
    code = QrCode(
        brand_id=brand_id, kind=facts.kind, name=facts.name, campaign=facts.campaign,
        store=facts.store, shelf=facts.shelf, staff=facts.staff,
        gtin=barcode.gtin if barcode is not None else "", coupon=facts.coupon, form=facts.form,
        leads=leads, rotates_s=facts.rotates_s, starts_at=facts.starts_at, ends_at=facts.ends_at,
        made_at=now, made_by=by,
    )  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        problems += _unknown(tx, code)
        if problems:
            raise BadInput(tuple(problems))
        return structs.replace(code, code_id=tx.codes.add(code))


def make_wechat_code(
    world: World, brand_id: int, code_id: int, account: str, answer: str, by: str
) -> QrCode:  # fmt: skip
    """Have WeChat make a code beside one: who scans it comes to follow the account.

    Raises:
        NotFound: there is no such code or account.
        BadInput: WeChat would not take what is asked.
        Conflict: there is one already, or the code is over.
        PlatformFailed: WeChat refused.
    """
    code = show_qr_code(world, brand_id, code_id)
    if code.scan_code or code.ended_at:
        raise Conflict(f"code {code_id}", "one in use without a code at WeChat", "another")
    lasts = code.kind in {"shelf", "product", "staff"} and not code.ends_at
    new = NewCode(
        "wechat", account, f"qr-{brand_id}-{code_id}", code.name, code.campaign, code.store,
        answer, days=0 if lasts else LONGEST_DAYS,
    )  # fmt: skip
    made = make_code(world, brand_id, new, by)
    with world.store.transaction(brand_id) as tx:
        tx.codes.set_scan_code(brand_id, code_id, made.code_id)
    return structs.replace(code, scan_code=made.code_id)


def list_qr_codes(world: World, brand_id: int, kind: str = "") -> list[QrCode]:
    """Return the codes of a kind, those in use first, newest first; "" = of every kind."""
    with world.store.transaction(brand_id) as tx:
        return tx.codes.codes(brand_id, kind, MOST_LISTED)


def show_qr_code(world: World, brand_id: int, code_id: int) -> QrCode:
    """Return one; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        found = tx.codes.code(brand_id, code_id)
    if found is None:
        raise NotFound("code", str(code_id))
    return found


def end_qr_code(world: World, brand_id: int, code_id: int) -> QrCode:
    """Take a code back: what is printed of it leads to a page that says so.

    Raises:
        NotFound: there is no such code.
        Conflict: it was taken back before.
    """
    code = show_qr_code(world, brand_id, code_id)
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        if not tx.codes.end(brand_id, code_id, now):
            raise Conflict(f"code {code_id}", "in use", "ended")
    if code.scan_code:
        # Ours leads nowhere any more, whatever becomes of the one beside it.
        with suppress(NotFound, PlatformFailed):
            end_code(world, brand_id, code.scan_code)
    return structs.replace(code, ended_at=now)


def print_address(world: World, code: QrCode) -> str:
    """Return the address that is printed of a code.

    Raises:
        Conflict: it rotates, so a picture of it is worth nothing on paper.
    """
    if code.rotates_s:
        raise Conflict(f"code {code.code_id}", "one that does not rotate", "a rotating one")
    return address_of(world, code, world.clock.now())


def told_code(world: World, code: QrCode) -> dict[str, object]:
    """Return a code as data, for servers and the command line."""
    told = {name: getattr(code, name) for name in _TOLD}
    instants = {
        "starts": code.starts_at, "ends": code.ends_at, "made": code.made_at,
        "ended": code.ended_at,
    }  # fmt: skip
    return (
        told
        | {name: show_instant(at) if at else None for name, at in instants.items()}
        | {
            "id": code.code_id,
            "product": code.gtin,
            "leads": dict(code.leads),
            "rotates": code.rotates_s,
            "wechat": code.scan_code or None,
            "made_by": code.made_by,
            "address": address_of(world, code, world.clock.now()),
            "screen": screen_address(world, code) if code.rotates_s else None,
        }
    )


def _unknown(tx: Tx, code: QrCode) -> Sequence[Problem]:
    """Return what a code names and is not there."""
    found = []
    named = (("form", code.form), ("coupon", code.coupon))
    for kind, slug in named:
        if slug and is_slug(slug) and not _is_there(tx, code.brand_id, kind, slug):
            found.append(Problem(kind, text("qr.unknown", slug=slug)))
    if (mini := code.leads.get("mini")) and len(mini) == 10:
        link = tx.ground.link(mini)
        if link is None or link.brand_id != code.brand_id:
            found.append(Problem("leads.mini", text("qr.mini")))
    return found


def _is_there(tx: Tx, brand_id: int, kind: str, slug: str) -> bool:
    """Say whether there is a document that is in use."""
    try:
        return tx.documents.latest(brand_id, kind, slug).state == "live"
    except NotFound:
        return False
