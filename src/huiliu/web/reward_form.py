"""Promotions and coupons as forms: fields to a document and back; what no field shows stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from huiliu.kernel.documents import dump, load
from huiliu.kernel.texts import LOCALES
from huiliu.rewards.effects import EFFECTS

__all__ = ["CHANNELS", "DAYS", "STEPS", "coupon_source", "fields_of", "promotion_source"]

#: Where people buy, as baskets name it; others are written in the YAML.
CHANNELS: Final = (
    "app", "mini_program", "h5", "store", "douyin", "xiaohongshu", "kuaishou", "marketplace",
)  # fmt: skip
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GOODS: Final = ("skus", "categories", "brands")
#: Rows of steps that the form has.
STEPS: Final = 5
_EVERYBODY: Final = "everyone"
_SEGMENT: Final = "segment"
_APART: Final = re.compile(r"[,，、;；\n]+")
_WHOLE: Final = re.compile(r"-?\d{1,15}")
_NUMBER: Final = re.compile(r"-?\d{1,12}\.\d{1,6}")
#: Fields of effects that are numbers, yes or no, or words.
_COUNTS: Final = ("amount", "percent", "most", "nth", "quantity", "price", "most_times")
_FLAGS: Final = ("repeat",)
_WORDS: Final = ("per", "among", "sku")
#: Effect -> the fields that the form shows of it.
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "fixed": ("amount", "per"),
    "percentage": ("percent", "most"),
    "steps": ("repeat", "most_times"),
    "nth": ("nth", "percent", "among", "most_times"),
    "bundle": ("quantity", "price", "most_times"),
    "gift": ("sku", "quantity"),
    "free_shipping": ("most",),
}
#: What is meant where nothing is written: it need not be.
_USUAL: Final = {"per": "basket", "among": "all"}


def promotion_source(form: Mapping[str, str]) -> str:
    """Return the document of a filled-in form over the one that it began with."""
    tree = _begun(form, "promotion")
    if form.get("slug"):
        tree["slug"] = form["slug"].strip()
    _texts(tree, form, "name")
    _texts(tree, form, "text")
    _put(tree, "currency", form.get("currency", "").strip().upper())
    _period(tree, form)
    _put(tree, "hours", _hours(form, tree.get("hours")))
    _places(tree, form)
    _put(tree, "products", _products(form))
    _who(tree, form)
    needs = {name: _value(form.get(f"needs.{name}", "")) for name in ("spend", "quantity")}
    _put(tree, "needs", {name: one for name, one in needs.items() if one not in {"", 0}})
    tree["effect"] = _effect(form, tree.get("effect"))
    _put(tree, "by", "code" if form.get("by") == "code" else "")
    priority = _value(form.get("priority", ""))
    _put(tree, "priority", "" if priority == 0 else priority)
    stacking: dict[str, Any] = {"alone": True} if form.get("stacking.alone") == "1" else {}
    _put(stacking, "group", form.get("stacking.group", "").strip())
    _put(stacking, "not_with", _list(form.get("stacking.not_with", "")))
    _put(tree, "stacking", stacking)
    _put(tree, "limits", _counts(form, "limits", "total", "per_person", "per_day"))
    _put(tree, "budget", _value(form.get("budget", "")))
    return dump(tree)


def coupon_source(form: Mapping[str, str]) -> str:
    """Return the document of a filled-in form of a pool."""
    tree = _begun(form, "coupon")
    if form.get("slug"):
        tree["slug"] = form["slug"].strip()
    _texts(tree, form, "name")
    tree["promotion"] = form.get("promotion", "").strip()
    if form.get("codes") == "generic":
        tree["code"] = form.get("code", "").strip()
        tree.pop("codes", None)
    else:
        tree.pop("code", None)
        codes: dict[str, Any] = {}
        _put(codes, "prefix", form.get("codes.prefix", "").strip())
        length = _value(form.get("codes.length", ""))
        _put(codes, "length", "" if length == 12 else length)
        for name in ("mint", "bound"):
            if form.get(f"codes.{name}") != "1":
                codes[name] = False
        _put(tree, "codes", codes)
    _period(tree, form)
    _put(tree, "lasts", form.get("lasts", "").strip())
    _places(tree, form)
    names = ("total", "per_person", "per_day", "per_order", "per_code")
    _put(tree, "limits", _counts(form, "limits", *names))
    _put(tree, "issue", _counts(form, "issue", "total", "per_person", "per_day"))
    return dump(tree)


def fields_of(source: str) -> dict[str, Any]:
    """Return what the forms show of a document: its tree, with what their fields ask for."""
    tree: dict[str, Any] = dict(load(source).tree)
    who = tree.get("who")
    segment = who.get("in_segment", "") if isinstance(who, dict) and len(who) == 1 else ""
    products, stacking = _map(tree.get("products")), _map(tree.get("stacking"))
    effect = _map(tree.get("effect"))
    steps = effect.get("steps")
    hours = tree.get("hours")
    first = _map(hours[0]) if isinstance(hours, list) and hours else {}
    return {
        "tree": tree, "name": _map(tree.get("name")), "text": _map(tree.get("text")),
        "effect": effect, "steps": [_map(one) for one in steps] if isinstance(steps, list) else [],
        "gift": _map(effect.get("name")), "needs": _map(tree.get("needs")),
        "products": {name: _joined(products.get(name)) for name in _GOODS},
        "but": {name: _joined(_map(products.get("except")).get(name)) for name in _GOODS},
        "who": "other" if who and not segment else _SEGMENT if segment else _EVERYBODY,
        "segment": segment, "channels": _listed(tree.get("channels")),
        "stores": _joined(tree.get("stores")), "stacking": stacking,
        "not_with": _joined(stacking.get("not_with")), "limits": _map(tree.get("limits")),
        "issue": _map(tree.get("issue")), "codes": _map(tree.get("codes")),
        "hours": first, "hour_days": _listed(first.get("days")),
        "n_hours": len(hours) if isinstance(hours, list) else 0,
        "from": _local(tree.get("from")), "until": _local(tree.get("until")),
    }  # fmt: skip


def _begun(form: Mapping[str, str], kind: str) -> dict[str, Any]:
    """Return the tree that the form began with."""
    return dict(load(form.get("source", "").replace("\r\n", "\n")).tree) | {
        "huiliu": 1, "kind": kind,
    }  # fmt: skip


def _effect(form: Mapping[str, str], before: object) -> dict[str, Any]:
    """Return the effect that was chosen; fields of another kind are let go."""
    kind = form.get("effect.kind", "")
    found: dict[str, Any] = {"kind": kind}
    if kind not in EFFECTS:
        return found
    held = _map(before)
    if held.get("kind") == kind:
        found = dict(held)
    for name in _SHOWN[kind]:
        written = form.get(f"effect.{kind}.{name}", "").strip()
        value: object = written if name in _WORDS else _value(written)
        if name in _FLAGS:
            value = written == "1"
        _put(found, name, "" if _USUAL.get(name) == value else value)
    if kind == "steps":
        found["steps"] = _steps(form)
    if kind == "gift":
        names = {locale: form.get(f"effect.gift.name.{locale}", "").strip() for locale in LOCALES}
        _put(found, "name", {locale: one for locale, one in names.items() if one})
    return found


def _steps(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows that say anything."""
    by = "quantity" if form.get("effect.steps.by") == "quantity" else "spend"
    off = "percent" if form.get("effect.steps.off") == "percent" else "amount"
    found = []
    for at in range(STEPS):
        reached = _value(form.get(f"effect.steps.{at}.reached", ""))
        given = _value(form.get(f"effect.steps.{at}.given", ""))
        if reached != "" or given != "":
            row = {by: reached, off: given}
            found.append({name: one for name, one in row.items() if one != ""})
    return found


