"""Letters to users of the console: over a configured e-mail account, never through the outbox.

They are about the house, not about customers: no consent, cap or quiet hour is asked. Of a letter
whose answer was lost nobody knows whether it went, so it is never sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import Final

from huiliu.kernel.ids import digest
from huiliu.ports.accounts import User
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.mail_desk import lettered

__all__ = ["Letter", "house_account", "send_letter"]

_STYLE: Final = "font:15px/1.6 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;color:#1f2937"
_BUTTON: Final = (
    "background:#5b5bf0;color:#fff;text-decoration:none;border-radius:8px;padding:9px 18px;"
    "display:inline-block"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a user is written."""

    #: The same key is the same letter: its Message-ID.
    key: str
    subject: str
    paragraphs: tuple[str, ...]
    #: Where more is shown; "" = nowhere.
    link: str = ""
    #: The words of the link.
    more: str = ""
    #: What stands small at the end.
    foot: str = ""
    #: Names of files -> their text.
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def house_account(tx: Tx, world: World, brand_id: int) -> ChannelAccount | None:
    """Return the e-mail account that letters to users go through: the first that works."""
    for account in tx.channels.accounts(brand_id):
        if (
            account.channel == "email"
            and not account.paused
            and account.provider in world.providers
        ):
            return lettered(tx, world, account)
    return None


def send_letter(world: World, account: ChannelAccount, user: User, letter: Letter) -> Answer:
    """Hand one letter to the account's server and return its answer."""
    number = digest("house letter", account.brand_id, letter.key, user.user_id)
    link = f"\n\n{letter.more}: {letter.link}" if letter.link else ""
    foot = f"\n\n--\n{letter.foot}" if letter.foot else ""
    parts = {
        "subject": letter.subject,
        "text": "\n\n".join(letter.paragraphs) + link + foot + "\n",
        "html": _html(letter),
    }
    parts |= {f"file:{name}": content for name, content in letter.files.items()}
    message = OutboundMessage(
        number, user.email, parts, "service", world.clock.now(), locale=user.locale
    )
    answers = world.providers[account.provider].send(account, [message])
    for answer in answers:
        if answer.message_id == number:
            return answer
    return Answer(number, AnswerState.UNKNOWN, (), "no answer")


def _html(letter: Letter) -> str:
    """Return a letter's page; nothing in it is taken as markup."""
    body = "".join(f'<p style="margin:0 0 12px">{escape(one)}</p>' for one in letter.paragraphs)
    if letter.link:
        body += (
            f'<p style="margin:20px 0"><a href="{escape(letter.link)}" style="{_BUTTON}">'
            f"{escape(letter.more)}</a></p>"
        )
    foot = (
        f'<p style="margin:24px 0 0;color:#6b7280;font-size:12px">{escape(letter.foot)}</p>'
        if letter.foot
        else ""
    )
    return (
        f'<!doctype html><html><body style="margin:0;padding:24px;background:#f5f6fa"><div style="'
        f"{_STYLE};max-width:560px;margin:0 auto;background:#fff;border-radius:12px;padding:28px"
        f'"><h1 style="font-size:19px;margin:0 0 16px">{escape(letter.subject)}</h1>{body}{foot}'
        "</div></body></html>"
    )
