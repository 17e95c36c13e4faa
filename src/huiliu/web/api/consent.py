"""Consent and suppression for servers: what the console's pages do, behind a key."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import StreamingResponse

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import as_instant
from huiliu.messages.permission import KIND
from huiliu.ports.people import ConsentFilter
from huiliu.printers.csv import csv_rows
from huiliu.services.consent_ledger import (
    consent_counts,
    list_consents,
    person_ledger,
    record_by_staff,
    row_as_data,
)
from huiliu.services.permission import permission_source
from huiliu.services.publish import publish
from huiliu.services.suppression_list import (
    COLUMNS,
    add_addresses,
    address_as_data,
    address_rows,
    list_addresses,
    remove_address,
)
from huiliu.services.wishes import Proof
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import number_mark, read_number

__all__ = ["routes"]

_LARGEST_LIST: Final = 20 * 1024 * 1024
_MOST_BAD: Final = 1_000
_WORDS: Final = ("method", "legal_basis", "jurisdiction", "text_version", "text_locale", "source")
_TIMES: Final = ("expires_at", "purchased_at")


def _ledger(call: Call) -> object:
    """Return a page of the ledger, and how many people stand where."""
    asked = {name: call.ask(name) for name in ("channel", "purpose", "state", "method")}
    before = read_number(call.ask("before"))
    found = list_consents(call.world, call.brand_id, ConsentFilter(**asked), before)
    return {
        "consents": [
            {"profile_id": show_profile_id(who), **row_as_data(row)} for who, row in found.rows
        ],
        "counts": [
            {"channel": one.channel, "purpose": one.purpose, "granted": one.granted,
             "withdrawn": one.withdrawn, "expired": one.expired}
            for one in consent_counts(call.world, call.brand_id)
        ],
        "next": number_mark(found.next) or None,
    }  # fmt: skip


def _person(call: Call) -> object:
    """Return all that one person said, with its proof."""
    found = person_ledger(call.world, call.brand_id, _profile(call))
    return {
        "profile_id": show_profile_id(found.profile_id),
        "stands": [
            {"channel": channel, "purpose": purpose, "state": state}
            for (channel, purpose), state in sorted(found.stands.items())
        ],
        "ledger": [row_as_data(row) for row in found.rows],
        "broken_at": found.broken_at,
    }


def _record(call: Call) -> object:
    """Take down what a person said: `consents`, a list of channel, purpose and state."""
    given: Any = call.body.get("consents")
    if not isinstance(given, list) or any(not isinstance(one, dict) for one in given):
        raise BadInput((Problem("consents", text("api.not_consents")),))
    changes = [
        (
            str(one.get("channel", "")),
            str(one.get("purpose", "marketing")),
            str(one.get("state", "")),
        )
        for one in given
    ]
    taken = record_by_staff(
        call.world, call.brand_id, _profile(call), changes, _proof(call),
        key=("api", call.body["key"]) if isinstance(call.body.get("key"), str) else (),
    )  # fmt: skip
    return {
        "consents": [
            {"channel": one.wish.channel, "purpose": one.wish.purpose, "state": one.state}
            for one in taken
        ]
    }


def _proof(call: Call) -> Proof:
    """Return what a body says of how it was said."""
    problems = []
    words: dict[str, Any] = {}
    for name in _WORDS:
        if name in call.body:
            words[name] = call.word(name)
    for name in _TIMES:
        if name in call.body:
            words[name] = as_instant(call.word(name))
            if words[name] is None:
                problems.append(Problem(name, text("consent.no_time")))
    evidence: Any = call.body.get("evidence", {})
    if not isinstance(evidence, dict) or any(
        isinstance(value, dict | list) for value in evidence.values()
    ):
        problems.append(Problem("evidence", text("api.not_evidence")))
    if problems:
        raise BadInput(tuple(problems))
    return Proof(
        **{"method": "api", **words}, collected_by=f"key:{call.key.key_id}", evidence=evidence
    )


def _addresses(call: Call) -> object:
    """Return the newest addresses of the list, as hashes, and how many there are."""
    found = list_addresses(call.world, call.brand_id, call.ask("reason"))
    return {
        "addresses": [address_as_data(row) for row in found.rows],
        "counts": [
            {"reason": why, "scope": scope, "addresses": n} for why, scope, n in found.counts
        ],
    }


def _add(call: Call) -> object:
    """Put addresses on the list."""
    given: Any = call.body.get("addresses")
    if not isinstance(given, list) or any(not isinstance(one, str) for one in given):
        raise BadInput((Problem("addresses", text("api.not_texts")),))
    reason = str(call.body.get("reason") or "imported")
    done = add_addresses(call.world, call.brand_id, given, reason, f"key:{call.key.key_id}")
    return {
        "new": done.n_new,
        "addresses": done.n_all,
        "bad": [
            {"line": one.line, "message": render(one.said, "en")} for one in done.bad[:_MOST_BAD]
        ],
    }


def _remove(call: Call) -> object:
    """Take an address off the list, by its hash."""
    hashed = call.path("address")
    try:
        n_gone = remove_address(call.world, call.brand_id, hashed, call.ask("reason"))
    except BadInput as fault:
        raise NotFound("suppressed address", hashed) from fault
    return {"removed": n_gone}


def _export(call: Call) -> object:
    """Send the whole list as CSV."""
    rows = (
        ["" if cell is None else str(cell) for cell in address_as_data(row).values()]
        for row in address_rows(call.world, call.brand_id)
    )
    return StreamingResponse(csv_rows(COLUMNS, rows), media_type="text/csv; charset=utf-8")


def _asks(call: Call) -> object:
    """Return how the brand asks, as its document; null where it wrote none."""
    return {"source": permission_source(call.world, call.brand_id) or None}


def _let_ask(call: Call) -> object:
    """Let a document say how the brand asks."""
    done = publish(call.world, call.brand_id, call.word("source"), call.by, kind=KIND)
    return {"version": done.version, "is_new": done.is_new}


def _profile(call: Call) -> int:
    """Return the person that the address names; raise NotFound."""
    profile = parse_profile_id(call.path("profile"))
    if profile is None:
        raise NotFound("profile", call.path("profile"))
    return profile


routes: Final = [
    route("GET", "/v1/consents", _ledger),
    route("GET", "/v1/profiles/{profile}/consents", _person),
    route("POST", "/v1/profiles/{profile}/consents", _record),
    route("GET", "/v1/suppressions", _addresses),
    route("GET", "/v1/suppressions.csv", _export),
    route("POST", "/v1/suppressions", _add, _LARGEST_LIST),
    route("DELETE", "/v1/suppressions/{address}", _remove),
    route("GET", "/v1/permission", _asks),
    route("PUT", "/v1/permission", _let_ask),
]
