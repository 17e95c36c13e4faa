"""The demo's stage: a real HTTP client, a still clock, and providers' sinks on real sockets."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

import msgspec

from huiliu.fakes import SmscSink, SmtpSink
from huiliu.kernel.errors import Unavailable
from huiliu.kernel.times import show_instant
from huiliu.ports.world import World
from huiliu.services.links import follow
from huiliu.simulator import Heard
from huiliu.stores.clock import SimulatedClock

__all__ = ["LiveStage", "mail_answer", "phone_answer"]

#: Far below the API's 500 KB a batch.
_BATCH_CALLS: Final = 800
_TIMEOUT_S: Final = 60
#: A link of ours in a message: (path, code).
_OURS: Final = re.compile(r"https?://[^/\s\"<>]+(/r/(\w+))")
_LEADS_ON: Final = frozenset({302, 303, 307})
_BROWSER: Final = (
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
)
#: How long receipts are waited for, and how often they are looked for, in real seconds.
_PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 0.001


def mail_answer(address: str) -> str:
    """Return what the mail sink says to an address: the dead ones of the simulator bounce."""
    return "550" if address.startswith("gone") else "ok"


def phone_answer(number: str) -> str:
    """Return what the SMSC does with a number: the dead ones of the simulator are not reached."""
    return "undeliv" if number.lstrip("+").startswith("86199") else "ok"


class LiveStage:
    """Speaks to one instance over its own sockets."""

    def __init__(
        self,
        world: World,
        clock: SimulatedClock,
        address: str,
        key: str,
        sinks: tuple[SmtpSink, SmscSink],
    ) -> None:
        """Hold the doors; the connection is kept alive from the first call on."""
        self._world = world
        self._clock = clock
        self._http = HTTPConnection(urlsplit(address).netloc, timeout=_TIMEOUT_S)
        basic = base64.b64encode(f"{key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        self._mail, self._phones = sinks
        self._n_replies = 0
        self._seen: tuple[object, int] = (0, 0)

    def move(self, now: int) -> None:
        """Set the clock."""
        self._clock.set(now)

    def post(self, calls: Sequence[Mapping[str, object]]) -> None:
        """Send calls to the collecting API; return when they are acknowledged."""
        sent_at = show_instant(self._clock.now())
        for first in range(0, len(calls), _BATCH_CALLS):
            batch = calls[first : first + _BATCH_CALLS]
            body = msgspec.json.encode({"batch": batch, "sentAt": sent_at})
            self._ask("/v1/batch", body, self._headers)

    def arrivals(self) -> list[Heard]:
        """Return the messages that reached people since the last call."""
        texts = self._phones.take()
        heard = [
            self._heard("sms", each.address, each.text)
            for each in texts
            if phone_answer(each.address) == "ok"
        ]
        heard += [
            self._heard("email", each.address, each.text, each.unsubscribe_url)
            for each in self._mail.take()
        ]
        return heard

    def _heard(self, channel: str, address: str, words: str, unsubscribe_url: str = "") -> Heard:
        """Return a message as somebody understands it: its link is known by where it leads."""
        found = _OURS.search(words)
        if found is None:
            return Heard(channel, address, words, 0, unsubscribe_url)
        leads_to = follow(self._world, found[2]).url
        words = words.replace(found[0], leads_to)
        return Heard(channel, address, words, 0, unsubscribe_url, found[1])

    def click(self, path: str) -> None:
        """Let somebody follow a link."""
        self._http.request("GET", path, headers={"User-Agent": _BROWSER})
        answer = self._http.getresponse()
        said = answer.read()
        if answer.status not in _LEADS_ON:
            raise Unavailable("web", f"{path}: {answer.status} {said[:300]!r}")

    def await_receipts(self) -> bool:
        """Return when the SMSC has handed over every receipt and reply; False = there was none."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            report = self._phones.report()
            if report["parts"] == report["receipts_due"] == report["receipts"]:
                break
            if time.monotonic() > deadline:
                raise Unavailable("sms", f"receipts did not come within {_PATIENCE_S:.0f} s")
            time.sleep(_PAUSE_S)
        seen = (report["receipts"], self._n_replies)
        is_new = seen != self._seen
        self._seen = seen
        return is_new

    def reply(self, phone: str, words: str) -> None:
        """Let somebody answer a text message."""
        self._n_replies += 1
        self._phones.reply(phone, words)

    def one_click(self, url: str) -> None:
        """Let somebody unsubscribe by one click, as mail programs do it (RFC 8058)."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self._ask(urlsplit(url).path, b"List-Unsubscribe=One-Click", headers)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a body, again while the answer is "later"; raise Unavailable for any other answer.

        A repeat changes nothing: every call carries its messageId.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            self._http.request("POST", path, body, dict(headers))
            answer = self._http.getresponse()
            said = answer.read()
            if answer.status == 200:
                return
            if answer.status != 503 or time.monotonic() > deadline:
                raise Unavailable("web", f"{path}: {answer.status} {said[:300]!r}")
            time.sleep(_PAUSE_S)
