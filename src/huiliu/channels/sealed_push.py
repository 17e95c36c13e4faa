"""What Tencent's platforms push to an account of ours: proved and opened, or refused.

Safe mode is asked for: the signature over the cipher text is checked before anything is opened, and
what comes in the clear is refused unless the account's operator took it on (`plain_callbacks`).
Source: developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html and
developer.work.weixin.qq.com/document/path/90930.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from huiliu.channels.wechat_xml import read_xml, write_xml
from huiliu.kernel.times import HOUR, SECOND
from huiliu.messages.wechat_crypto import decrypt, encrypt, sign, signed
from huiliu.ports.channel import AccountField, Callback, CallbackAnswer, ChannelAccount

__all__ = ["CALLBACK_FIELDS", "Push", "open_push"]

#: What an account that is pushed to has besides.
CALLBACK_FIELDS: Final = (
    AccountField("token", "secret", default=""),
    AccountField("aes_key", "secret", default=""),
    #: Take what comes without encryption.
    AccountField("plain_callbacks", "flag", "no"),
)
#: What is older was written by nobody who waits for an answer: they try for fifteen seconds.
_FRESH: Final = HOUR
_LONGEST_WORD: Final = 200
_REFUSED: Final = CallbackAnswer(403)


@dataclass(frozen=True, slots=True)
class Push:
    """One push that is proved to come from the platform."""

    #: Names as the platform writes them; a name that stands twice is a list.
    values: Mapping[str, Any]
    #: How an answer is sealed.
    write: Callable[[bytes], bytes]

    def word(self, name: str) -> str:
        """Return a short text of it, "" where there is none."""
        found = self.values.get(name)
        return found[:_LONGEST_WORD] if isinstance(found, str) else ""

    @property
    def at(self) -> int:
        """Return when it happened, as the platform says; 0 = it does not."""
        written = self.word("CreateTime")
        return int(written) * SECOND if _is_whole(written) else 0


@dataclass(frozen=True, slots=True)
class _Proof:
    """What the query of a push says, and what it has to fit."""

    token: str
    key: str
    #: For whom it must be written: app id or corporation's id.
    owner: str
    asked: Mapping[str, str]

    def shows(self, name: str, *said: str) -> bool:
        """Say whether a signature fits what is said."""
        asked = self.asked
        return signed(
            asked.get(name, ""), self.token, asked.get("timestamp", ""), asked.get("nonce", ""),
            *said,
        )  # fmt: skip

    def opened(self, sealed: str) -> bytes | None:
        """Return what is sealed; None where it was not sealed for us by who knows the token."""
        if not self.shows("msg_signature", sealed):
            return None
        return decrypt(sealed, self.key, self.owner)

    def seal(self, plain: bytes) -> bytes:
        """Return an answer as safe mode wants it."""
        at, nonce = self.asked.get("timestamp", ""), secrets.token_hex(8)
        sealed = encrypt(plain, self.key, self.owner, secrets.token_bytes(16))
        return write_xml({
            "Encrypt": sealed, "MsgSignature": sign(self.token, at, nonce, sealed),
            "TimeStamp": at, "Nonce": nonce,
        })  # fmt: skip


def open_push(
    account: ChannelAccount, request: Callback, now: int, owner: str, *, is_sealed: bool = False
) -> Push | CallbackAnswer:
    """Return what was pushed, or the answer to what is no push.

    Args:
        account: whose.
        request: as it came.
        now: what time it is.
        owner: the id for which it must be written: app id or corporation's id.
        is_sealed: the platform proves the address by a cipher text, and knows no other mode.
    """
    asked = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    config, at = account.config, asked.get("timestamp", "")
    proof = _Proof(config.get("token", ""), config.get("aes_key", ""), owner, asked)
    is_fresh = _is_whole(at) and abs(int(at) * SECOND - now) <= _FRESH
    if not proof.token or not is_fresh:
        return _REFUSED
    if request.method == "GET":
        echo = asked.get("echostr", "")
        plain = proof.opened(echo) if is_sealed else echo.encode()
        if plain is None or not (is_sealed or proof.shows("signature")):
            return _REFUSED
        return CallbackAnswer(200, plain)
    return _opened(proof, request.body, config.get("plain_callbacks") == "yes" and not is_sealed)


def _opened(proof: _Proof, body: bytes, may_be_plain: bool) -> Push | CallbackAnswer:
    """Return the message of a push, or a refusal."""
    values = _values(body)
    sealed = (values or {}).get("Encrypt")
    if isinstance(sealed, str) and sealed:
        opened = proof.opened(sealed)
        values = None if opened is None else _values(opened)
        return _REFUSED if values is None else Push(values, proof.seal)
    if values is None or not may_be_plain or not proof.shows("signature"):
        return _REFUSED
    return Push(values, bytes)


def _values(body: bytes) -> Mapping[str, Any] | None:
    """Return a body's values: XML, or JSON as mini-programs may choose; None = it is neither."""
    if body.lstrip()[:1] != b"{":
        return read_xml(body)
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    # As XML would say it: numbers are words.
    return {
        name: str(one) if isinstance(one, int | float) and not isinstance(one, bool) else one
        for name, one in found.items()
    }


def _is_whole(written: str) -> bool:
    """Say whether a word is a whole number of a usual length."""
    return written.isascii() and written.isdecimal() and len(written) <= 12
