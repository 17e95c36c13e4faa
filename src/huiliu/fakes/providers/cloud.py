"""What every fake SMS cloud does: it takes calls, fails as numbers ask it to, and pushes receipts.

A fake of a provider says how a call is checked and answered and how a push is written; quotas,
outages, scripts and the way of pushes are told here. Fakes know nothing of our own code: how a
signature is made is written a second time, and the vendors' own SDKs are what both are held to.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Final, Self
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from huiliu.fakes.arrivals import Arrivals, Arrived
from huiliu.fakes.providers.door import Asked, Given, open_door

__all__ = ["SECOND", "Asked", "FakeCloud", "Given", "Push", "Sent", "script_of"]

SECOND: Final = 1_000_000
#: The last four digits of a number choose what becomes of a message to it.
SCRIPTS: Final = {
    "9001": "undelivered",
    "9002": "expired",
    "9003": "silent",
    "9004": "hang",
    "9005": "early",
    "9006": "twice",
    "9007": "late",
    "9008": "fault",
    "9009": "lost_answer",
    "9010": "crash",
    "9011": "no_number",
    "9012": "opted_out",
    "9013": "bad_words",
    "9014": "no_money",
    "9015": "too_often",
    "9016": "night",
    "9058": "busy",
}
_PATIENCE_S: Final = 5.0
_LOOK_S: Final = 0.02
#: Pushes that were not taken are tried again so often.
_TRIES: Final = 4
#: How many pushes come twice, and how many are overtaken by later ones.
_TWICE, _OVERTAKEN = 0.1, 0.1


def script_of(number: str) -> str:
    """Return what a number asks for by its last four digits; "" = nothing special."""
    return SCRIPTS.get(number[-4:], "")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that a fake took."""

    #: Digits only, country code first.
    number: str
    text: str
    #: The fake's own id of it.
    known_as: str
    #: What the caller gave to be handed back.
    echo: str = ""
    #: Where its receipts go; "" = where all do.
    callback: str = ""
    template: str = ""
    signature: str = ""
    at: int = 0
    n_parts: int = 1


