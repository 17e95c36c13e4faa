"""What every fake shop does: it holds orders, answers over HTTP, and hands out signed notices.

A fake of a platform says how an order is written, how a notice is signed, and what each address of
its API answers; quotas, expiry, outages, and who was asked what are told here.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Final, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from huiliu.fakes.shops.orders import FakeBuyer, FakeLine, FakeOrder, live_a_little

__all__ = ["Asked", "Delivery", "FakeShop", "Given"]

_SECOND: Final = 1_000_000
#: How long a stop may wait for the server to look up.
_LOOK_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a fake's API."""

    method: str
    path: str
    query: Mapping[str, str]
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes
    #: The query as it was written.
    raw_query: str = ""

    def json(self) -> dict[str, object]:
        """Return the body's object; an empty one where there is none."""
        found: object = msgspec.json.decode(self.body) if self.body else {}
        return found if isinstance(found, dict) else {}

    def form(self) -> dict[str, str]:
        """Return the body's form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Given:
    """What a fake answers."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        """Return the bytes of the answer: what is no bytes yet is written as JSON."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice, signed, on its way to the connection's address."""

    order_id: str
    #: What happened, in the platform's words.
    topic: str
    body: bytes
    headers: Mapping[str, str]
    #: What follows the address, with its question mark, where the platform signs there.
    query: str = ""
    method: str = "POST"