def _hours(form: Mapping[str, str], before: object) -> list[Any]:
    """Return the hours of the form before those that only the YAML shows."""
    more = before[1:] if isinstance(before, list) else []
    days = [day for day in DAYS if form.get(f"hours.{day}") == "1"]
    row: dict[str, Any] = {}
    _put(row, "days", days if len(days) < len(DAYS) else [])
    for name in ("from", "until"):
        _put(row, name, form.get(f"hours.{name}", "").strip())
    return [row, *more] if row else list(more)


def _products(form: Mapping[str, str]) -> dict[str, Any]:
    """Return which products are meant."""
    found: dict[str, Any] = {}
    but: dict[str, Any] = {}
    for name in _GOODS:
        _put(found, name, _list(form.get(f"products.{name}", "")))
        _put(but, name, _list(form.get(f"but.{name}", "")))
    _put(found, "except", but)
    return found


def _who(tree: dict[str, Any], form: Mapping[str, str]) -> None:
    """Write for whom it is; a condition that the form cannot show stays."""
    chosen = form.get("who", _EVERYBODY)
    if chosen == _EVERYBODY:
        tree.pop("who", None)
    elif chosen == _SEGMENT:
        tree["who"] = {"in_segment": form.get("segment", "")}


def _places(tree: dict[str, Any], form: Mapping[str, str]) -> None:
    """Write where it holds; channels that the form does not show stay."""
    kept = [one for one in _listed(tree.get("channels")) if one not in CHANNELS]
    _put(tree, "channels", [
        *(one for one in CHANNELS if form.get(f"channel.{one}") == "1"), *kept,
    ])  # fmt: skip
    _put(tree, "stores", _list(form.get("stores", "")))


