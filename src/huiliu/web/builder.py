"""What the segment builder is told: the language's own forms, and the brand's words for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from huiliu.conditions.comparisons import COMPARISONS
from huiliu.conditions.form import Field
from huiliu.conditions.operators import OPERATORS
from huiliu.kernel.texts import LOCALES
from huiliu.services.draft_segment import Draft
from huiliu.services.list_vocabulary import Named, SeenName, Vocabulary
from huiliu.web.i18n import event_word, has_text, say, say_sealed, translate

__all__ = ["describe", "offer", "tell_draft"]


def describe(locale: str) -> dict[str, Any]:
    """Return every operator and comparison with its form, in a language."""
    return {
        "locale": locale,
        "locales": list(LOCALES),
        "operators": [
            {
                "name": one.name,
                "label": _word(locale, "conditions.operator", one.name),
                "words": _words(locale, f"conditions.operator.{one.name}.words"),
                "takes": sorted(one.takes),
                "form": _form(locale, one.form, one.name),
            }
            for one in OPERATORS.values()
        ],
        "comparisons": [
            {
                "name": one.name,
                "label": _word(locale, "conditions.comparison", one.name),
                "form": _field(locale, one.form, one.name),
            }
            for one in COMPARISONS.values()
        ],
    }


def offer(vocabulary: Vocabulary, locale: str) -> dict[str, Any]:
    """Return the brand's words as options of pickers."""
    return {
        "events": [
            {
                "name": event.name,
                "label": event_word(locale, event.name),
                "n": event.n_seen,
                "properties": _names(locale, event.properties),
            }
            for event in vocabulary.events
        ],
        "traits": _names(locale, vocabulary.traits),
        "documents": {
            kind: [_document(locale, one) for one in named]
            for kind, named in vocabulary.documents.items()
        },
        "channels": [
            {"value": one, "label": _word(locale, "console.channel", one)}
            for one in vocabulary.channels
        ],
    }


def tell_draft(draft: Draft, locale: str) -> dict[str, Any]:
    """Return a draft with its problems in a language and its sentence in both."""
    return {
        "source": draft.source,
        "tree": draft.tree,
        "sentences": {
            each: say_sealed(each, draft.sentence) if draft.sentence else "" for each in LOCALES
        },
        "problems": [
            {"path": one.path, "line": one.line, "words": say(locale, one.text)}
            for one in draft.problems
        ],
    }


def _form(locale: str, fields: Iterable[Field], owner: str = "") -> list[dict[str, Any]]:
    """Return the fields of a form; the first is called as the operator where it has its name."""
    return [
        _field(locale, one, one.key, is_own=nth == 0 and one.key == owner)
        for nth, one in enumerate(fields)
    ]


def _field(locale: str, field: Field, name: str, *, is_own: bool = False) -> dict[str, Any]:
    """Return one field as the builder draws it."""
    return {
        "key": field.key,
        "kind": field.kind,
        "label": _word(locale, "conditions.operator" if is_own else "conditions.field", name),
        "needed": field.needed,
        "start": field.start,
        "options": [
            {"value": one, "label": _word(locale, f"conditions.option.{name}", one)}
            for one in field.options
        ],
        "fields": _form(locale, field.fields),
        "insteadOf": list(field.instead_of),
    }


def _names(locale: str, names: Sequence[SeenName]) -> list[dict[str, Any]]:
    """Return traits or properties."""
    return [
        {
            "name": one.name,
            "label": _word(locale, "console.trait", one.name),
            "type": one.type,
            "n": one.n_seen,
            "personal": one.is_personal,
        }
        for one in names
    ]


def _document(locale: str, one: Named) -> dict[str, Any]:
    """Return a document by its name in a language."""
    name: Mapping[str, str] = one.name
    called = name.get(locale) or next(iter(name.values()), one.slug)
    return {"value": one.slug, "label": called, "nodes": list(one.nodes)}


def _word(locale: str, prefix: str, name: str) -> str:
    """Return what readers call a name; one without a text is called by itself."""
    key = f"{prefix}.{name}"
    return translate(locale, key) if has_text(key) else name


def _words(locale: str, key: str) -> str:
    """Return a text, or nothing where there is none."""
    return translate(locale, key) if has_text(key) else ""