class FakeShop:
    """A shop in a thread of its own; a subclass speaks as its platform does."""

    #: The platform's name.
    name: ClassVar[str] = ""
    currency: ClassVar[str] = "USD"
    #: Its notices are taken from a queue.
    has_queue: ClassVar[bool] = False
    #: Events that this platform cannot tell of.
    cannot_tell: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self, port: int = 0, *, host: str = "127.0.0.1", now: Callable[[], int], seed: int = 1
    ) -> None:
        """Prepare; `start` opens the port, 0 = any free one."""
        self.port = port
        self.host = host
        self.now = now
        self.orders: dict[str, FakeOrder] = {}
        #: What the platform would send: taken by `take`.
        self.waiting: list[Delivery] = []
        #: Of a platform whose notices are taken from a queue: those that lie there.
        self.queue: list[Delivery] = []
        #: Where notices go; "" = nowhere known yet. Some platforms sign it.
        self.notice_url = ""
        #: Answer so many requests as if there had been too many; as if the token had expired;
        #: as if nobody were at home.
        self.busy = 0
        self.expired = 0
        self.down = 0
        self.page_size = 20
        self.asked: Counter[str] = Counter()
        self._chance = random.Random(seed)  # noqa: S311 - a script, not a secret
        self._lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None

    # -- what a platform says ----------------------------------------------------------------

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        raise NotImplementedError

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the signed notices of what has just happened to an order."""
        raise NotImplementedError

    def answer(self, asked: Asked) -> Given:
        """Answer a request to the API."""
        raise NotImplementedError

    def told_id(self, order_id: str) -> str:
        """Return an order's id as events carry it, where the shop's connection is `main`."""
        return order_id

    def too_many(self) -> Given:
        """Answer that there were too many requests."""
        return Given({"error": "too many requests"}, 429, {"Retry-After": "1"})

    def not_good_any_more(self) -> Given:
        """Answer that the token has expired."""
        return Given({"error": "the token has expired"}, 401)

    def forge(self, delivery: Delivery) -> Delivery:
        """Return a notice as somebody without the secret would send it: another order's id."""
        body = delivery.body.replace(delivery.order_id.encode(), b"1" * len(delivery.order_id))
        if body == delivery.body:
            body = body[:-1] + b" " + body[-1:]
        return replace(delivery, body=body)

    # -- what happens in it --------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Return the start of the API's addresses."""
        return f"http://{self.host}:{self.port}"

    def order(self, *, buyer: int = 1, n_lines: int = 1) -> FakeOrder:
        """Let somebody order."""
        with self._lock:
            number = len(self.orders) + 1
            at = self.now()
            made = FakeOrder(
                self.order_id(number), self.buyer(buyer), self.currency,
                [self.line(number + n) for n in range(n_lines)], at, at,
            )  # fmt: skip
            self.orders[made.id] = made
            self.waiting += self.notice(made, "created")
        return made

    def happen(self, order: FakeOrder) -> str:
        """Let the next thing happen to an order, by chance; return what."""
        with self._lock:
            what = live_a_little(order, self.now(), self._chance)
            if what:
                self.waiting += self.notice(order, what)
        return what

    def truth(self, order: FakeOrder) -> set[str]:
        """Return the names of all that must be told of an order by now."""
        return order.truth - self.cannot_tell

    def changed(self, order: FakeOrder, what: str) -> None:
        """Say that a test has changed an order by hand."""
        with self._lock:
            order.updated_at = self.now()
            order.version += 1
            self.waiting += self.notice(order, what)

    def take(self) -> list[Delivery]:
        """Return the notices since the last call, in the order in which things happened."""
        with self._lock:
            taken, self.waiting = self.waiting, []
        return taken

    def order_id(self, number: int) -> str:
        """Return the id of the so-manieth order."""
        return str(450_789_000 + number)

    def buyer(self, number: int) -> FakeBuyer:
        """Return the so-manieth person."""
        return FakeBuyer(
            str(207_119_000 + number), f"+1415555{number:04}", f"buyer{number}@example.com",
            f"Buyer {number}",
        )  # fmt: skip

    def line(self, number: int) -> FakeLine:
        """Return a line of an order."""
        return FakeLine(
            f"63291{number % 7}", f"80850{number % 7}", f"SKU-{number % 7}",
            f"Thing {number % 7}", 1 + number % 3, 1_000 + 100 * (number % 7),
        )  # fmt: skip

    def between(self, since: int, until: int) -> list[FakeOrder]:
        """Return the orders that changed in [since, until), by time of change."""
        with self._lock:
            found = [one for one in self.orders.values() if since <= one.updated_at < until]
        return sorted(found, key=lambda one: (one.updated_at, one.id))

    def report(self) -> dict[str, object]:
        """Return counts."""
        return {"orders": len(self.orders), "asked": dict(sorted(self.asked.items()))}

    # -- how it is reached -----------------------------------------------------------------------

    def start(self) -> Self:
        """Listen; `port` then holds the real one."""
        shop = self

        class Door(BaseHTTPRequestHandler):
            """Answers one request."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """Hand the request to the shop."""
                self._enter()

            def do_POST(self) -> None:
                """Hand the request to the shop."""
                self._enter()

            def _enter(self) -> None:
                """Read, answer, write."""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, parts.path, query, headers, body, parts.query)
                given = shop.reply(asked)
                self.send_response(given.status)
                for name, value in {"Content-Type": "application/json", **given.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(given.raw)))
                self.end_headers()
                self.wfile.write(given.raw)

            def log_message(self, *_: object) -> None:
                """Stay silent: standard output is the caller's."""

        server = ThreadingHTTPServer((self.host, self.port), Door)
        server.daemon_threads = True
        self._server = server
        self.port = int(server.server_address[1])
        threading.Thread(
            target=server.serve_forever, args=(_LOOK_S,), name=f"fake-{self.name}", daemon=True
        ).start()
        return self

    def reply(self, asked: Asked) -> Given:
        """Answer a request, or fail as was asked for."""
        with self._lock:
            self.asked[asked.path] += 1
            if self.down:
                self.down -= 1
                return Given({"error": "down"}, 503)
            if self.busy:
                self.busy -= 1
                return self.too_many()
            if self.expired and not self.is_token_request(asked):
                return self.not_good_any_more()
            return self.answer(asked)

    def is_token_request(self, asked: Asked) -> bool:
        """Say whether a request asks for tokens."""
        return self.is_token_path(asked.path)

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are renewed here; after that none is expired."""
        del path
        return False

    def stop(self) -> None:
        """Close the port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

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
