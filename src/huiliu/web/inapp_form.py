"""The designer's form of an in-app message: what its languages share stands in it once.

A template says for each language where and when it is met, for a reader needs no more than one of
them. A designer asks once and writes it into all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.times import HOUR, SECOND
from huiliu.messages.inapp import CHANNEL, Often, Trigger, read_often, read_trigger
from huiliu.web.template_form import TemplateForm, template_form, template_source

__all__ = ["FREQUENCIES", "SHARED", "WORDS", "InAppForm", "inapp_form", "inapp_source"]

#: Parts that all languages share.
SHARED: Final = ("type", "slot", "trigger", "frequency", "priority", "start", "end")
#: Parts that each language says itself.
WORDS: Final = ("title", "text", "button", "url", "image")
#: How often, as the form offers it; "" = as suits the kind.
FREQUENCIES: Final = ("", "once", "session", "always", "every")
_MOST: Final = 60
_HOUR_S: Final = HOUR // SECOND


@dataclass(frozen=True, slots=True)
class InAppForm:
    """An in-app message as the designer shows it."""

    form: TemplateForm
    #: Shared part -> what the first language says.
    shared: Mapping[str, str]
    #: None = it is written in a way that only the field for its words can show.
    trigger: Trigger | None
    #: One of FREQUENCIES, and its numbers.
    frequency: str
    every_hours: str
    times: str

    @property
    def kind(self) -> str:
        """Return where it is met."""
        return self.shared.get("type", "")


def inapp_form(source: str) -> InAppForm:
    """Return the designer's form of a document, however broken it is."""
    form = template_form(source)
    first: Mapping[str, str] = next((one.parts for one in form.renderings if not one.variant), {})
    shared = {part: first.get(part, "") for part in SHARED}
    trigger = read_trigger(shared["trigger"])
    often = read_often(shared["frequency"])
    frequency, every, times = _said(often if isinstance(often, Often) else Often(), shared)
    return InAppForm(
        form, shared, trigger if isinstance(trigger, Trigger) else None, frequency, every, times
    )


def inapp_source(form: Mapping[str, str]) -> str:
    """Return the document of what was filled in; a form in YAML says it itself."""
    if form.get("mode") == "yaml":
        return form.get("yaml", "")
    shared = {part: form.get(part, "").strip() for part in SHARED}
    if "trigger" not in form:
        shared["trigger"] = _trigger(form)
    shared["frequency"] = _frequency(form)
    filled = dict(form) | {"channel": CHANNEL}
    for nth in range(_MOST):
        if f"locale.{nth}" in form:
            filled |= {f"part.{nth}.{part}": word for part, word in shared.items()}
    return template_source(filled)


def _said(often: Often, shared: Mapping[str, str]) -> tuple[str, str, str]:
    """Return how often, as the form says it: which choice, every how many hours, how many times."""
    times = str(often.most) if often.most else ""
    if not shared["frequency"]:
        return "", "", ""
    if often.session:
        return "session", "", times
    if often.every:
        return "every", f"{often.every / _HOUR_S:g}", times
    if often.most == 1:
        return "once", "", ""
    return ("every", "", times) if often.most else ("always", "", "")


def _frequency(form: Mapping[str, str]) -> str:
    """Return how often, as a template says it."""
    chosen, times = form.get("often", ""), form.get("times", "").strip()
    often = f"{times} times" if times and times != "1" else ("once" if times else "")
    if chosen not in {"every", "session"}:
        return chosen
    hours = form.get("every", "").strip() if chosen == "every" else ""
    # Half an hour is written in minutes: durations are whole numbers of a unit.
    every = f"every {_minutes(hours)}" if hours else ""
    begin = "session" if chosen == "session" else every
    return "; ".join(one for one in (begin, often) if one) or "always"


def _minutes(hours: str) -> str:
    """Return hours, perhaps with a half, as a length; what is no number stays, to be told."""
    try:
        minutes = round(float(hours) * 60)
    except ValueError:
        return hours
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _trigger(form: Mapping[str, str]) -> str:
    """Return when, as a template says it."""
    clauses = [f"page {one}" for one in _listed(form.get("on-page", ""))]
    clauses += [f"event {one}" for one in _listed(form.get("on-event", ""))]
    if after := form.get("after", "").strip():
        clauses.append(f"after {after}s" if after.isdecimal() else f"after {after}")
    if scroll := form.get("scroll", "").strip():
        clauses.append(f"scroll {scroll}")
    return "; ".join([*clauses, *(["leave"] if form.get("leave") else [])])


def _listed(written: str) -> list[str]:
    """Return the names of a list, whichever comma stands between them."""
    return [one.strip() for one in written.replace("，", ",").split(",") if one.strip()]
