"""`webhook`: a server is called; what it answers is carried on to later nodes and templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from huiliu.conditions import Mentions
from huiliu.conditions.form import Field
from huiliu.journeys.matchers import Matcher
from huiliu.journeys.nodes.answers import answer_to, asked_of
from huiliu.journeys.nodes.base import Call, Go, Name, Node, Outcome, Passage, Quota, Rest, Way
from huiliu.journeys.nodes.givens import Givens, read_givens
from huiliu.journeys.reading import Fields
from huiliu.kernel.facts import Value
from huiliu.kernel.times import HOUR, SECOND, show_duration

__all__ = ["TYPE", "Webhook"]

_ANSWERED: Final = "Webhook Answered"
_METHODS: Final = ("POST", "PUT", "GET")
_DEFAULT_WITHIN: Final = 30 * SECOND
_LONGEST: Final = 24 * HOUR
#: A later node needs a few values, not a page.
_MOST_BYTES: Final = 8_192


@dataclass(frozen=True, slots=True)
class Webhook:
    """Calls, rests until the answer is there, and goes on by how it went."""

    method: str
    url: str
    #: Added to the address.
    query: Givens
    body: Givens
    #: How long an answer may take, in microseconds.
    within: int
    #: Under which name the answer is carried; "" = the node's own.
    name: str
    next: str
    #: Where a run goes when the server refuses or cannot be reached; "" = the same way.
    failed: str
    #: Where it goes when no answer came in time; "" = as where it fails.
    timed_out: str
    mentions: Mentions = field(init=False, repr=False, compare=False)

    type = "webhook"
    takes_time = False
    asks = True

    def __post_init__(self) -> None:
        """Note what is asked for."""
        asked = asked_of(_ANSWERED, self.within) | self.query.mentions | self.body.mentions
        object.__setattr__(self, "mentions", asked)

    @property
    def wakes(self) -> frozenset[str]:
        """The answer."""
        return frozenset({_ANSWERED})

    @property
    def quota(self) -> Quota | None:
        """Nothing is given out."""
        return None

    @property
    def names(self) -> Sequence[Name]:
        """The server."""
        return (Name("url", "url", self.url),)

    @property
    def ways(self) -> Sequence[Way]:
        """The way on, and those that are written for failures."""
        more = (("failed", self.failed), ("timed_out", self.timed_out))
        return (Way("next", self.next), *(Way(name, to) for name, to in more if to))

    def step(self, passage: Passage, memory: bytes) -> Outcome:
        """Return the call on arrival, later the way of its answer."""
        if not memory:
            until = passage.now + self.within
            details = msgspec.json.encode({"host": urlsplit(self.url).hostname or ""})
            return Rest(
                until, b"%d" % until, (self._call(passage),), what="called", details=details
            )
        until = int(memory)
        answer = answer_to(passage, _ANSWERED)
        if answer is None:
            if passage.now < until:
                return Rest(until, memory)
            answer = {"ok": False, "status": 0, "body": None, "reason": "timeout"}
        return self._go(passage, answer)

    def tree(self) -> dict[str, object]:
        """Return the fields as they are written."""
        tree: dict[str, object] = {"url": self.url}
        if self.method != _METHODS[0]:
            tree["method"] = self.method
        if self.query.each:
            tree["query"] = self.query.tree()
        if self.body.each:
            tree["body"] = self.body.tree()
        if self.within != _DEFAULT_WITHIN:
            tree["timeout"] = show_duration(self.within)
        if self.name:
            tree["as"] = self.name
        tree["next"] = self.next
        more = (("failed", self.failed), ("timed_out", self.timed_out))
        return tree | {name: to for name, to in more if to}

    def told(self, what: str, details: Mapping[str, object]) -> None:  # noqa: ARG002 - the protocol's signature
        """Leave it to the sentence of the word."""
        return

    def _call(self, passage: Passage) -> Call:
        """Return the call."""
        url = self.url
        if self.query.each:
            asked = {name: _in_query(value) for name, value in self.query.of(passage).items()}
            url += ("&" if "?" in url else "?") + urlencode(asked)
        is_awaited = bool(self.name or self.failed or self.timed_out)
        return Call(self.method, url, self.body.of(passage), self.within, is_awaited=is_awaited)

    def _go(self, passage: Passage, answer: Mapping[str, Value]) -> Go:
        """Return the way of an answer, with what of it is carried."""
        is_good, status = answer.get("ok") is True, answer.get("status")
        body = answer.get("body")
        if len(msgspec.json.encode(body)) > _MOST_BYTES:
            body = None
        kept: dict[str, Value] = {"ok": is_good, "status": status, "body": body}
        reason = answer.get("reason")
        failed = self.failed or self.next
        to = self.next if is_good else failed
        if not is_good and reason == "timeout":
            to = self.timed_out or failed
        what = "answered" if is_good else "unanswered"
        details = msgspec.json.encode({"to": to, "status": status, "reason": reason or ""})
        return Go(to, what, details, carried={self.name or passage.node: kept})


def _in_query(value: Value) -> str:
    """Return a value as it stands in an address."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


class _WebhookType:
    """Reads `webhook` nodes."""

    name = "webhook"
    group = "data"
    fields = ("url", "method", "query", "body", "timeout", "as", "next", "failed", "timed_out")
    form = (
        Field("url", "text", needed=True, start="https://"),
        Field("method", "choice", options=_METHODS),
        Field("query", "givens"),
        Field("body", "givens"),
        Field("timeout", "duration", start="30s"),
        Field("as", "text"),
        Field("next", "way", needed=True),
        Field("failed", "way"),
        Field("timed_out", "way"),
    )

    def read(self, fields: Fields, ends: Sequence[Matcher]) -> Node:  # noqa: ARG002 - the table's signature
        """Return the node of a document's map."""
        url = fields.word("url")
        if url and not _is_url(url):
            fields.wrong("url", "journeys.want_url", name="url")
        within = fields.duration("timeout", default=_DEFAULT_WITHIN)
        if not SECOND <= within <= _LONGEST:
            longest = show_duration(_LONGEST)
            fields.wrong("timeout", "journeys.webhook_timeout", least="1s", most=longest)
        method = fields.choice("method", _METHODS, default=_METHODS[0])
        if method == "GET" and fields.has("body"):
            fields.wrong("body", "journeys.get_with_body")
        return Webhook(
            method, url, read_givens(fields, "query"), read_givens(fields, "body"), within,
            fields.word("as", default=""), fields.word("next"),
            fields.word("failed", default=""), fields.word("timed_out", default=""),
        )  # fmt: skip


def _is_url(url: str) -> bool:
    """Say whether a server can be called under an address; which ones may be, the shell decides."""
    try:
        parts = urlsplit(url)
        named = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = parts.username is None and parts.password is None and not parts.fragment
    return parts.scheme in {"https", "http"} and bool(parts.hostname) and named and plain


TYPE = _WebhookType()
