"""What a template says to nobody in particular: the brand's facts, no person's values."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.messages.brief import brief_values
from huiliu.messages.rendering import Rendered, choose_locale, render
from huiliu.messages.template import parse_template
from huiliu.ports.store import Tx
from huiliu.services.apply_journey import held_document
from huiliu.services.message_gates import brief_of

__all__ = ["rendered_for_nobody"]


def rendered_for_nobody(
    tx: Tx, brand_id: int, slug: str, channel: str, locale: str = ""
) -> Mapping[str, str] | None:
    """Return the parts of a template in use; None = there is none of the channel, or it fails.

    Args:
        tx: an open transaction.
        brand_id: whose.
        slug: the template's.
        channel: what it must be for.
        locale: in which language; "" = the template's own.
    """
    held = held_document(tx, brand_id, "template", slug)
    if held is None or held.state != "live":
        return None
    template = parse_template(held.source)
    if template.channel != channel:
        return None
    wanted = [locale or template.locale]
    facts: Mapping[str, str] = {}
    if template.brief:
        brief = brief_of(tx, brand_id, template.brief)
        if brief is None:
            return None
        facts = brief_values(brief, choose_locale(template, wanted))
    # Who asks for a person's name gets its default: there is no person.
    values = {"person": {}, "event": {}, "brief": facts}
    found = render(template, wanted, values)
    return found.parts if isinstance(found, Rendered) else None
