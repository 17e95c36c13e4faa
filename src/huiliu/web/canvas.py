"""What the journey canvas is told: every node type with its form, and a draft with its problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from huiliu.conditions.form import Field
from huiliu.journeys import NODES
from huiliu.journeys.entries import ENTRIES
from huiliu.journeys.form import JOURNEY_FORM
from huiliu.services.count_journey import Counts
from huiliu.services.draft_journey import JourneyDraft
from huiliu.web.builder import describe
from huiliu.web.i18n import has_text, say, say_sealed, translate

__all__ = [
    "describe_canvas",
    "node_word",
    "picture_of",
    "tell_counts",
    "tell_journey_draft",
    "tone_of",
]

#: The groups of the palette, in its order, with the picture of a type that has none of its own.
_GROUPS: Final[Mapping[str, str]] = {
    "talk": "send", "time": "hourglass", "choose": "git-branch", "data": "database",
    "flow": "route",
}  # fmt: skip
_OTHER: Final = "flow"
#: Type -> its own picture.
_PICTURES: Final[Mapping[str, str]] = {
    "wait": "hourglass", "wait_for": "clock-pause", "branch": "git-branch",
    "switch": "arrows-split-2", "split": "arrows-shuffle", "experiment": "flask", "send": "send",
    "best_channel": "antenna-bars-5", "task": "clipboard-check", "set_traits": "user-edit",
    "set_tag": "tag", "add_to_list": "playlist-add", "remove_from_list": "indent-decrease",
    "ad_audience": "speakerphone", "issue_coupon": "ticket",
    "webhook": "webhook", "emit": "broadcast", "call_journey": "sitemap",
    "goto": "corner-down-right", "quota": "adjustments-horizontal", "exit": "flag",
}  # fmt: skip


def describe_canvas(locale: str) -> dict[str, Any]:
    """Return the condition language and every node type with its form, in a language."""
    return describe(locale) | {
        "groups": [
            {"name": one, "label": translate(locale, f"console.canvas.group.{one}")}
            for one in _GROUPS
        ],
        "types": [
            {
                "name": one.name,
                "label": node_word(locale, one.name),
                "words": _text(locale, f"journeys.node.{one.name}.words"),
                "group": tone_of(one.name),
                "icon": picture_of(one.name),
                "form": _form(locale, one.form, one.name),
                "fields": list(one.fields),
            }
            for one in NODES.values()
        ],
        "entries": [
            {
                "name": one.name,
                "label": _first(locale, (f"journeys.entry.{one.name}",), one.name),
                "words": _text(locale, f"journeys.entry.{one.name}.words"),
                "form": _form(locale, one.form, "entry"),
            }
            for one in ENTRIES.values()
        ],
        "journey": _form(locale, JOURNEY_FORM, "journey"),
    }


def tell_journey_draft(draft: JourneyDraft, locale: str) -> dict[str, Any]:
    """Return a draft with its problems and its conditions in a language."""
    return {
        "source": draft.source,
        "tree": draft.tree,
        "sentences": {path: say_sealed(locale, said) for path, said in draft.sentences.items()},
        "problems": [
            {"path": one.path, "line": one.line, "words": say(locale, one.text)}
            for one in draft.problems
        ],
    }


def tell_counts(counts: Counts) -> dict[str, Any]:
    """Return the counts of a journey as the canvas and servers read them."""
    return {
        "runs": dict(counts.runs),
        "nodes": {
            "$entry": {"entered": counts.n_entered, "waiting": 0, "passed": counts.n_entered},
        }
        | {
            name: {
                "entered": one.n_entered,
                "waiting": one.n_waiting,
                "passed": one.n_passed,
                "left": one.n_left,
                "ways": dict(one.ways),
            }
            | ({"messages": dict(one.messages)} if one.messages else {})
            for name, one in counts.nodes.items()
        },
    }


def node_word(locale: str, name: str) -> str:
    """Return what readers call a node type; one without a text is called by its own word."""
    return _first(locale, (f"journeys.node.{name}", f"console.node.{name}"), name)


def tone_of(name: str) -> str:
    """Return the group of a node type, which also gives it its colour."""
    own = NODES[name].group if name in NODES else _OTHER
    return own if own in _GROUPS else _OTHER


def picture_of(name: str) -> str:
    """Return the picture of a node type."""
    return _PICTURES.get(name) or _GROUPS[tone_of(name)]


def _form(locale: str, fields: Iterable[Field], owner: str) -> list[dict[str, Any]]:
    """Return the fields of a form as the inspector draws them."""
    return [_field(locale, one, owner) for one in fields]


def _field(locale: str, field: Field, owner: str) -> dict[str, Any]:
    """Return one field; its label is the owner's own, else the journeys', else the conditions'."""
    key = field.key
    return {
        "key": key,
        "kind": field.kind,
        "label": _first(
            locale,
            (f"journeys.field.{owner}.{key}", f"journeys.field.{key}", f"conditions.field.{key}"),
            key,
        ),
        "needed": field.needed,
        "start": field.start,
        "options": [
            {
                "value": one,
                "label": _first(
                    locale, (f"journeys.option.{key}.{one}", f"conditions.option.{key}.{one}"), one
                ),
            }
            for one in field.options
        ],
        "fields": _form(locale, field.fields, owner),
        "insteadOf": list(field.instead_of),
    }


def _first(locale: str, keys: Iterable[str], otherwise: str) -> str:
    """Return the first text that there is."""
    return next((translate(locale, key) for key in keys if has_text(key)), otherwise)


def _text(locale: str, key: str) -> str:
    """Return a text, or nothing where there is none."""
    return translate(locale, key) if has_text(key) else ""
