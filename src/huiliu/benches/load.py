"""A load generator for the tracking API that costs next to nothing: prebuilt requests, one thread.

Run as a process of its own (`python -m huiliu.benches.load`), so that it shares no interpreter with
the server; it prints one JSON object.
"""

from __future__ import annotations

import base64
import json
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

__all__ = ["COUNTER", "Load", "Result", "batches", "drive", "singles"]

#: Where the number of the request goes, so that every messageId is new.
COUNTER: Final = b"@@@@@@@@@@"
_SUCCESS: Final = b'{"success":true}'
_NAMES: Final = (*("Product Viewed",) * 6, *("Product Added",) * 3, "Order Paid")
_CATEGORIES: Final = ("skin care", "make-up", "fragrance", "hair care", "tools")
_READ_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Load:
    """What to send where."""

    port: int
    key: str
    connections: int
    seconds: float
    #: Events in a request; 1 = single calls.
    batch: int


@dataclass(slots=True)
class Result:
    """What came back."""

    n_requests: int = 0
    n_failed: int = 0
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)


def batches(load: Load) -> list[bytes]:
    """Return requests of many events each, about 350 bytes an event."""
    made = []
    for template in range(200):
        calls = [
            _call(template * load.batch + number, '"type":"track",') for number in range(load.batch)
        ]
        body = b'{"batch":[' + b",".join(calls) + b'],"sentAt":"2026-11-22T04:00:01.000Z"}'
        made.append(_request(load, "/v1/batch", body))
    return made


def singles(load: Load) -> list[bytes]:
    """Return requests of one event each."""
    return [_request(load, "/v1/track", _call(number, "")) for number in range(2000)]


def drive(load: Load, requests: Sequence[bytes]) -> Result:
    """Send requests over keep-alive connections for the time, each as soon as it is answered."""
    result = Result()
    selector = selectors.DefaultSelector()
    lines = [_Line(load.port) for _ in range(load.connections)]
    number = time.time_ns() // 1000 % 1_000_000_000
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
        number += 1
        line.send(requests[number % len(requests)].replace(COUNTER, b"%010d" % number))
    began = time.perf_counter()
    end = began + load.seconds
    waiting = load.connections
    while waiting:
        for chosen, _ in selector.select():
            line = chosen.data
            if not line.receive():
                continue
            now = time.perf_counter()
            result.n_requests += 1
            result.n_failed += not line.succeeded
            result.latencies_ms.append((now - line.sent_at) * 1000)
            result.seconds = now - began
            if now < end:
                number += 1
                line.send(requests[number % len(requests)].replace(COUNTER, b"%010d" % number))
            else:
                waiting -= 1
                selector.unregister(line.socket)
                line.socket.close()
    return result


class _Line:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.sent_at = 0.0
        self.succeeded = False
        self._received = b""

    def send(self, request: bytes) -> None:
        """Send a request; it fits the socket's buffer."""
        self.sent_at = time.perf_counter()
        self._received = b""
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has arrived and say whether the answer is whole."""
        got = self.socket.recv(_READ_BYTES)
        self._received += got
        if not got:
            raise ConnectionError("the server closed a connection")
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return False
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        self.succeeded = head.startswith(b"HTTP/1.1 200") and body == _SUCCESS
        return len(body) >= length


def _call(number: int, kind: str) -> bytes:
    """Return one track call: 350 bytes of what a shop sends, none of it personal."""
    return (
        f'{{{kind}"event":"{_NAMES[number % 10]}","userId":"u-{number % 20_000:05d}",'
        f'"anonymousId":"3f2504e0-4f89-41d3-9a0c-{number % 20_000:012x}",'
        f'"messageId":"m-{COUNTER.decode()}-{number % 2000:04d}",'
        f'"timestamp":"2026-11-22T04:00:00.{number % 1000:03d}Z",'
        f'"context":{{"library":{{"name":"analytics-node","version":"2.2.0"}}}},'
        f'"properties":{{"product_id":"P-{number % 5000:05d}",'
        f'"category":"{_CATEGORIES[number % 5]}","price":{number % 900 + 0.5},"quantity":1}}}}'
    ).encode()


def _request(load: Load, path: str, body: bytes) -> bytes:
    """Return a whole HTTP request."""
    basic = base64.b64encode(f"{load.key}:".encode()).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{load.port}\r\nauthorization: Basic {basic}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Drive the load that the first argument describes in JSON."""
    load = Load(**json.loads(sys.argv[1]))
    requests = batches(load) if load.batch > 1 else singles(load)
    result = drive(load, requests)
    latencies = sorted(result.latencies_ms)
    shown = asdict(result) | {
        "latencies_ms": [],
        "p50_ms": latencies[len(latencies) // 2],
        "p99_ms": latencies[len(latencies) * 99 // 100],
        "event_bytes": len(requests[0]) / load.batch,
    }
    print(json.dumps(shown))  # noqa: T201 - a process speaks through its output


if __name__ == "__main__":
    main()