@dataclass(frozen=True, slots=True)
class Push:
    """One request that a fake makes to the brand."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class FakeCloud:
    """A provider in a thread of its own; a subclass speaks as its vendor does."""

    name: ClassVar[str] = ""

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        now: Callable[[], int],
        templates: Mapping[str, str] | None = None,
        seed: int = 1,
    ) -> None:
        """Prepare; `start` opens the port, 0 = any free one.

        Args:
            port: where to listen.
            host: the address to listen on.
            now: what time it is.
            templates: code -> approved text with ${name} or {1}; None = every code is approved.
            seed: what happens by chance is the same for the same seed.
        """
        self.port = port
        self.host = host
        self.now = now
        self.templates = templates
        #: Where pushes go that no call named an address for; "" = nowhere.
        self.callback_url = ""
        self.arrivals = Arrivals()
        #: Every message taken, by the fake's id.
        self.sent: dict[str, Sent] = {}
        #: What became of each, as a carrier says: DELIVRD, UNDELIV ...; "" = nothing yet.
        self.fates: dict[str, str] = {}
        #: Pushes that have not gone out.
        self.waiting: deque[Push] = deque()
        #: Calls a second before it says that there are too many; 0 = any number.
        self.most_a_second = 0
        self.asked: Counter[str] = Counter()
        self.pushed: Counter[str] = Counter()
        self._seconds: Counter[int] = Counter()
        self._chance = random.Random(seed)  # noqa: S311 - a script, not a secret
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._postman: threading.Thread | None = None

    # -- what a provider says --------------------------------------------------------------------

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        raise NotImplementedError

    def refuse(self, asked: Asked) -> Given | None:
        """Return what a request that is not well signed is answered; None = it is."""
        raise NotImplementedError

    def busy(self) -> Given:
        """Answer one call too many."""
        raise NotImplementedError

    def answer(self, asked: Asked) -> Given:
        """Answer a request to the API that is well signed."""
        raise NotImplementedError

    def report(self, sent: Sent, fate: str) -> Push:
        """Return the push that tells what became of a message."""
        raise NotImplementedError

    def reply(self, number: str, text: str) -> None:
        """Let a phone answer; the push waits like all others."""
        raise NotImplementedError

    # -- what all do -----------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"

    def counts(self) -> dict[str, object]:
        """Return counts: messages, calls and pushes."""
        return self.arrivals.report() | {
            "asked": dict(sorted(self.asked.items())),
            "pushed": dict(sorted(self.pushed.items())),
            "waiting": len(self.waiting),
        }

    def take(self) -> list[Push]:
        """Return the pushes that wait, and let them be somebody else's to deliver."""
        with self._lock:
            taken = list(self.waiting)
            self.waiting.clear()
        return taken

    def keep(self, sent: Sent) -> None:
        """Take a message, and prepare what its number asks for."""
        script = script_of(sent.number)
        with self._lock:
            self.sent[sent.known_as] = sent
            arrived = Arrived(f"+{sent.number}", sent.known_as, sent.text)
            self.arrivals.add(f"{sent.number} {sent.text}", arrived)
            if script == "silent":
                return
            fate = {"undelivered": "UNDELIV", "expired": "EXPIRED", "opted_out": "DB:0141"}
            self.fates[sent.known_as] = fate.get(script, "DELIVRD")
            push = self.report(sent, self.fates[sent.known_as])
            pushes = [push, push] if script == "twice" else [push]
            if script == "late":
                self.waiting.extend(pushes)
            else:
                # One that is late is overtaken by all that come after it.
                for one in reversed(pushes):
                    self.waiting.appendleft(one)

    def filled(self, code: str, values: Mapping[str, str]) -> str | None:
        """Return an approved text with its values; None = there is no such text."""
        if self.templates is None:
            return " ".join([code, *values.values()])
        found = self.templates.get(code)
        if found is None:
            return None
        for name, value in values.items():
            found = found.replace("${" + name + "}", value).replace("{" + name + "}", value)
        return found

    def handle(self, asked: Asked) -> Given:
        """Answer a request: signed or not, too many or not, as the provider would."""
        with self._lock:
            self.asked[f"{asked.method} {asked.path}"] += 1
            refusal = self.refuse(asked)
            if refusal is not None:
                self.arrivals.count("refused")
                return refusal
            second = self.now() // SECOND
            self._seconds[second] += 1
            if self.most_a_second and self._seconds[second] > self.most_a_second:
                self.arrivals.count("busy")
                return self.busy()
            return self.answer(asked)

    def deliver(self, push: Push) -> int:
        """Send a push and return the status; 0 = nobody was there."""
        request = Request(  # noqa: S310 - the address that the operator gave
            push.url, data=push.body, headers=dict(push.headers), method="POST"
        )
        try:
            with urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310 - same
                return int(answer.status)
        except HTTPError as fault:
            fault.close()
            return fault.code
        except (URLError, OSError):
            return 0

    def start(self) -> Self:
        """Listen; `port` then holds the real one."""
        server = open_door(self.host, self.port, self.handle, self._ended)
        self._server = server
        self.port = int(server.server_address[1])
        threading.Thread(
            target=server.serve_forever, args=(_LOOK_S,), name=f"fake-{self.name}", daemon=True
        ).start()
        return self

    def push_all(self) -> None:
        """Let a thread send the pushes, some twice and some late, until it is stopped."""
        self._postman = threading.Thread(
            target=self._carry, name=f"fake-{self.name}-pushes", daemon=True
        )
        self._postman.start()

    def stop(self) -> None:
        """Close the port; who hangs is let go."""
        self._ended.set()
        if self._postman is not None:
            self._postman.join(timeout=_PATIENCE_S)
            self._postman = None
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _carry(self) -> None:
        """Send one push after the other; one that is not taken comes again at the end."""
        tries: Counter[bytes] = Counter()
        while not self._ended.wait(_LOOK_S):
            for push in self.take():
                if self._ended.is_set() or not push.url:
                    continue
                if not tries[push.body] and self._chance.random() < _OVERTAKEN:
                    # Those that come later go first.
                    tries[push.body] += 1
                    with self._lock:
                        self.waiting.append(push)
                    continue
                tries[push.body] += 1
                for _ in range(2 if self._chance.random() < _TWICE else 1):
                    status = self.deliver(push)
                    self.pushed[str(status)] += 1
                if status != 200 and tries[push.body] <= _TRIES:
                    with self._lock:
                        self.waiting.append(push)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()
