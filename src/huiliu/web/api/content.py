"""Rule packs and SMS filings for servers: what the console's pages do, behind a key."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from huiliu.governance.packs import Content
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.ports.content import OverrideRow
from huiliu.ports.filings import FilingRow
from huiliu.services.filings import list_filings, remove_filing, save_filing, set_filing_state
from huiliu.services.look_at_packs import (
    PackRow,
    add_override,
    check_text,
    end_override,
    found_content,
    list_overrides,
    list_packs,
    review_pack,
    show_pack,
    switch_pack,
)
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number

__all__ = ["routes"]

_PARTS: Final = ("subject", "text", "html")
_MOST: Final = 100


def _packs(call: Call) -> object:
    """Return every pack."""
    return {"packs": [_pack(row) for row in list_packs(call.world, call.brand_id)]}


def _one(call: Call) -> object:
    """Return one pack as a document."""
    row = show_pack(call.world, call.brand_id, call.path("slug"))
    return _pack(row) | {"source": row.pack.source}


def _apply(call: Call) -> object:
    """Store a pack in place of the one of its name."""
    done = publish(call.world, call.brand_id, call.word("source"), call.by, kind="pack")
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _review(call: Call) -> object:
    """Write down that a pack was looked at today."""
    slug, due = call.path("slug"), call.word("next")
    return {
        "slug": slug,
        "version": review_pack(call.world, call.brand_id, slug, due, call.by),
        "review_due": due,
    }


def _switch(call: Call) -> object:
    """Switch a pack on or off."""
    slug, is_on = call.path("slug"), call.body.get("on")
    if not isinstance(is_on, bool):
        raise BadInput((Problem("on", text("packs.no_flag")),))
    version = switch_pack(call.world, call.brand_id, slug, call.by, is_on=is_on)
    return {"slug": slug, "version": version, "on": is_on}


def _check(call: Call) -> object:
    """Return what packs say of up to a hundred texts."""
    given = call.body.get("texts")
    if not isinstance(given, list) or not 0 < len(given) <= _MOST:
        raise BadInput((Problem("texts", text("packs.text_count", most=_MOST)),))
    only = call.body.get("pack", "")
    return {"texts": [_checked(call, n, one, str(only)) for n, one in enumerate(given)]}


def _checked(call: Call, number: int, given: Any, only: str) -> object:  # as JSON has it
    """Return what packs say of one text."""
    row = {"text": given} if isinstance(given, str) else given
    if not isinstance(row, dict) or not any(isinstance(row.get(part), str) for part in _PARTS):
        raise BadInput((Problem(f"texts[{number}]", text("packs.no_texts")),))
    parts = {part: str(row[part]) for part in _PARTS if row.get(part)}
    how = [
        str(row.get(name) or "") for name in ("channel", "class", "locale", "country", "platform")
    ]
    done = check_text(call.world, call.brand_id, Content(parts, *how), only)
    return {
        "verdict": done.verdict,
        "findings": [
            {
                "pack": one.pack, "rule": one.rule.name, "severity": one.rule.severity,
                "part": one.part, "quote": one.quote, "start": one.start, "end": one.end,
                "allowed_by": one.allowed_by or None, "message": render(said, "en"),
            }
            for one, said in done.findings
        ],
    }  # fmt: skip


def _content(call: Call) -> object:
    """Return what packs object to in what is live."""
    return {
        "documents": [
            {
                "kind": one.kind, "slug": one.slug, "checked_at": show_instant(one.checked_at),
                "blocked": one.n_block, "warnings": one.n_warn,
                "findings": [msgspec.to_builtins(line) for line in one.findings],
            }
            for one in found_content(call.world, call.brand_id)
        ]
    }  # fmt: skip


def _overrides(call: Call) -> object:
    """Return what was allowed, by whom and with which proof."""
    return {"overrides": [_override(one) for one in list_overrides(call.world, call.brand_id)]}


def _allow(call: Call) -> object:
    """Let pass what a rule objects to."""
    until = call.body.get("until")
    end = as_instant(until) if isinstance(until, str) and until else 0
    if end is None:
        raise BadInput((Problem("until", text("packs.no_date")),))
    made = add_override(
        call.world, call.brand_id, call.word("pack"), call.word("rule"), proof=call.word("proof"),
        by=call.by, phrase=str(call.body.get("phrase") or ""),
        subject=str(call.body.get("subject") or ""), until=end,
    )  # fmt: skip
    return _override(made)


def _disallow(call: Call) -> object:
    """Take an exception back."""
    return _override(end_override(call.world, call.brand_id, _number(call, "override"), call.by))


def _filings(call: Call) -> object:
    """Return every filing."""
    return {"filings": [_filing(one) for one in list_filings(call.world, call.brand_id)]}


def _file(call: Call) -> object:
    """Store a filing."""
    return _filing(save_filing(call.world, call.brand_id, call.body, call.by))


def _set_state(call: Call) -> object:
    """Write down how a filing stands with a carrier."""
    carrier = call.body.get("carrier", "")
    return _filing(
        set_filing_state(
            call.world, call.brand_id, _number(call, "filing"), str(carrier), call.word("state"),
            call.by,
        )
    )  # fmt: skip


def _unfile(call: Call) -> object:
    """Forget a filing."""
    number = _number(call, "filing")
    remove_filing(call.world, call.brand_id, number)
    return {"filing": number, "removed": True}


def _number(call: Call, kind: str) -> int:
    """Return the number in the address; raise NotFound."""
    found = read_number(call.path(kind))
    if found is None:
        raise NotFound(kind, call.path(kind))
    return found


def _pack(row: PackRow) -> dict[str, Any]:
    """Return a pack as data."""
    pack = row.pack
    return {
        "slug": pack.slug, "name": dict(pack.name), "version": row.version, "on": pack.is_on,
        "owner": pack.owner, "rules": len(pack.rules), "reviewed": pack.reviewed.isoformat(),
        "review_due": pack.review_due.isoformat(), "overdue": row.is_overdue,
    }  # fmt: skip


def _override(one: OverrideRow) -> dict[str, Any]:
    """Return an override as data."""
    return {
        "override": one.override_id, "pack": one.pack, "rule": one.rule,
        "phrase": one.phrase or None, "subject": one.subject or None, "proof": one.proof,
        "until": show_instant(one.until) if one.until else None,
        "made_at": show_instant(one.made_at), "made_by": one.made_by,
        "ended_at": show_instant(one.ended_at) if one.ended_at else None,
        "ended_by": one.ended_by or None,
    }  # fmt: skip


def _filing(one: FilingRow) -> dict[str, Any]:
    """Return a filing as data."""
    return {
        "filing": one.filing_id, "account": one.account, "template": one.template or None,
        "locale": one.locale or None, "variant": one.variant or None,
        "signature": one.signature, "body": one.body or None, "code": one.code or None,
        "longest": one.longest or None, "states": one.states, "note": one.note or None,
        "changed_at": show_instant(one.changed_at), "changed_by": one.changed_by,
    }  # fmt: skip


routes: Final = [
    route("GET", "/v1/packs", _packs),
    route("POST", "/v1/packs", _apply),
    route("POST", "/v1/packs/check", _check),
    route("GET", "/v1/packs/content", _content),
    route("GET", "/v1/packs/overrides", _overrides),
    route("POST", "/v1/packs/overrides", _allow),
    route("DELETE", "/v1/packs/overrides/{override}", _disallow),
    route("GET", "/v1/packs/{slug}", _one),
    route("PUT", "/v1/packs/{slug}/state", _switch),
    route("POST", "/v1/packs/{slug}/review", _review),
    route("GET", "/v1/filings", _filings),
    route("POST", "/v1/filings", _file),
    route("PUT", "/v1/filings/{filing}/state", _set_state),
    route("DELETE", "/v1/filings/{filing}", _unfile),
]
