"""Pages are Jinja templates that know the visit: its language, theme, user and permissions."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache, partial
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse

from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import Text, catalogue
from huiliu.services.house_notices import n_unread
from huiliu.services.own_tasks import said_of
from huiliu.web import i18n
from huiliu.web.assets import address
from huiliu.web.document_words import DocumentWords
from huiliu.web.doors import Visit
from huiliu.web.timeline import brief

__all__ = ["channel_name", "go", "page"]

#: The navigation: (part, icon, address, permission); a part without an address is a heading.
NAVIGATION: Final = (
    ("overview", "home", "/", "overview.read"),
    ("notices", "bell", "/notices", "overview.read"),
    ("people", "users", "/people", "people.read"),
    ("reach", "", "", "journeys.read"),
    ("journeys", "route", "/journeys", "journeys.read"),
    ("campaigns", "speakerphone", "/campaigns", "journeys.read"),
    ("calendar", "calendar-month", "/calendar", "journeys.read"),
    ("backtests", "history", "/backtests", "journeys.read"),
    ("tasks", "clipboard-check", "/tasks", "tasks.read"),
    ("conversations", "messages", "/conversations", "conversations.read"),
    ("messages", "send", "/messages", "messages.read"),
    ("regions", "map-pin", "/regions", "journeys.read"),
    ("official", "broadcast", "/official", "templates.read"),
    ("wecom", "users-group", "/wecom", "messages.read"),
    ("rewards", "", "", "rewards.read"),
    ("promotions", "percentage", "/promotions", "rewards.read"),
    ("coupons", "ticket", "/coupons", "rewards.read"),
    ("points", "coins", "/points", "rewards.read"),
    ("tiers", "stairs", "/tiers", "rewards.read"),
    ("reward_catalogues", "package", "/reward-catalogues", "rewards.read"),
    ("codes", "grid-dots", "/codes", "rewards.read"),
    ("pos", "shopping-cart", "/pos", "rewards.read"),
    ("referrals", "affiliate", "/referrals", "rewards.read"),
    ("posts", "photo", "/posts", "rewards.write"),
    ("worth", "", "", "reports.read"),
    ("live_board", "activity", "/live-board", "reports.read"),
    ("figures", "chart-line", "/figures", "reports.read"),
    ("reports", "table", "/reports", "reports.read"),
    ("costs", "coins", "/costs", "reports.read"),
    ("experiments", "flask", "/experiments", "experiments.read"),
    ("holdouts", "arrows-split", "/holdouts", "experiments.read"),
    ("incidents", "heart-rate-monitor", "/incidents", "guard.read"),
    ("attribution", "chart-dots-3", "/attribution", "reports.read"),
    ("funnels", "filter", "/funnels", "reports.read"),
    ("paths", "arrows-split", "/paths", "reports.read"),
    ("rfm", "grid-dots", "/rfm", "reports.read"),
    ("cohorts", "stairs", "/cohorts", "reports.read"),
    ("white_papers", "file-text", "/white-papers", "reports.read"),
    ("decisions", "clipboard-check", "/decisions", "decisions.read"),
    ("planning", "", "", "journeys.read"),
    ("targets", "target", "/targets", "plans.read"),
    ("rollouts", "stairs", "/rollouts", "journeys.read"),
    ("cards", "table", "/channel-cards", "plans.read"),
    ("board", "table", "/content", "content.read"),
    ("live", "broadcast", "/live-sessions", "content.read"),
    ("groups", "users-group", "/groups", "content.read"),
    ("content", "", "", "journeys.read"),
    ("templates", "mail", "/templates", "templates.read"),
    ("inapp", "message-2", "/inapp", "templates.read"),
    ("briefs", "file-text", "/briefs", "templates.read"),
    ("forms", "list-check", "/forms", "forms.read"),
    ("interviews", "message", "/interviews", "people.read"),
    ("packs", "ruler-2", "/packs", "packs.read"),
    ("filings", "id-badge-2", "/filings", "filings.read"),
    ("rules", "", "", "journeys.read"),
    ("policy", "adjustments-horizontal", "/policy", "policy.read"),
    ("desk", "lifebuoy", "/desk", "desk.read"),
    ("consent", "shield-check", "/consent", "consent.read"),
    ("suppression", "ban", "/suppression", "consent.read"),
    ("permission", "checks", "/permission", "consent.read"),
    ("audience", "", "", "segments.read"),
    ("segments", "target", "/segments", "segments.read"),
    ("lists", "file-spreadsheet", "/lists", "segments.read"),
    ("ads", "speakerphone", "/ads", "ads.read"),
    ("tags", "tags", "/tags", "tags.read"),
    ("collecting", "", "", "events.read"),
    ("shops", "building-store", "/shops", "shops.read"),
    ("products", "package", "/products", "products.read"),
    ("destinations", "arrows-right-left", "/destinations", "destinations.read"),
    ("plan", "list-details", "/plan", "events.read"),
    ("refused", "ban", "/refused", "events.read"),
    ("keys", "key", "/keys", "keys.read"),
    ("system", "", "", "health.read"),
    ("channels", "plug-connected", "/channels", "channels.read"),
    ("domains", "mail", "/domains", "channels.read"),
    ("push_tokens", "bell", "/push-tokens", "channels.read"),
    ("users", "shield-check", "/users", "users.read"),
    ("actions", "history", "/actions", "actions.read"),
    ("health", "heart-rate-monitor", "/health", "health.read"),
)
THEME_COOKIE: Final = "huiliu_theme"


def page(visit: Visit, name: str, status: int = 200, /, **facts: object) -> HTMLResponse:
    """Return a rendered template; `facts` are what it may use besides the visit."""
    locale, zone = visit.locale, visit.world.zone
    theme = visit.request.cookies.get(THEME_COOKIE, "")
    shown = {
        "visit": visit,
        "me": visit.signed.user if visit.signed else None,
        "may": visit.may,
        "unread": partial(_unread, visit),
        "locale": locale,
        "theme": theme if theme in {"light", "dark"} else "",
        "navigation": NAVIGATION,
        "t": partial(i18n.translate, locale),
        "say": partial(i18n.say, locale),
        "sealed": partial(i18n.say_sealed, locale),
        "has_text": i18n.has_text,
        "at": partial(i18n.show_at, zone=zone),
        "ago": partial(_ago, visit),
        "length": partial(i18n.show_duration, locale),
        "named": partial(_named, locale),
        "document_word": DocumentWords(visit),
        "brief": partial(brief, locale=locale),
        "trait_word": partial(_word, locale, "console.trait."),
        "task_title": lambda task: i18n.say(locale, said_of(task)),
        "code_word": partial(_code_word, locale),
        "end_word": partial(_word, locale, "console.end."),
        "event_word": partial(i18n.event_word, locale),
        "say_end": partial(_say_end, locale),
        "script_texts": i18n.script_texts(locale),
        **facts,
    }
    return HTMLResponse(_environment().get_template(name).render(shown), status)


def go(address: str, **query: object) -> RedirectResponse:
    """Send the browser on with GET after something was done."""
    asked = {name: str(value) for name, value in query.items() if value not in {"", None}}
    return RedirectResponse(f"{address}?{urlencode(asked)}" if asked else address, 303)


def channel_name(locale: str, channel: str) -> str:
    """Return what readers call a channel; one without a text is called by its own word."""
    key = f"console.channel.{channel}"
    return i18n.translate(locale, key) if i18n.has_text(key) else channel


@cache
def _environment() -> Environment:
    """Return the templates; a name that a template uses and nobody gave is a fault."""
    made = Environment(
        loader=PackageLoader("huiliu.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        n=i18n.show_number,
        share=i18n.show_share,
        profile=show_profile_id,
        hex=show_id,
        data=_data,
        query=_query,
        day=_day,
    )
    made.globals.update(static=address)
    return made


def _data(value: object) -> Markup:
    """Return a value as JSON that may stand inside a script element of type application/json."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # The only way out of the element is a tag; escaped, there is none.
    return Markup(written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped here


def _query(values: dict[str, object]) -> str:
    """Return a query string of the values that are there."""
    kept = {name: str(value) for name, value in values.items() if value not in {"", None}}
    return f"?{urlencode(kept)}" if kept else ""


def _day(day: dt.date) -> str:
    """Return a day in ISO form."""
    return day.isoformat()


def _unread(visit: Visit) -> int:
    """Return how many notices the visitor has not read."""
    return n_unread(visit.world, visit.signed.user) if visit.signed else 0


def _ago(visit: Visit, instant: int) -> str:
    """Return how long ago an instant was for this visit's reader."""
    return i18n.show_ago(visit.locale, instant, visit.world.clock.now(), visit.world.zone)


def _word(locale: str, prefix: str, name: str) -> str:
    """Return what readers call a name; one without a text is called by itself."""
    return i18n.translate(locale, prefix + name) if i18n.has_text(prefix + name) else name


def _say_end(locale: str, said: Text | str) -> str:
    """Return a text; the reason of an end that its journey's author named is said as written."""
    if isinstance(said, Text) and said.key.startswith("console.end."):
        return _word(locale, "console.end.", said.key.removeprefix("console.end."))
    return i18n.say(locale, said)


def _code_word(locale: str, code: str) -> str:
    """Return a reason's sentence where only its key is kept; what it would name is left open."""
    pattern = catalogue(locale).get(code, code)
    return pattern.format_map(_Open())


class _Open(dict[str, str]):
    """Arguments that are not known any more."""

    def __missing__(self, name: str) -> str:
        """Return the mark of something left out."""
        return "…"


def _named(locale: str, name: object, fallback: str = "") -> str:
    """Return a thing's name in a language: names are maps of languages, texts or plain words."""
    if isinstance(name, Text):
        return i18n.say(locale, name)
    if isinstance(name, dict):
        return str(name.get(locale) or next(iter(name.values()), fallback))
    return str(name or fallback)
