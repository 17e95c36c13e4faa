"""`huiliu domain`: the domains that letters are sent from, and what others think of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.messages.sender_health import FAIL
from huiliu.messages.warm_up import limit_of
from huiliu.ports.mail import SenderDomain
from huiliu.services.check_domain import check_domain, state_of
from huiliu.services.sender_domains import (
    add_domain,
    records_of,
    remove_domain,
    rotate_keys,
    sending_domain,
    set_plan,
    sign_with,
)

__all__ = ["app"]

_BRAND = 1

app = App(name="domain", help=sentence("cli.domain.help"))

Name = Annotated[str, Parameter(help=sentence("cli.domain.name"))]


@app.command(help=sentence("cli.domain.add.help"))
def add(
    name: Name,
    /,
    *,
    selector: Annotated[str, Parameter(help=sentence("cli.domain.selector"))] = "hl1",
    key_file: Annotated[Path | None, Parameter(help=sentence("cli.domain.key_file"))] = None,
    warm_up: Annotated[str, Parameter(help=sentence("cli.domain.plan"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Take on a domain and print the records to publish."""
    private = _read(key_file) if key_file is not None else ""
    with open_instance(instance) as house:
        made = add_domain(
            house.world, _BRAND, name, selector=selector, private=private, plan=warm_up
        )
        _records(house, made, json=json, said="domains.added")


@app.command(name="list", help=sentence("cli.domain.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print all sending domains."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        found = tx.mail.domains(_BRAND)
    if json:
        emit([_as_json(one) for one in found])
        return
    headings = (text("domains.domain"), text("domains.state"), text("domains.signs"),
                text("domains.warm_up"), text("domains.checked"))  # fmt: skip
    table(headings, (
        (one.domain, text(f"domains.state.{state_of(one) or 'new'}"),
         ", ".join(one.live) or "-", _step(one),
         show_instant(one.checked_at) if one.checked_at else "-")
        for one in found
    ))  # fmt: skip


@app.command(help=sentence("cli.domain.check.help"))
def check(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> int:
    """Ask the DNS and print what it says; exit 4 where receivers would not believe the letters."""
    with open_instance(instance) as house:
        found = check_domain(house.world, _BRAND, name)
    if json:
        emit(_as_json(found))
    else:
        table((text("domains.check"), text("domains.state"), text("domains.said")), (
            (text(f"domains.check.{one.check}"), text(f"domains.state.{one.state}"), one.said)
            for one in found.findings
        ))  # fmt: skip
        for one in found.findings:
            if one.value:
                say(text("domains.publish", name=one.name, kind=one.kind, value=one.value))
    return 4 if state_of(found) == FAIL else 0


@app.command(help=sentence("cli.domain.records.help"))
def records(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print the records to publish for the keys of a domain."""
    with open_instance(instance) as house:
        _records(house, sending_domain(house.world, _BRAND, name), json=json)


@app.command(name="warm-up", help=sentence("cli.domain.warm_up.help"))
def warm_up(
    name: Name,
    /,
    *,
    plan: Annotated[str, Parameter(help=sentence("cli.domain.plan"))] = "default",
    off: Annotated[bool, Parameter(negative="", help=sentence("cli.domain.warm_up.off"))] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Begin the first weeks of a domain, or end them."""
    with open_instance(instance) as house:
        changed = set_plan(house.world, _BRAND, name, "" if off else plan)
    if json:
        emit(_as_json(changed))
    else:
        said = "domains.warming" if changed.plan else "domains.warm"
        say(text(said, domain=changed.domain, days=len(changed.plan)))


@app.command(help=sentence("cli.domain.sign.help"))
def sign(
    name: Name,
    /,
    *,
    selector: Annotated[
        list[str] | None, Parameter(help=sentence("cli.domain.sign.selector"))
    ] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Sign with these keys until the next check, or with none."""
    with open_instance(instance) as house:
        changed = sign_with(house.world, _BRAND, name, selector or [])
    if json:
        emit(_as_json(changed))
    else:
        said = "domains.signing" if changed.live else "domains.not_signing"
        say(text(said, domain=changed.domain, selectors=", ".join(changed.live)))


@app.command(help=sentence("cli.domain.rotate.help"))
def rotate(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make new keys and print the records to publish."""
    with open_instance(instance) as house:
        _records(house, rotate_keys(house.world, _BRAND, name), json=json, said="domains.rotated")


@app.command(help=sentence("cli.domain.remove.help"))
def remove(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Forget a domain and its keys."""
    with open_instance(instance) as house:
        remove_domain(house.world, _BRAND, name)
    if json:
        emit({"domain": name, "removed": True})
    else:
        say(text("domains.removed", domain=name))


@app.command(help=sentence("cli.domain.waiting.help"))
def waiting(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the receiving domains that asked for patience."""
    with open_instance(instance) as house, house.world.store.transaction(_BRAND) as tx:
        found = tx.mail.waiting(_BRAND, house.world.clock.now())
    if json:
        emit([
            {"account": one.account, "domain": one.domain, "times": one.n,
             "until": show_instant(one.until), "response": one.response}
            for one in found
        ])  # fmt: skip
        return
    headings = (text("channels.account"), text("domains.domain"), text("domains.until"),
                text("domains.response"))  # fmt: skip
    table(headings, (
        (one.account, one.domain, show_instant(one.until), one.response) for one in found
    ))  # fmt: skip


def _records(house: House, domain: SenderDomain, *, json: bool, said: str = "") -> None:
    """Print the records to publish."""
    found = records_of(house.world, domain)
    if json:
        shown = [{"name": one.name, "kind": one.kind, "value": one.value} for one in found]
        emit(_as_json(domain) | {"records": shown})
        return
    if said:
        say(text(said, domain=domain.domain))
    for one in found:
        say(f"{one.name}. {one.kind} {_quoted(one.value)}")


def _quoted(value: str) -> str:
    """Return a TXT value as zone files want it: strings of at most 255 characters."""
    pieces: Sequence[str] = [value[at : at + 255] for at in range(0, len(value), 255)]
    return " ".join(f'"{piece}"' for piece in pieces)


def _step(domain: SenderDomain) -> str:
    """Return where a warm-up is: `3/25 (200)`."""
    if not domain.plan:
        return "-"
    limit = limit_of(domain.plan, domain.step)
    at = min(domain.step + 1, len(domain.plan))
    return f"{at}/{len(domain.plan)} ({'∞' if limit is None else limit})"


def _as_json(domain: SenderDomain) -> dict[str, object]:
    """Return what may be shown of a domain: never a private key."""
    return {
        "domain": domain.domain,
        "selectors": [key.selector for key in domain.keys],
        "signs_with": list(domain.live),
        "state": state_of(domain),
        "plan": list(domain.plan),
        "step": domain.step,
        "day_limit": limit_of(domain.plan, domain.step) if domain.plan else None,
        "checked_at": show_instant(domain.checked_at) if domain.checked_at else None,
        "findings": [
            {
                "check": one.check, "state": one.state, "said": sentence(one.said),
                "name": one.name, "kind": one.kind, "value": one.value, "found": list(one.found),
            }
            for one in domain.findings
        ],
    }  # fmt: skip


def _read(path: Path) -> str:
    """Return a file's text."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        said = text("channels.no_file", details=getattr(fault, "strerror", "") or str(fault))
        raise BadInput((Problem(str(path), said),)) from fault