def _period(tree: dict[str, Any], form: Mapping[str, str]) -> None:
    """Write from when until when, as a browser writes a local time."""
    for name in ("from", "until"):
        typed, held = form.get(name, "").strip(), tree.get(name)
        # A time with its offset is nothing that a browser's field could show.
        if typed or not held or _local(held):
            _put(tree, name, typed)


def _texts(tree: dict[str, Any], form: Mapping[str, str], name: str) -> None:
    """Write what is said by language; other languages than the form's stay."""
    kept = {one: said for one, said in _map(tree.get(name)).items() if one not in LOCALES}
    typed = {locale: form.get(f"{name}.{locale}", "").strip() for locale in LOCALES}
    _put(tree, name, {**{locale: one for locale, one in typed.items() if one}, **kept})


def _counts(form: Mapping[str, str], prefix: str, *names: str) -> dict[str, Any]:
    """Return numbers by name; those that are not written are left out."""
    typed = {name: _value(form.get(f"{prefix}.{name}", "")) for name in names}
    if "per_person" in names and prefix == "limits":
        typed["per_person_day"] = _value(form.get(f"{prefix}.per_person_day", ""))
    return {name: one for name, one in typed.items() if one != ""}


def _value(written: str) -> Any:
    """Return a number as documents hold it; what is none stays, and is told as a problem."""
    plain = written.strip().replace(",", "")
    if _WHOLE.fullmatch(plain):
        return int(plain)
    return float(plain) if _NUMBER.fullmatch(plain) else written.strip()


def _list(written: str) -> list[str]:
    """Return words that stand apart by commas or lines."""
    return [one.strip() for one in _APART.split(written) if one.strip()]


def _joined(value: object) -> str:
    """Return a list as it is typed."""
    return ", ".join(_listed(value))


def _listed(value: object) -> list[str]:
    """Return a list of words; nothing of anything else."""
    return [str(one) for one in value] if isinstance(value, list) else []


def _map(value: object) -> dict[str, Any]:
    """Return a map; nothing of anything else."""
    return value if isinstance(value, dict) else {}


def _local(value: object) -> str:
    """Return a time as a browser's field takes it; "" where that could not show it."""
    found = value if isinstance(value, str) else ""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", found):
        return f"{found}T00:00"
    return found[:16] if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", found) else ""


def _put(tree: dict[str, Any], name: str, value: object) -> None:
    """Write a field, or leave it out where it is empty."""
    if value is False or value is None or value in ("", [], {}):
        tree.pop(name, None)
    else:
        tree[name] = value
