"""Templates and briefs for servers: what the console's pages of them do, behind a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.messages.brief import brief_values
from huiliu.messages.lint import Finding
from huiliu.services.backtest import read_costs
from huiliu.services.list_templates import TemplateRow, list_templates, show_template
from huiliu.services.look_at_briefs import BriefRow, list_briefs, look_at_brief, show_brief
from huiliu.services.look_at_template import Looked, look_at_template
from huiliu.services.preview_template import PreviewFor, preview_for
from huiliu.services.publish import publish, roll_back
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _templates(call: Call) -> object:
    """Return every template in use."""
    return {"templates": [_row(row) for row in list_templates(call.world, call.brand_id)]}


def _template(call: Call) -> object:
    """Return one template with its source."""
    row = show_template(call.world, call.brand_id, call.path("slug"))
    return _row(row) | {"source": row.document.source, "findings": _findings(row.findings)}


def _apply(call: Call) -> object:
    """Make a template live, if what it says agrees with its brief."""
    made = publish(call.world, call.brand_id, call.word("source"), call.by, kind="template")
    return {"template": made.slug, "version": made.version, "is_new": made.is_new}


def _look(call: Call) -> object:
    """Return what there is to say about a source, and how it looks for somebody."""
    locale = call.word("locale") if "locale" in call.body else ""
    variant = call.word("variant") if "variant" in call.body else None
    whom = PreviewFor(locale, variant)
    if "person" in call.body:
        # A key looks at masked values: only users are written down by name.
        whom = preview_for(call.world, call.brand_id, call.word("person"), locale, variant)
    costs = read_costs(_costs(call.request))
    return _looked(look_at_template(call.world, call.brand_id, call.word("source"), costs, whom))


def _restore(call: Call) -> object:
    """Make an earlier version the newest again."""
    version = call.body.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BadInput((Problem("version", text("api.not_a_number")),))
    named = ("template", call.path("slug"))
    made = roll_back(call.world, call.brand_id, named, call.by, version)
    return {"template": made.slug, "version": made.version}


def _briefs(call: Call) -> object:
    """Return every brief in use."""
    return {"briefs": [_brief_row(row) for row in list_briefs(call.world, call.brand_id)]}


def _brief(call: Call) -> object:
    """Return one brief: what it says in each language, and where it is told."""
    row = show_brief(call.world, call.brand_id, call.path("slug"))
    return _brief_row(row) | {
        "source": row.document.source,
        "values": {one: dict(brief_values(row.brief, one)) for one in row.locales},
    }


def _apply_brief(call: Call) -> object:
    """Make a brief live, if every template that tells it agrees."""
    made = publish(call.world, call.brand_id, call.word("source"), call.by, kind="brief")
    return {"brief": made.slug, "version": made.version, "is_new": made.is_new}


def _look_brief(call: Call) -> object:
    """Return what there is to say about a brief's source."""
    seen = look_at_brief(call.world, call.brand_id, call.word("source"))
    return {"problems": _problems(seen.problems), "told_by": [t.template.slug for t in seen.told]}


def _costs(request: Request) -> str:
    """Return what messages cost, as the instance was told."""
    return str(request.app.state.settings.message_costs)


def _row(row: TemplateRow) -> dict[str, object]:
    """Return one template as data."""
    one = row.template
    return {
        "template": one.slug,
        "version": row.document.version,
        "name": one.name,
        "channel": one.channel,
        "class": one.message_class,
        "locales": list(one.locales),
        "variants": list(one.variants),
        "brief": one.brief or None,
        "sent_by": [each.slug for each in row.senders],
        "to_mend": row.n_grave,
    }


def _looked(seen: Looked) -> dict[str, object]:
    """Return what was seen in a template as data."""
    shown = seen.preview
    return {
        "problems": _problems(seen.problems),
        "findings": _findings(seen.findings),
        "sms": [
            {
                "variant": one.variant,
                "locale": one.locale,
                "parts": one.length.n_parts,
                "units": one.length.n_units,
                "encoding": one.length.encoding,
                "cost": None if one.cost is None else float(one.cost),
            }
            for one in seen.sizes
        ],
        "preview": None
        if shown is None
        else {"locale": shown.locale, "variant": shown.variant, "parts": dict(shown.parts)},
    }


def _problems(problems: Sequence[Problem]) -> list[dict[str, object]]:
    """Return problems as data, in both languages."""
    return [
        {
            "path": one.path,
            "line": one.line or None,
            "text": {locale: render(one.text, locale) for locale in LOCALES},
        }
        for one in problems
    ]


def _findings(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Return findings as data, in both languages."""
    return [
        {
            "severity": one.severity,
            "rule": one.text.key.removeprefix("lint."),
            "path": one.path,
            "line": one.line or None,
            "text": {locale: render(one.text, locale) for locale in LOCALES},
        }
        for one in findings
    ]


def _brief_row(row: BriefRow) -> dict[str, object]:
    """Return one brief as data."""
    return {
        "brief": row.brief.slug,
        "version": row.document.version,
        "name": row.brief.name,
        "facts": list(row.brief.facts),
        "told": [
            {"channel": channel, "locale": locale, "templates": [one.template.slug for one in told]}
            for (channel, locale), told in row.matrix.items()
        ],
        "contradicted_by": [one.template.slug for one in row.told if one.problems],
    }


routes: Final = [
    route("GET", "/v1/templates", _templates),
    route("PUT", "/v1/templates", _apply),
    route("POST", "/v1/templates/look", _look),
    route("GET", "/v1/templates/{slug}", _template),
    route("POST", "/v1/templates/{slug}/restore", _restore),
    route("GET", "/v1/briefs", _briefs),
    route("PUT", "/v1/briefs", _apply_brief),
    route("POST", "/v1/briefs/look", _look_brief),
    route("GET", "/v1/briefs/{slug}", _brief),
]
