"""Addresses that are not written to: the list as hashes, adding, importing, handing out."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response, StreamingResponse

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.messages.suppression import REASONS
from huiliu.printers.csv import csv_rows
from huiliu.services.list_actions import record_action
from huiliu.services.suppression_list import (
    COLUMNS,
    TakenIn,
    add_addresses,
    address_as_data,
    address_rows,
    import_addresses,
    list_addresses,
    look_up,
    remove_address,
)
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = ["LARGEST_FILE", "add", "export", "import_", "remove", "show"]

LARGEST_FILE: Final = 20 * 1024 * 1024
_MOST_BAD: Final = 20
#: Reasons that a person may give by hand.
_BY_HAND: Final = ("blocked", "opted_out", "complained", "imported")


def show(visit: Visit) -> Response:
    """Show the list, newest first."""
    return _page(visit)


def add(visit: Visit) -> Response:
    """Put one address on the list, or look whether it is there; it is not kept as it was typed."""
    written = visit.form.get("address", "").strip()
    if visit.form.get("look") == "1":
        try:
            rows = look_up(visit.world, visit.brand_id, written)
        except BadInput as fault:
            return _page(visit, 422, _told(fault))
        return _page(visit, looked=rows)
    try:
        done = add_addresses(
            visit.world, visit.brand_id, [written], visit.form.get("reason", ""),
            f"user:{visit.me.user.user_id}",
        )  # fmt: skip
    except BadInput as fault:
        return _page(visit, 422, _told(fault))
    if done.bad:
        return _page(visit, 422, [("address", done.bad[0].said, 0)])
    _note(visit, "suppression_added", visit.form.get("reason", ""))
    return go("/suppression", new=done.n_new, all=done.n_all)


def import_(visit: Visit) -> Response:
    """Put the addresses of a file on the list."""
    data, reason = visit.files.get("file", b""), visit.form.get("reason", "")
    try:
        done = import_addresses(
            visit.world, visit.brand_id, data, reason, f"user:{visit.me.user.user_id}"
        )
    except BadInput as fault:
        return _page(visit, 422, _told(fault))
    _note(visit, "suppression_imported", str(done.n_all))
    if done.bad:
        return _page(visit, done=done)
    return go("/suppression", new=done.n_new, all=done.n_all)


def remove(visit: Visit) -> Response:
    """Take an address off the list for one reason."""
    hashed, reason = visit.path("address"), visit.form.get("reason", "")
    try:
        remove_address(visit.world, visit.brand_id, hashed, reason)
    except BadInput as fault:
        raise NotFound("suppressed address", hashed) from fault
    _note(visit, "suppression_removed", reason)
    return go("/suppression", gone="1")


def export(visit: Visit) -> Response:
    """Send the whole list as CSV: hashes, no addresses."""
    _note(visit, "suppression_exported", "")
    rows = (
        ["" if cell is None else str(cell) for cell in address_as_data(row).values()]
        for row in address_rows(visit.world, visit.brand_id)
    )
    return StreamingResponse(
        csv_rows(COLUMNS, rows),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="suppression.csv"'},
    )


def _page(
    visit: Visit, status: int = 200, problems: object = (), *, done: TakenIn | None = None,
    looked: object = None,
) -> Response:  # fmt: skip
    """Show the page."""
    reason = visit.ask("reason")
    found = list_addresses(visit.world, visit.brand_id, reason, _place(visit.ask("before")))
    return page(
        visit, "pages/suppression.html", status, section="suppression", found=found,
        reason=reason, reasons=tuple(REASONS), by_hand=_BY_HAND, problems=problems, done=done,
        looked=looked, most_bad=_MOST_BAD, n_all=sum(n for _, _, n in found.counts),
        older=f"{found.next[0]}.{found.next[1].hex()}.{found.next[2]}" if found.next else "",
        did={name: visit.ask(name) for name in ("new", "all", "gone")},
        most_megabytes=LARGEST_FILE // (1024 * 1024),
    )  # fmt: skip


def _place(mark: str) -> tuple[int, bytes, str] | None:
    """Return where a page begins; nonsense begins at the top."""
    at, _, rest = mark.partition(".")
    hashed, _, reason = rest.partition(".")
    number = read_number(at)
    try:
        return None if number is None else (number, bytes.fromhex(hashed), reason)
    except ValueError:
        return None


def _told(fault: BadInput) -> list[tuple[str, object, int]]:
    """Return problems as the page lists them."""
    return [(one.path, one.text, one.line) for one in fault.problems]


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
