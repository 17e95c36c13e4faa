"""Who agreed to what: counts, the ledger, one person's, and taking down what somebody said."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

from huiliu.kernel.consents import ADS, PURPOSES
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.messages.channels import CHANNELS
from huiliu.ports.people import ConsentFilter
from huiliu.services.consent_ledger import (
    METHODS,
    STATES,
    consent_counts,
    list_consents,
    person_ledger,
    record_by_staff,
    row_as_data,
)
from huiliu.services.list_actions import record_action
from huiliu.services.wishes import Proof
from huiliu.web.doors import Visit
from huiliu.web.paging import number_mark, read_number
from huiliu.web.rendering import go, page

__all__ = ["export_person", "record", "show", "show_person"]

#: How staff may have been told.
_TOLD: Final = ("paper", "console", "form", "import")


def show(visit: Visit) -> Response:
    """Show how many people stand where, and the newest rows of the ledger."""
    chosen = ConsentFilter(
        channel=visit.ask("channel"), purpose=visit.ask("purpose"), state=visit.ask("state"),
        method=visit.ask("method"),
    )  # fmt: skip
    found = list_consents(visit.world, visit.brand_id, chosen, read_number(visit.ask("before")))
    return page(
        visit, "pages/consent.html", section="consent",
        counts=consent_counts(visit.world, visit.brand_id), found=found, chosen=chosen,
        is_filtered=chosen != ConsentFilter(), channels=(*CHANNELS, ADS), purposes=PURPOSES,
        states=STATES, methods=METHODS, older=number_mark(found.next),
    )  # fmt: skip


def show_person(visit: Visit) -> Response:
    """Show all that one person said, and whether it stands as it was written."""
    return _person(visit)


def record(visit: Visit) -> Response:
    """Take down what a person told us."""
    profile, form = _profile(visit), visit.form
    change = form.get("channel", ""), form.get("purpose", ""), form.get("state", "")
    proof = Proof(
        form.get("method", "console"), jurisdiction=form.get("country", "").strip()[:8],
        text_version=form.get("text_version", "").strip()[:200],
        source=form.get("source", "").strip()[:200],
        collected_by=f"user:{visit.me.user.user_id}",
    )  # fmt: skip
    try:
        (taken,) = record_by_staff(visit.world, visit.brand_id, profile, [change], proof)
    except BadInput as fault:
        return _person(visit, 422, [(p.path, p.text, p.line) for p in fault.problems])
    _note(visit, "consent_recorded", show_profile_id(profile))
    return go(f"/people/{visit.path('profile')}/consent", taken=taken.state)


def export_person(visit: Visit) -> Response:
    """Send a person's ledger as they may ask for it: JSON, with its proof."""
    found = person_ledger(visit.world, visit.brand_id, _profile(visit))
    shown = show_profile_id(found.profile_id)
    _note(visit, "consent_exported", shown)
    told = {"profile_id": shown, "ledger": [row_as_data(row) for row in found.rows]}
    return Response(
        msgspec.json.format(msgspec.json.encode(told), indent=2),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="consent-{shown}.json"'},
    )


def _person(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show a person's page with what was typed so far."""
    found = person_ledger(visit.world, visit.brand_id, _profile(visit))
    return page(
        visit, "pages/consent_person.html", status, section="consent", found=found,
        shown=show_profile_id(found.profile_id), problems=problems, taken=visit.ask("taken"),
        channels=(*CHANNELS, ADS), purposes=PURPOSES, told=_TOLD, given=visit.form,
    )  # fmt: skip


def _profile(visit: Visit) -> int:
    """Return the person that the address names; raise NotFound."""
    profile = parse_profile_id(visit.path("profile"))
    if profile is None:
        raise NotFound("profile", visit.path("profile"))
    return profile


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
