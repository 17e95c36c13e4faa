"""Codes to scan: who scans one comes to an official account, or adds an employee in WeCom.

Each has a word of the brand's own that the platform hands back, so it is known where somebody came
from. Codes that never end are few: an account's are counted before the platform is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import segno
from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, NotFound, PlatformFailed, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, SECOND
from huiliu.ports.ground import ScanCode
from huiliu.ports.world import World
from huiliu.services.channel_accounts import account_named
from huiliu.services.plain_rendering import rendered_for_nobody

__all__ = [
    "CHANNELS",
    "LONGEST_DAYS",
    "NewCode",
    "end_code",
    "is_over",
    "list_codes",
    "make_code",
    "picture",
    "renew_code",
    "show_code",
]

CHANNELS: Final = ("wechat", "wecom")
#: The longest life of one that ends. Source: Account_Management/Generating_a_Parametric_QR_Code.
LONGEST_DAYS: Final = 30
#: So many that never end may an account have, where its own field does not say otherwise.
_MOST_PERMANENT: Final = 100_000
_LONGEST_SCENE: Final = {"wechat": 64, "wecom": 30}
_SCENE: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_LONGEST_NAME, _LONGEST_ANSWER = 80, 2_048
_MOST_USERS: Final = 100
_USER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}")
_PICTURES: Final = {"png": "image/png", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code as somebody asks for it."""

    channel: str
    account: str
    #: "" = made of its name.
    scene: str
    name: str
    campaign: str = ""
    store: str = ""
    #: What who comes by it is told at once; of WeCom, the slug of a template.
    answer: str = ""
    #: WeCom: whom it adds.
    users: tuple[str, ...] = ()
    #: 0 = it never ends.
    days: int = LONGEST_DAYS


def list_codes(world: World, brand_id: int, channel: str) -> list[ScanCode]:
    """Return the codes of a channel, newest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.ground.codes(brand_id, channel)


def show_code(world: World, brand_id: int, code_id: int) -> ScanCode:
    """Return one; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return tx.ground.code(brand_id, code_id)


def make_code(world: World, brand_id: int, new: NewCode, by: str) -> ScanCode:
    """Have a code made.

    Raises:
        BadInput: with everything that is wrong.
        NotFound: there is no such account.
        Conflict: the account has one of this scene, or as many that never end as it may.
        PlatformFailed: the platform refused; nothing is kept.
    """
    if problems := _problems(world, brand_id, new):
        raise BadInput(tuple(problems))
    account = account_named(world, brand_id, new.channel, new.account)
    now = world.clock.now()
    # Nothing of WeCom's ends by itself, and nothing of it is as scarce.
    lives_s = 0 if new.channel == "wecom" else new.days * DAY // SECOND
    asked = ScanCode(
        brand_id=brand_id, channel=new.channel, account=account.name, scene=new.scene,
        name=new.name.strip(), campaign=new.campaign.strip(), store=new.store.strip(),
        answer=new.answer.strip(), users=new.users, lives_s=lives_s, made_at=now, made_by=by,
    )  # fmt: skip
    most = int(account.config.get("permanent_codes") or _MOST_PERMANENT)
    with world.store.transaction(brand_id) as tx:
        code_id = tx.ground.add_code(asked, most if new.channel == "wechat" else 0)
    try:
        return _made(world, structs.replace(asked, code_id=code_id))
    except PlatformFailed:
        with world.store.transaction(brand_id) as tx:
            tx.ground.drop_code(brand_id, code_id)
        raise


def renew_code(world: World, brand_id: int, code_id: int) -> ScanCode:
    """Have a code that ends made anew, with the same word: it is another picture.

    Raises:
        NotFound: there is no such code.
        Conflict: it never ends, or was taken back.
        PlatformFailed: the platform refused.
    """
    code = show_code(world, brand_id, code_id)
    if code.channel != "wechat" or not code.lives_s or code.ended_at:
        raise Conflict(f"code {code_id}", "one that ends by itself", "another")
    return _made(world, code)


