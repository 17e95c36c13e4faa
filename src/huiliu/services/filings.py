"""The registry of SMS filings, and whether a message is one that carriers approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.messages.carriers import CARRIERS, carrier_of
from huiliu.messages.filing import STATES, Filing, Unfiled, find_filing, problems_of
from huiliu.messages.template import parse_template
from huiliu.ports.channel import ChannelAccount, Filed
from huiliu.ports.filings import FilingRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = [
    "Filings",
    "FilingsPage",
    "filings_page",
    "list_filings",
    "remove_filing",
    "save_filing",
    "set_filing_state",
]

#: Numbers that need it; others are sent as they are.
_CHINA: Final = "+86"
_LONGEST_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class FilingsPage:
    """Everything that the page of filings shows."""

    rows: Sequence[FilingRow]
    #: Accounts whose provider takes only filed texts.
    accounts: Sequence[str]
    #: SMS templates.
    templates: Sequence[str]
    #: (template, account) that would be refused: nothing is filed.
    missing: Sequence[tuple[str, str]]


class Filings:
    """What was filed, as the sender asks for it: read once for a batch."""

    def __init__(self, tx: Tx, world: World, brand_id: int) -> None:
        """Read nothing yet: most brands have no account that asks for filings."""
        self._tx = tx
        self._world = world
        self._brand_id = brand_id
        self._known: list[Filing] | None = None

    def filed(
        self, account: ChannelAccount, template: str, words: str, address: str
    ) -> Filed | Unfiled | None:
        """Return the approved text that a message is; None = nobody asks for one.

        Args:
            account: whom it goes through.
            template: what was rendered.
            words: as it would be read.
            address: the number in E.164.
        """
        provider = self._world.providers.get(account.provider)
        if provider is None or not provider.needs_filed or not address.startswith(_CHINA):
            return None
        if self._known is None:
            rows = self._tx.filings.listed(self._brand_id)
            self._known = [_filing(row) for row in rows]
        found = find_filing(self._known, account.name, template, words, carrier_of(address))
        if isinstance(found, Unfiled):
            return found
        return Filed(found.filing.signature, found.filing.code, found.params)


def list_filings(world: World, brand_id: int) -> Sequence[FilingRow]:
    """Return every filing, by template and account."""
    with world.store.transaction(brand_id) as tx:
        return tx.filings.listed(brand_id)


def filings_page(world: World, brand_id: int) -> FilingsPage:
    """Return the filings and what is missing of them."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.filings.listed(brand_id)
        accounts = [
            one.name
            for one in tx.channels.accounts(brand_id)
            if (provider := world.providers.get(one.provider)) is not None and provider.needs_filed
        ]
        templates = [
            one.slug
            for one in tx.documents.all(brand_id, "template")
            if one.state != "archived" and parse_template(one.source).channel == "sms"
        ]
    known = {(row.template, row.account) for row in rows if row.body}
    missing = [(slug, name) for slug in templates for name in accounts if (slug, name) not in known]
    return FilingsPage(rows, accounts, templates, missing)


def save_filing(world: World, brand_id: int, given: Mapping[str, object], by: str) -> FilingRow:
    """Store a filing, or replace the one whose number is given.

    Raises:
        NotFound: there is no filing of that number.
        BadInput: with everything that is wrong.
    """
    now = world.clock.now()
    row, problems = _read(brand_id, given, now, by)
    with world.store.transaction(brand_id) as tx:
        names = {one.name for one in tx.channels.accounts(brand_id) if one.channel == "sms"}
        if row.account not in names:
            known = ", ".join(sorted(names)) or "-"
            problems.append(Problem("account", text("filings.no_account", known=known)))
        is_marketing = False
        if row.template:
            held = [
                one for one in tx.documents.all(brand_id, "template") if one.slug == row.template
            ]
            if not held:
                problems.append(Problem("template", text("filings.no_template")))
            else:
                is_marketing = parse_template(held[0].source).message_class == "marketing"
        problems += problems_of(_filing(row), is_marketing=is_marketing)
        for one in tx.filings.listed(brand_id):
            if (
                one.filing_id != row.filing_id
                and row.code
                and (one.account, one.code) == (row.account, row.code)
            ):
                problems.append(Problem("code", text("filings.twice", code=row.code)))
        if problems:
            raise BadInput(tuple(problems))
        return structs.replace(row, filing_id=tx.filings.put(row))


def set_filing_state(
    world: World, brand_id: int, filing_id: int, carrier: str, state: str, by: str
) -> FilingRow:
    """Write down how a filing stands with a carrier; "" = with all that are not named.

    Raises:
        NotFound: there is no such filing.
        BadInput: there is no such carrier or state.
    """
    if carrier not in {"", *CARRIERS} or state not in STATES:
        said = text("filings.state", states=", ".join(STATES), carriers=", ".join(CARRIERS))
        raise BadInput((Problem("state", said),))
    with world.store.transaction(brand_id) as tx:
        found = next(
            (one for one in tx.filings.listed(brand_id) if one.filing_id == filing_id), None
        )
        if found is None:
            raise NotFound("filing", str(filing_id))
        states = found.states | {carrier: state}
        row = structs.replace(found, states=states, changed_at=world.clock.now(), changed_by=by)
        tx.filings.put(row)
        return row


def remove_filing(world: World, brand_id: int, filing_id: int) -> None:
    """Forget a filing; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.filings.remove(brand_id, filing_id)


def _read(
    brand_id: int, given: Mapping[str, object], now: int, by: str
) -> tuple[FilingRow, list[Problem]]:
    """Return a filing as it was given, and what cannot be read of it."""
    problems = []

    def word(name: str) -> str:
        found = given.get(name)
        if found is not None and not isinstance(found, str):
            problems.append(Problem(name, text("packs.no_text")))
            return ""
        return (found or "").strip()

    def number(name: str) -> int:
        found = given.get(name) or 0
        if isinstance(found, str) and found.strip().isascii() and found.strip().isdecimal():
            found = int(found)
        if not isinstance(found, int) or isinstance(found, bool):
            problems.append(Problem(name, text("filings.number")))
            return 0
        return found

    states = given.get("states") or {}
    if not isinstance(states, dict):
        problems.append(Problem("states", text("packs.no_map")))
        states = {}
    signature = word("signature").strip("【】[] ")
    row = FilingRow(
        brand_id, number("filing_id"), word("account"), word("template"), word("locale"),
        word("variant"), signature, word("body"), word("code"), number("longest"),
        {str(name): str(state) for name, state in states.items()}, word("note")[:_LONGEST_NOTE],
        now, now, by,
    )  # fmt: skip
    return row, problems


def _filing(row: FilingRow) -> Filing:
    """Return a filing as messages are matched with it."""
    return Filing(
        row.account, row.template, row.locale, row.variant, row.signature, row.body, row.code,
        row.longest, row.states,
    )  # fmt: skip
