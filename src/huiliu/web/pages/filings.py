"""SMS filings: signatures and texts as carriers approved them, and what is missing."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.messages.carriers import CARRIERS
from huiliu.messages.filing import STATES
from huiliu.services.filings import (
    filings_page,
    remove_filing,
    save_filing,
    set_filing_state,
)
from huiliu.services.list_actions import record_action
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = ["remove", "save", "set_state", "show"]

_FIELDS: Final = (
    "account", "template", "locale", "variant", "signature", "body", "code", "longest", "note",
    "filing_id",
)  # fmt: skip


def show(visit: Visit) -> Response:
    """Show every filing and the form of another."""
    return _page(visit)


def save(visit: Visit) -> Response:
    """Store a filing, or say what is wrong with it."""
    form = visit.form
    given: dict[str, object] = {name: form.get(name, "") for name in _FIELDS}
    given["body"] = form.get("body", "").replace("\r\n", "\n")
    given["states"] = {
        carrier: form[f"state.{carrier}"] for carrier in CARRIERS if form.get(f"state.{carrier}")
    }
    try:
        made = save_filing(visit.world, visit.brand_id, given, visit.me.user.email)
    except BadInput as fault:
        return _page(visit, 422, [(p.path, p.text, p.line) for p in fault.problems])
    _note(visit, "filing_saved", made.template or made.signature)
    return go("/filings", done="saved")


def set_state(visit: Visit) -> Response:
    """Write down how a filing stands with a carrier."""
    try:
        made = set_filing_state(
            visit.world, visit.brand_id, _number(visit), visit.form.get("carrier", ""),
            visit.form.get("state", ""), visit.me.user.email,
        )  # fmt: skip
    except BadInput as fault:
        return _page(visit, 422, [(p.path, p.text, p.line) for p in fault.problems])
    _note(visit, "filing_state", made.template or made.signature)
    return go("/filings", done="saved")


def remove(visit: Visit) -> Response:
    """Forget a filing."""
    remove_filing(visit.world, visit.brand_id, _number(visit))
    _note(visit, "filing_removed", visit.path("filing"))
    return go("/filings", done="removed")


def _page(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page with what was typed so far."""
    found = filings_page(visit.world, visit.brand_id)
    return page(
        visit, "pages/filings.html", status, section="filings", found=found, carriers=CARRIERS,
        states=STATES, typed=visit.form, problems=problems, done=visit.ask("done"),
    )  # fmt: skip


def _number(visit: Visit) -> int:
    """Return the number in the address; raise NotFound."""
    number = read_number(visit.path("filing"))
    if number is None:
        raise NotFound("filing", visit.path("filing"))
    return number


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
