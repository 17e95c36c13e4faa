"""`huiliu pack`: rule packs are listed, tried on texts, reviewed, and allowed exceptions."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.governance.packs import Content
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.services.look_at_packs import (
    Judged,
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
from huiliu.services.look_at_written import check_written
from huiliu.services.publish import publish

__all__ = ["app"]

_BRAND = 1
_BY = "cli"
_FIELDS = ("channel", "class", "locale", "country", "platform")
_PARTS = ("subject", "text", "html")

app = App(name="pack", help=sentence("cli.pack.help"))


@app.command(name="list", help=sentence("cli.pack.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every pack, who keeps it, and when it is to be looked at again."""
    with open_instance(instance) as house:
        found = list_packs(house.world, _BRAND)
    if json:
        emit([_as_json(row) for row in found])
        return
    headings = (text("packs.slug"), text("packs.rules"), text("packs.owner"), text("packs.due"),
                text("packs.state"))  # fmt: skip
    table(headings, (
        (row.pack.slug, len(row.pack.rules), row.pack.owner, row.pack.review_due.isoformat(),
         text(_state(row)))
        for row in found
    ))  # fmt: skip


@app.command(help=sentence("cli.pack.show.help"))
def show(slug: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print a pack as a document: what `huiliu pack apply` takes."""
    with open_instance(instance) as house:
        row = show_pack(house.world, _BRAND, slug)
    if json:
        emit(_as_json(row) | {"source": row.pack.source})
    else:
        sys.stdout.write(row.pack.source)


@app.command(help=sentence("cli.pack.check.help"))
def check(  # noqa: PLR0913 - the options of a command
    file: Annotated[Path, Parameter(help=sentence("cli.pack.file"), allow_leading_hyphen=True)],
    /,
    *,
    pack: Annotated[str, Parameter(help=sentence("cli.pack.pack"))] = "",
    channel: Annotated[str, Parameter(help=sentence("cli.pack.channel"))] = "",
    class_: Annotated[str, Parameter(name="--class", help=sentence("cli.pack.class"))] = "",
    locale: Annotated[str, Parameter(help=sentence("cli.pack.locale"))] = "",
    country: Annotated[str, Parameter(help=sentence("cli.pack.country"))] = "",
    platform: Annotated[str, Parameter(help=sentence("cli.pack.platform"))] = "",
    instance: Annotated[
        Path | None, Parameter(name="--instance", help=sentence("cli.pack.instance"))
    ] = None,
    json: Json = False,
) -> int:
    """Say what packs object to in a document, a text, or many texts; 2 where one is blocked."""
    given = dict(zip(_FIELDS, (channel, class_, locale, country, platform), strict=True))
    name, raw = str(file), _read(file)
    if instance is None:
        done = _check(None, name, raw, given, pack)
    else:
        with open_instance(instance) as house:
            done = _check(house.world, name, raw, given, pack)
    if json:
        many = [_judged(one) for one in done]
        emit(many[0] if len(many) == 1 and not _is_many(name) else many)
    else:
        _tell(done)
    return 2 if any(one.verdict == "block" for one in done) else 0


@app.command(help=sentence("cli.pack.apply.help"))
def apply(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Store a pack as a new version, in place of the one of its name."""
    source = _read(file)
    with open_instance(instance) as house:
        done = publish(house.world, _BRAND, source, _BY, kind="pack")
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new})
    else:
        said = "packs.applied" if done.is_new else "packs.unchanged"
        say(text(said, slug=done.slug, version=done.version))