def end_code(world: World, brand_id: int, code_id: int) -> None:
    """Take a code back: WeCom forgets it, an official account's leads on but says nothing more.

    Raises:
        NotFound: there is no such code.
        PlatformFailed: the platform refused.
    """
    code = show_code(world, brand_id, code_id)
    if code.channel == "wecom" and not code.ended_at:
        account = account_named(world, brand_id, "wecom", code.account)
        try:
            world.wecom.remove_way(account, code.ticket)
        except PlatformFailed as fault:
            # It was taken away over there already.
            if fault.code != "41044":
                raise
    with world.store.transaction(brand_id) as tx:
        tx.ground.end_code(brand_id, code_id, world.clock.now())


def is_over(code: ScanCode, now: int) -> bool:
    """Say whether a code leads nowhere any more."""
    return bool(code.ended_at) or bool(code.expires_at and code.expires_at <= now)


def picture(url: str, kind: str) -> tuple[bytes, str]:
    """Return a code's picture and its media type; raise NotFound for a kind that there is not."""
    if kind not in _PICTURES:
        raise NotFound("picture", kind)
    # A third of it may be dirty or torn: printed codes are handled.
    made = segno.make(url, error="q", micro=False)
    out = BytesIO()
    made.save(out, kind=kind, scale=12 if kind == "png" else 4, border=4)
    return out.getvalue(), _PICTURES[kind]


def _made(world: World, code: ScanCode) -> ScanCode:
    """Ask the platform for a code and write down what it made."""
    account = account_named(world, code.brand_id, code.channel, code.account)
    now = world.clock.now()
    if code.channel == "wecom":
        way = world.wecom.make_way(
            account, code.users, code.scene, code.name, skips_check=True
        )  # fmt: skip
        done = structs.replace(code, ticket=way.config_id, url=way.picture)
    else:
        made = world.official.make_code(account, code.scene, code.lives_s)
        ends_at = now + made.lives_s * SECOND if code.lives_s else 0
        done = structs.replace(
            code, ticket=made.ticket, url=made.url, made_at=now, expires_at=ends_at
        )
    with world.store.transaction(code.brand_id) as tx:
        tx.ground.made(done)
    return done


def _problems(world: World, brand_id: int, new: NewCode) -> list[Problem]:
    """Return everything that is wrong with what was asked for."""
    if new.channel not in CHANNELS:
        return [Problem("channel", text("codes.channel", known=", ".join(CHANNELS)))]
    longest = _LONGEST_SCENE[new.channel]
    found = []
    if not _SCENE.fullmatch(new.scene) or len(new.scene) > longest:
        found.append(Problem("scene", text("codes.scene", longest=longest)))
    words = {"name": new.name.strip() or " " * 99, "campaign": new.campaign, "store": new.store}
    found += [
        Problem(path, text("codes.name", longest=_LONGEST_NAME))
        for path, said in words.items()
        if len(said) > _LONGEST_NAME
    ]
    if not new.account.strip():
        found.append(Problem("account", text("codes.account")))
    more = _of_official(new) if new.channel == "wechat" else _of_wecom(world, brand_id, new)
    return [*found, *more]


def _of_official(new: NewCode) -> list[Problem]:
    """Return what is wrong with the code of an official account."""
    found = []
    if not 0 <= new.days <= LONGEST_DAYS:
        found.append(Problem("days", text("codes.days", most=LONGEST_DAYS)))
    if len(new.answer.encode()) > _LONGEST_ANSWER:
        found.append(Problem("answer", text("menus.too_long", longest=_LONGEST_ANSWER)))
    return found


def _of_wecom(world: World, brand_id: int, new: NewCode) -> list[Problem]:
    """Return what is wrong with a code that adds employees."""
    found = []
    if not 1 <= len(new.users) <= _MOST_USERS or not all(map(_USER.fullmatch, new.users)):
        found.append(Problem("users", text("codes.users", most=_MOST_USERS)))
    if new.answer:
        with world.store.transaction(brand_id) as tx:
            parts = rendered_for_nobody(tx, brand_id, new.answer, "wecom")
        if parts is None:
            found.append(Problem("answer", text("codes.no_template", slug=new.answer)))
    return found
