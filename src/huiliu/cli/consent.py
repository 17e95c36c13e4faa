"""`huiliu consent`: who agreed to what, what proves it, and how the brand asks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.asked_segment import in_file, moment, read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.messages.permission import DEFAULT, KIND, Permission, parse_permission
from huiliu.ports.people import ConsentFilter, ConsentRow
from huiliu.services.consent_ledger import (
    LedgerPage,
    PersonLedger,
    consent_counts,
    list_consents,
    person_ledger,
    record_by_staff,
    row_as_data,
    verify_ledger,
)
from huiliu.services.permission import permission
from huiliu.services.publish import publish
from huiliu.services.wishes import Proof

__all__ = ["app"]

_BRAND = 1
_BY = "cli"

app = App(name="consent", help=sentence("cli.consent.help"))

Person = Annotated[str, Parameter(help=sentence("cli.consent.person"))]
Channel = Annotated[str, Parameter(help=sentence("cli.consent.channel"))]
Purpose = Annotated[str, Parameter(help=sentence("cli.consent.purpose"))]
Method = Annotated[str, Parameter(help=sentence("cli.consent.method"))]
Country = Annotated[str, Parameter(help=sentence("cli.consent.country"))]
Source = Annotated[str, Parameter(help=sentence("cli.consent.source"))]


@app.command(name="list", help=sentence("cli.consent.list.help"))
def list_(
    *,
    channel: Channel = "",
    purpose: Purpose = "",
    state: Annotated[str, Parameter(help=sentence("cli.consent.state"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the newest rows of the ledger."""
    with open_instance(instance) as house:
        house.catch_up()
        chosen = ConsentFilter(channel=channel, purpose=purpose, state=state)
        found = list_consents(house.world, _BRAND, chosen)
    if json:
        emit([{"profile_id": show_profile_id(who), **row_as_data(row)} for who, row in found.rows])
        return
    _table(found)


