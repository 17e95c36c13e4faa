"""How a brand answers people, as a form: fields to a document and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huiliu.kernel.documents import dump, load
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import LOCALES
from huiliu.messages.desk import ANSWERABLE, KIND, SLUG

__all__ = ["MORE", "fields_of", "source_of"]

#: Empty rows that the form has besides those that are written.
MORE: Final = 2
_MOST: Final = 200
_LENGTHS: Final = ("answer_within", "close_after")
_HOLDS: Final = ("conversation", "dispute")


def source_of(form: Mapping[str, str], before: str) -> str:
    """Return the document of a filled-in form; what the form does not show stays as it was."""
    tree: dict[str, Any] = dict(load(before).tree) if before else {}
    tree |= {"huiliu": 1, "kind": KIND, "slug": SLUG}
    tree.setdefault("name", {"en": "Customer service", "zh-CN": "客服"})
    for name in _LENGTHS:
        _put(tree, name, form.get(name, "").strip())
    holds = {name: _length(form.get(f"hold.{name}", "")) for name in _HOLDS}
    _put(tree, "hold_marketing", {name: one for name, one in holds.items() if one != ""})
    _put(tree, "quick_replies", _quick_replies(form, tree.get("quick_replies")))
    _put(tree, "keywords", _keywords(form, tree.get("keywords")))
    return dump(tree)


def fields_of(source: str) -> dict[str, Any]:
    """Return what the form shows of a document."""
    tree: Mapping[str, Any] = load(source).tree if source else {}
    holds = _map(tree.get("hold_marketing"))
    return {
        **{name: tree.get(name, "") for name in _LENGTHS},
        "holds": {name: holds.get(name, "") for name in _HOLDS},
        "quick_replies": [
            {"id": one.get("id", ""), "text": _map(one.get("text"))}
            for one in _rows(tree.get("quick_replies"))
        ],
        "keywords": [
            {
                "id": one.get("id", ""), "text": _map(one.get("text")),
                "words": ", ".join(str(word) for word in _list(one.get("words"))),
                "match": one.get("match", "is"), "opens": one.get("opens") is True,
                "channels": _list(one.get("channels")) or list(ANSWERABLE),
            }
            for one in _rows(tree.get("keywords"))
        ],
    }  # fmt: skip


def _quick_replies(form: Mapping[str, str], before: object) -> list[dict[str, Any]]:
    """Return the rows that have a text; a row without one is gone."""
    found = []
    for at in range(_MOST):
        texts = _texts(form, f"quick.{at}", before, form.get(f"quick.{at}.id", ""))
        if texts:
            found.append({"id": _slug(form.get(f"quick.{at}.id", ""), "reply", at), "text": texts})
    return found


def _keywords(form: Mapping[str, str], before: object) -> list[dict[str, Any]]:
    """Return the rows that have words or a text; a row without either is gone."""
    found: list[dict[str, Any]] = []
    for at in range(_MOST):
        prefix = f"keyword.{at}"
        texts = _texts(form, prefix, before, form.get(f"{prefix}.id", ""))
        typed = form.get(f"{prefix}.words", "")
        for mark in "，、;；\n":
            typed = typed.replace(mark, ",")
        words = [word.strip() for word in typed.split(",") if word.strip()]
        if not words and not texts:
            continue
        channels = [name for name in ANSWERABLE if form.get(f"{prefix}.on.{name}") == "1"]
        row: dict[str, Any] = {
            "id": _slug(form.get(f"{prefix}.id", ""), "keyword", at), "words": words,
            "match": form.get(f"{prefix}.match", "is"), "text": texts,
        }  # fmt: skip
        if channels and len(channels) < len(ANSWERABLE):
            row["channels"] = channels
        if form.get(f"{prefix}.opens") == "1":
            row["opens"] = True
        found.append(row)
    return found


def _texts(form: Mapping[str, str], prefix: str, before: object, slug: str) -> dict[str, str]:
    """Return what was typed by language; other languages than the form's stay."""
    held = next((one for one in _rows(before) if one.get("id") == slug and slug), {})
    kept = {name: said for name, said in _map(held.get("text")).items() if name not in LOCALES}
    typed = {locale: form.get(f"{prefix}.{locale}", "").strip() for locale in LOCALES}
    said = {locale: one for locale, one in typed.items() if one}
    return {**kept, **said} if said else {}


def _slug(written: str, usual: str, at: int) -> str:
    """Return a row's id: as it was written, or made where nobody wrote one."""
    written = written.strip()
    return written if written and is_slug(written) else written or f"{usual}-{at + 1}"


def _length(written: str) -> str | int:
    """Return a length of time; 0 = not at all."""
    written = written.strip()
    return 0 if written == "0" else written


def _put(tree: dict[str, Any], name: str, value: object) -> None:
    """Write a field, or leave it out where it is empty."""
    if value:
        tree[name] = value
    else:
        tree.pop(name, None)


def _map(value: object) -> dict[str, Any]:
    """Return a map, empty where it is none."""
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    """Return a list, empty where it is none."""
    return value if isinstance(value, list) else []


def _rows(value: object) -> list[dict[str, Any]]:
    """Return the rows of a list that are maps."""
    return [one for one in _list(value) if isinstance(one, dict)]
