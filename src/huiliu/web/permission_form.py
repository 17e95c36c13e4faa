"""How a brand asks for permission, as a form: fields to a document and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huiliu.kernel.documents import dump, load
from huiliu.kernel.texts import LOCALES
from huiliu.messages.jurisdictions import SOFT_OPT_IN_CHANNELS
from huiliu.messages.keywords import MEANINGS
from huiliu.messages.permission import FREQUENCIES, KIND, SLUG

__all__ = ["N_TOPICS", "fields_of", "source_of"]

#: Rows that the form has for topics besides those that are written.
N_TOPICS: Final = 3
_MOST_TOPICS: Final = 40


def source_of(form: Mapping[str, str], before: str) -> str:
    """Return the document of a filled-in form; what the form does not show stays as it was."""
    tree: dict[str, Any] = dict(load(before).tree) if before else {}
    tree |= {"huiliu": 1, "kind": KIND, "slug": SLUG}
    tree.setdefault("name", {"en": "Permission", "zh-CN": "许可"})
    _put(tree, "brand", _names(form, "brand"))
    _put(tree, "contact", form.get("contact", "").strip())
    _put(tree, "topics", _topics(form, tree.get("topics")))
    tree["frequencies"] = [name for name in FREQUENCIES if form.get(f"frequency.{name}") == "1"]
    _put(tree, "double_opt_in", {
        channel: found for channel in SOFT_OPT_IN_CHANNELS
        if (found := _countries(form.get(f"confirm.{channel}", "")))
    })  # fmt: skip
    _put(tree, "confirm_within", form.get("confirm_within", "").strip())
    _put(tree, "replies", _replies(form, tree.get("replies")))
    return dump(tree)


def fields_of(source: str) -> dict[str, Any]:
    """Return what the form shows of a document."""
    tree: Mapping[str, Any] = load(source).tree if source else {}
    topics = tree.get("topics")
    confirmed = tree.get("double_opt_in")
    replies = tree.get("replies")
    return {
        "brand": _map(tree.get("brand")),
        "contact": tree.get("contact", ""),
        "topics": [
            {"slug": slug, "name": _map(_map(one).get("name"))}
            for slug, one in (topics if isinstance(topics, dict) else {}).items()
        ],
        "frequencies": tree.get("frequencies", list(FREQUENCIES)),
        "confirm": {
            channel: ", ".join(str(one) for one in _map(confirmed).get(channel, []))
            for channel in SOFT_OPT_IN_CHANNELS
        },
        "confirm_within": tree.get("confirm_within", ""),
        "replies": {meaning: _map(_map(replies).get(meaning)) for meaning in MEANINGS},
        "silent": [name for name in MEANINGS if _map(replies).get(name) is False],
    }


def _put(tree: dict[str, Any], name: str, value: object) -> None:
    """Write a field, or leave it out where it is empty."""
    if value:
        tree[name] = value
    else:
        tree.pop(name, None)


def _names(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return what was typed by language."""
    typed = {locale: form.get(f"{prefix}.{locale}", "").strip() for locale in LOCALES}
    return {locale: said for locale, said in typed.items() if said}


def _topics(form: Mapping[str, str], before: object) -> dict[str, Any]:
    """Return the topics of the rows that have a name; a removed row is a removed topic."""
    found: dict[str, Any] = {}
    for row in range(_MOST_TOPICS):
        slug, names = form.get(f"topic.{row}", "").strip(), _names(form, f"topic.{row}")
        if slug or names:
            found[slug] = {**_map(_map(before).get(slug)), "name": names}
    return found


def _countries(typed: str) -> list[str]:
    """Return countries from a list with commas."""
    parts = typed.replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
    return [part.strip().upper() for part in parts if part.strip()]


def _replies(form: Mapping[str, str], before: object) -> dict[str, Any]:
    """Return what is answered; other languages than the form's stay."""
    found: dict[str, Any] = {}
    for meaning in MEANINGS:
        if form.get(f"silent.{meaning}") == "1":
            found[meaning] = False
            continue
        kept = {
            locale: said
            for locale, said in _map(_map(before).get(meaning)).items()
            if locale not in LOCALES
        }
        if said := {**kept, **_names(form, f"reply.{meaning}")}:
            found[meaning] = said
    return found


def _map(value: object) -> dict[str, Any]:
    """Return a map, empty where it is none."""
    return value if isinstance(value, dict) else {}