@app.command(help=sentence("cli.consent.count.help"))
def count(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print how many people stand where, by channel and purpose."""
    with open_instance(instance) as house:
        house.catch_up()
        found = consent_counts(house.world, _BRAND)
    if json:
        emit([
            {"channel": one.channel, "purpose": one.purpose, "granted": one.granted,
             "withdrawn": one.withdrawn, "expired": one.expired}
            for one in found
        ])  # fmt: skip
        return
    table(
        [text(f"consent.column.{word}") for word in ("channel", "purpose")]
        + [text(f"consent.state.{word}") for word in ("granted", "withdrawn", "expired")],
        ((one.channel, one.purpose, one.granted, one.withdrawn, one.expired) for one in found),
    )


@app.command(help=sentence("cli.consent.show.help"))
def show(person: Person, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print all that one person said, with its proof: what they may ask to have."""
    with open_instance(instance) as house:
        house.catch_up()
        found = person_ledger(house.world, _BRAND, asked_person(house.world, _BRAND, person))
    if json:
        emit(_person(found))
        return
    _table(LedgerPage([(found.profile_id, row) for row in found.rows], None))
    if found.broken_at is not None:
        say(text("consent.broken", position=found.broken_at))


@app.command(help=sentence("cli.consent.grant.help"))
def grant(  # noqa: PLR0913 - one parameter an option
    person: Person,
    channel: Channel,
    /,
    *,
    purpose: Purpose = "marketing",
    method: Method = "paper",
    basis: Annotated[str, Parameter(help=sentence("cli.consent.basis"))] = "consent",
    country: Country = "",
    text_version: Annotated[str, Parameter(help=sentence("cli.consent.text_version"))] = "",
    source: Source = "",
    expires: Annotated[str, Parameter(help=sentence("cli.consent.expires"))] = "",
    purchased: Annotated[str, Parameter(help=sentence("cli.consent.purchased"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write down a yes that a person gave us."""
    proof = Proof(
        method, legal_basis=basis, jurisdiction=country, text_version=text_version, source=source,
        collected_by=_BY, expires_at=moment(expires, "--expires") or 0,
        purchased_at=moment(purchased, "--purchased") or 0,
    )  # fmt: skip
    _record(person, channel, purpose, "granted", proof, instance, json=json)


@app.command(help=sentence("cli.consent.withdraw.help"))
def withdraw(  # noqa: PLR0913 - one parameter an option
    person: Person,
    channel: Channel = "*",
    /,
    *,
    purpose: Purpose = "marketing",
    method: Method = "console",
    source: Source = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write down a no; without a channel it is one to every channel."""
    proof = Proof(method, source=source, collected_by=_BY)
    _record(person, channel, purpose, "withdrawn", proof, instance, json=json)


@app.command(help=sentence("cli.consent.verify.help"))
def verify(*, instance: Instance = HERE, json: Json = False) -> int:
    """Check that no row of the ledger was changed since it was written."""
    with open_instance(instance) as house:
        house.catch_up()
        n_rows, broken = verify_ledger(house.world, _BRAND)
    if json:
        emit({
            "rows": n_rows,
            "broken": [{"profile_id": show_profile_id(who), "position": at} for who, at in broken],
        })  # fmt: skip
    elif not broken:
        say(text("consent.verified", n=n_rows))
    else:
        for who, at in broken:
            say(text("consent.broken_of", person=show_profile_id(who), position=at))
    return 4 if broken else 0


@app.command(help=sentence("cli.consent.settings.help"))
def settings(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print how the brand asks: its document, or what holds without one."""
    with open_instance(instance) as house, house.world.store.system() as tx:
        found = permission(tx, house.world, _BRAND)
    if json:
        emit(_asks(found))
        return
    say(found.source.rstrip("\n") if found is not DEFAULT else text("consent.no_document"))


@app.command(help=sentence("cli.consent.apply.help"))
def apply(
    file: Annotated[Path, Parameter(help=sentence("cli.consent.file"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let a document say how the brand asks, from now on."""
    data = read_file(file)
    parsed = parse_permission(data)
    if isinstance(parsed, tuple):
        raise in_file(str(file), BadInput(parsed))
    with open_instance(instance) as house:
        done = publish(house.world, _BRAND, data, _BY, kind=KIND)
    if json:
        emit({"kind": done.kind, "version": done.version, "is_new": done.is_new})
        return
    say(text("consent.applied" if done.is_new else "consent.same", version=done.version))


def _record(  # noqa: PLR0913 - what a command was told
    person: str,
    channel: str,
    purpose: str,
    state: str,
    proof: Proof,
    instance: Path,
    *,
    json: bool,
) -> None:
    """Write down what a person said, and print what became of it."""
    with open_instance(instance) as house:
        house.catch_up()
        found = asked_person(house.world, _BRAND, person)
        (taken,) = record_by_staff(house.world, _BRAND, found, [(channel, purpose, state)], proof)
        house.catch_up()
    if json:
        emit({
            "profile_id": show_profile_id(found), "channel": channel, "purpose": purpose,
            "state": taken.state,
        })  # fmt: skip
        return
    say(text(f"consent.taken.{taken.state}", person=show_profile_id(found), channel=channel))


def _table(found: LedgerPage) -> None:
    """Print rows of the ledger."""
    if not found.rows:
        say(text("consent.none"))
        return
    words = ("at", "person", "channel", "purpose", "state", "method", "text", "country")
    table(
        [text(f"consent.column.{word}") for word in words],
        (
            (show_instant(row.occurred_at), show_profile_id(who), row.channel, row.purpose,
             text(f"consent.state.{row.state}"), row.method, _words(row), row.jurisdiction or "-")
            for who, row in found.rows
        ),
    )  # fmt: skip


def _words(row: ConsentRow) -> str:
    """Return under which words something was said."""
    return " ".join(word for word in (row.text_version, row.text_locale) if word) or "-"


def _person(found: PersonLedger) -> dict[str, object]:
    """Return a person's ledger as data."""
    return {
        "profile_id": show_profile_id(found.profile_id),
        "stands": [
            {"channel": channel, "purpose": purpose, "state": state}
            for (channel, purpose), state in sorted(found.stands.items())
        ],
        "ledger": [row_as_data(row) for row in found.rows],
        "broken_at": found.broken_at,
    }


def _asks(found: Permission) -> dict[str, object]:
    """Return how a brand asks, as data."""
    return {
        "brand": dict(found.brand),
        "contact": found.contact,
        "topics": [{"slug": one.slug, "name": dict(one.name)} for one in found.topics],
        "frequencies": list(found.frequencies),
        "double_opt_in": {name: sorted(one) for name, one in found.double_opt_in.items()},
        "confirm_within_seconds": found.confirm_within // 1_000_000,
        "accounts_with_own_keywords": sorted(found.keywords),
    }
