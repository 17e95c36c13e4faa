"""What the people of the house are told of by itself: a kind a line.

A kind's texts are `notice.<kind>.title` and `notice.<kind>`; both may use every fact that is given
with the notice. Facts are figures and names of documents, never anything of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from huiliu.kernel.texts import Text

__all__ = ["DEPARTMENTS", "KINDS", "body_of", "title_of"]

#: Who decides together.
DEPARTMENTS: Final = ("marketing", "technology", "operations", "legal")

#: Kind -> the departments that are told where nobody chose others; () = everybody.
KINDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "decision_approved": (),
    "decision_expired": (),
    "decision_failed": (),
    "decision_live": (),
    "decision_opened": (),
    "decision_rejected": (),
    "decision_reopened": (),
    "experiment_decided": ("marketing",),
    "experiment_planned": ("marketing",),
    "experiment_rolled_out": ("marketing", "operations"),
    "experiment_srm": ("marketing", "technology"),
    "guard_blind": ("technology",),
    "incident_common": ("technology", "operations"),
    "incident_failed": ("marketing", "operations"),
    "incident_opened": ("marketing", "operations"),
    "incident_paused": ("marketing", "operations"),
    "incident_resolved": ("marketing", "operations"),
    "incident_unpaused": ("marketing", "operations"),
    "report_failed": ("marketing", "technology"),
    "report_unreadable": ("marketing", "technology"),
    "robot_failed": ("technology",),
    "white_paper_ready": (),
})  # fmt: skip

#: Begins a fact that is the key of a text, so that each reader gets it in their language.
_TEXT: Final = "text:"


def title_of(kind: str, facts: Mapping[str, object]) -> Text:
    """Return the short line of a notice, which is a mail's subject as well."""
    return Text(f"notice.{kind}.title", _said(facts))


def body_of(kind: str, facts: Mapping[str, object]) -> Text:
    """Return the sentences of a notice."""
    return Text(f"notice.{kind}", _said(facts))


def _said(facts: Mapping[str, object]) -> dict[str, object]:
    """Return facts as they are said: what begins with `text:` is a text of the catalogues."""
    return {
        name: Text(one.removeprefix(_TEXT))
        if isinstance(one, str) and one.startswith(_TEXT)
        else one
        for name, one in facts.items()
    }