@app.command(help=sentence("cli.pack.review.help"))
def review(
    slug: str,
    /,
    *,
    next_: Annotated[str, Parameter(name="--next", help=sentence("cli.pack.next"))],
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write down that a pack was looked at today."""
    with open_instance(instance) as house:
        version = review_pack(house.world, _BRAND, slug, next_, _BY)
    if json:
        emit({"slug": slug, "version": version, "review_due": next_})
    else:
        say(text("packs.reviewed", slug=slug, due=next_))


@app.command(help=sentence("cli.pack.on.help"))
def on(slug: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Hold texts against a pack again."""
    _switch(slug, instance, is_on=True, json=json)


@app.command(help=sentence("cli.pack.off.help"))
def off(slug: str, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Hold nothing against a pack any more."""
    _switch(slug, instance, is_on=False, json=json)


@app.command(help=sentence("cli.pack.content.help"))
def content(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print what packs object to in what is live."""
    with open_instance(instance) as house:
        found = found_content(house.world, _BRAND)
    if json:
        emit([msgspec.to_builtins(one) | {"digest": one.digest.hex()} for one in found])
        return
    headings = (text("packs.document"), text("packs.path"), text("packs.rule"),
                text("packs.severity"), text("packs.quote"))  # fmt: skip
    table(headings, (
        (f"{one.kind} {one.slug}", line.path, f"{line.pack}: {line.rule}",
         text(f"packs.{'allowed' if line.allowed_by else line.severity}"), line.quote)
        for one in found for line in one.findings
    ))  # fmt: skip


@app.command(help=sentence("cli.pack.allow.help"))
def allow(  # noqa: PLR0913 - the options of a command
    slug: str,
    rule: str,
    /,
    *,
    proof: Annotated[str, Parameter(help=sentence("cli.pack.proof"))],
    phrase: Annotated[str, Parameter(help=sentence("cli.pack.phrase"))] = "",
    subject: Annotated[str, Parameter(help=sentence("cli.pack.subject"))] = "",
    until: Annotated[str, Parameter(help=sentence("cli.pack.until"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let pass what a rule objects to; somebody answers for it."""
    end = as_instant(until) if until else 0
    if end is None:
        raise BadInput((Problem("until", text("packs.no_date")),))
    with open_instance(instance) as house:
        made = add_override(
            house.world, _BRAND, slug, rule, proof=proof, by=_BY, phrase=phrase, subject=subject,
            until=end,
        )  # fmt: skip
    if json:
        emit({"override": made.override_id, "pack": slug, "rule": rule})
    else:
        say(text("packs.allowed_now", number=made.override_id, rule=rule))


@app.command(help=sentence("cli.pack.overrides.help"))
def overrides(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print what was allowed, by whom and with which proof."""
    with open_instance(instance) as house:
        found = list_overrides(house.world, _BRAND)
    if json:
        emit([msgspec.to_builtins(one) for one in found])
        return
    headings = (text("packs.number"), text("packs.rule"), text("packs.phrase"),
                text("packs.proof"), text("packs.by"), text("packs.ended"))  # fmt: skip
    table(headings, (
        (one.override_id, f"{one.pack}: {one.rule}", one.phrase or "*", one.proof, one.made_by,
         show_instant(one.ended_at) if one.ended_at else "")
        for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.pack.disallow.help"))
def disallow(number: int, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take an exception back."""
    with open_instance(instance) as house:
        ended = end_override(house.world, _BRAND, number, _BY)
    if json:
        emit({"override": number, "pack": ended.pack, "rule": ended.rule, "ended": True})
    else:
        say(text("packs.disallowed", number=number, rule=ended.rule))


def _switch(slug: str, instance: Path, *, is_on: bool, json: bool) -> None:
    """Switch a pack on or off."""
    with open_instance(instance) as house:
        version = switch_pack(house.world, _BRAND, slug, _BY, is_on=is_on)
    if json:
        emit({"slug": slug, "version": version, "on": is_on})
    else:
        say(text("packs.on" if is_on else "packs.off", slug=slug))


def _check(
    world: Any,
    name: str,
    raw: bytes,
    given: Mapping[str, str],
    pack: str,  # World, or None
) -> list[Judged]:
    """Return what packs say of a file.

    Raises:
        BadInput: it holds no text.
    """
    if name.endswith((".yaml", ".yml")) or raw.lstrip().startswith(b"huiliu:"):
        return [check_written(world, _BRAND, raw, pack)]
    found = [check_text(world, _BRAND, _content(row, given), pack) for row in _rows(name, raw)]
    if not found:
        raise BadInput((Problem(name, text("packs.no_texts")),))
    return found


def _rows(name: str, raw: bytes) -> list[Mapping[str, str]]:
    """Return the texts of a file: JSON lines, a JSON list, CSV, else one text.

    Raises:
        BadInput: it is not what its name says.
    """
    try:
        written = raw.decode("utf-8-sig")
        if name.endswith(".jsonl"):
            lines = [line for line in written.splitlines() if line.strip()]
            rows = [msgspec.json.decode(line.encode()) for line in lines]
        elif name.endswith(".json"):
            made = msgspec.json.decode(written.encode())
            rows = made if isinstance(made, list) else [made]
        elif name.endswith(".csv"):
            return list(csv.DictReader(io.StringIO(written)))
        else:
            return [{"text": written}] if written.strip() else []
    except (UnicodeDecodeError, msgspec.MsgspecError, csv.Error) as fault:
        raise BadInput((Problem(name, text("packs.unreadable")),)) from fault
    texts = [{"text": one} if isinstance(one, str) else one for one in rows]
    said = text("packs.no_texts")
    problems = [
        Problem(f"{name}: {number}", said)
        for number, one in enumerate(texts, 1)
        if not isinstance(one, dict) or not any(one.get(part) for part in _PARTS)
    ]
    if problems:
        raise BadInput(tuple(problems))
    return texts


def _content(row: Mapping[str, Any], given: Mapping[str, str]) -> Content:  # as it was read
    """Return a text with what the row, or else the command, says of it."""
    said = {name: str(row.get(name) or given[name]) for name in _FIELDS}
    parts = {name: str(row[name]) for name in _PARTS if row.get(name)}
    return Content(parts, said["channel"], said["class"], said["locale"], said["country"],
                   said["platform"])  # fmt: skip


def _is_many(name: str) -> bool:
    """Say whether a file may hold many texts."""
    return name.endswith((".jsonl", ".json", ".csv"))


def _tell(done: list[Judged]) -> None:
    """Print what was found."""
    for number, one in enumerate(done, 1):
        if len(done) > 1:
            say(text("packs.nth", n=number, verdict=text(f"packs.verdict.{one.verdict}")))
        for finding, said in one.findings:
            word = "allowed" if finding.allowed_by else finding.rule.severity
            say(text("packs.line", severity=text(f"packs.{word}"), words=said))
    if len(done) == 1:
        say(text(f"packs.verdict.{done[0].verdict}"))


def _judged(one: Judged) -> dict[str, object]:
    """Return what was found in a text as data."""
    return {
        "verdict": one.verdict,
        "channel": one.content.channel or None,
        "class": one.content.message_class or None,
        "findings": [
            {
                "pack": finding.pack, "rule": finding.rule.name,
                "severity": finding.rule.severity, "part": finding.part, "quote": finding.quote,
                "start": finding.start, "end": finding.end,
                "source": finding.rule.source, "at": finding.rule.at or None,
                "allowed_by": finding.allowed_by or None,
                "message": render(said, "en"), "message_zh": render(said, "zh-CN"),
            }
            for finding, said in one.findings
        ],
    }  # fmt: skip


def _as_json(row: PackRow) -> dict[str, Any]:
    """Return a pack as data."""
    return {
        "slug": row.pack.slug, "name": dict(row.pack.name), "version": row.version,
        "on": row.pack.is_on, "owner": row.pack.owner, "rules": len(row.pack.rules),
        "reviewed": row.pack.reviewed.isoformat(), "review_due": row.pack.review_due.isoformat(),
        "overdue": row.is_overdue,
        "sources": [
            {"title": one.title, "url": one.url or None, "grade": one.grade}
            for one in row.pack.sources.values()
        ],
    }  # fmt: skip


def _state(row: PackRow) -> str:
    """Return the key of how a pack stands."""
    if not row.pack.is_on:
        return "packs.state.off"
    return "packs.state.overdue" if row.is_overdue else "packs.state.on"


def _read(file: Path) -> bytes:
    """Return a file's bytes, or those of standard input for `-`.

    Raises:
        NotFound: there is no such file.
    """
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as fault:
        raise NotFound("file", str(file)) from fault
