"""A campaign as its form sends it: read into what the service asks for, nonsense left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from huiliu.kernel.ids import is_slug
from huiliu.services.campaigns import CampaignDraft, Variant

__all__ = ["MOST_VARIANTS", "audience_of", "read_campaign"]

#: More than these can hardly be told apart by anybody.
MOST_VARIANTS: Final = 4
_LETTERS: Final = "abcd"
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_campaign(form: Mapping[str, str]) -> CampaignDraft:
    """Return the draft of a form; what is wrong with it is said when it is made a journey."""
    names = {locale: form.get(f"name-{locale}", "").strip() for locale in ("zh-CN", "en")}
    slots = [
        (form.get(f"template-{one}", ""), form.get(f"weight-{one}", ""), one) for one in _LETTERS
    ]
    named = tuple(
        Variant(template, _number(weight, 1), name) for template, weight, name in slots if template
    )
    goal = form.get("goal", "").strip()
    within = form.get("goal-days", "").strip()
    holdout = form.get("holdout", "").strip().removesuffix("%")
    return CampaignDraft(
        slug=form.get("slug", "").strip(),
        name={locale: name for locale, name in names.items() if name},
        audience=audience_of(form),
        variants=named if len(named) > 1 else tuple(Variant(one.template) for one in named),
        when=_when(form),
        zone="person" if form.get("zone") == "person" else "brand",
        throttle=60 * _number(form.get("per-minute", ""), 0),
        holdout=f"{holdout}%" if holdout not in {"", "0"} else "",
        goal={"event": goal, "within": f"{_number(within, 7)}d"} if goal else None,
        category=form.get("category", "").strip(),
        form=form.get("form", "").strip(),
    )


def audience_of(form: Mapping[str, str]) -> Mapping[str, object] | Literal["everyone"]:
    """Return whom a form names: a segment, a list, or everyone."""
    kind = form.get("audience", "")
    if kind == "everyone":
        return "everyone"
    named = form.get(kind, "") if kind in {"segment", "list"} else ""
    return {kind: named} if is_slug(named) else {"segment": named}


def _when(form: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the schedule of a form; {} is now."""
    kind = form.get("when", "now")
    if kind == "once":
        return {"once": form.get("once", "")}
    if kind not in {"day", "week", "month"}:
        return {}
    found: dict[str, Any] = {"every": kind}
    if kind == "week":
        found["on"] = [day for day in _WEEKDAYS if form.get(f"on-{day}")]
    elif kind == "month":
        found["on"] = [_number(form.get("on-day", ""), 1)]
    return found | {"at": form.get("at", "")}


def _number(written: str, otherwise: int) -> int:
    """Return a whole number above nothing, or another where none is written."""
    good = written.isascii() and written.isdigit() and len(written) < 10
    return int(written) if good and int(written) > 0 else otherwise
