"""Reads a form's document: every problem at once, each with its path and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from huiliu.forms.blocks import read_blocks, read_pop_up
from huiliu.forms.form import ConsentAsk, Form, Question, Reward, ShowIf, Words
from huiliu.forms.questions import QUESTIONS
from huiliu.forms.words import Reading
from huiliu.kernel.consents import PURPOSES
from huiliu.kernel.documents import HEADER, Header, dump, load, read_header
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant

__all__ = ["KIND", "USES", "parse_form"]

KIND: Final = "form"
USES: Final = ("sign_up", "survey", "pop_up")

_KNOWN: Final = frozenset({
    *HEADER, "use", "title", "intro", "button", "thanks", "questions", "consents", "reward",
    "page", "search", "pop_up", "embed", "at_once", "once", "trusts_claims", "opens_at",
    "closes_at",
})  # fmt: skip
_QUESTION: Final = frozenset({
    "id", "ask", "label", "hint", "required", "if_lacking", "show_if", "trait", "options",
})  # fmt: skip
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VALUE: Final = re.compile(r"[A-Za-z0-9_.+-]{1,60}")
_TRAIT: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CODE: Final = re.compile(r"[A-Za-z0-9-]{1,40}")
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?")
_MOST_QUESTIONS: Final = 60
_MOST_OPTIONS: Final = 50


def parse_form(
    source: str | bytes, channels: Collection[str] | None = None
) -> Form | tuple[Problem, ...]:
    """Return the form that a YAML source describes, or every problem with path and line.

    Args:
        source: the document.
        channels: what consents may be asked for; None = it was checked when it was published.
    """
    loaded = load(source)
    if loaded.problems or not loaded.tree:
        return loaded.problems or (Problem("", text("forms.empty"), 1),)
    header, problems = read_header(loaded, KIND)
    reading = Reading(loaded, list(problems))
    reading.names("", loaded.tree, _KNOWN)
    form = _form(reading, header, channels)
    if reading.problems or form is None:
        return tuple(reading.problems)
    return form


def _form(reading: Reading, header: Header | None, channels: Collection[str] | None) -> Form | None:
    """Return the form; what is wrong with it stands in the reading."""
    tree = reading.loaded.tree
    title = reading.words(tree, "title")
    reading.locales = tuple(title)
    use = reading.choice(tree, "use", USES)
    questions = _questions(reading)
    consents = _consents(reading, channels)
    if not questions and not consents:
        reading.wrong("questions", "forms.asks_nothing")
    search = reading.mapping(tree, "search", frozenset({"title", "text", "picture", "hidden"}))
    opens, closes = _moment(reading, tree, "opens_at"), _moment(reading, tree, "closes_at")
    if opens and closes and closes <= opens:
        reading.wrong("closes_at", "forms.closes_before")
    form_pop_up = read_pop_up(reading)
    if use == "pop_up" and form_pop_up is None and "pop_up" not in tree:
        reading.wrong("pop_up", "forms.no_pop_up")
    found = {
        "intro": reading.words(tree, "intro", optional=True),
        "button": reading.words(tree, "button", optional=True),
        "thanks": reading.words(tree, "thanks", optional=True),
    }
    blocks = read_blocks(reading)
    embed = tuple(_embed(reading))
    if header is None:
        return None
    return Form(
        slug=header.slug, name=dict(header.name), note=header.note, use=use,
        locales=reading.locales, title=title, questions=questions, source=dump(tree),
        consents=consents, reward=_reward(reading, questions), blocks=blocks, **found,
        search_title=reading.words(search, "title", "search", optional=True),
        search_text=reading.words(search, "text", "search", optional=True),
        picture=reading.address(search, "picture", "search"),
        is_hidden=reading.flag(search, "hidden", "search"),
        pop_up=form_pop_up, embed=embed,
        at_once=reading.number(tree, "at_once", 0, 0, _MOST_QUESTIONS),
        once=reading.flag(tree, "once"), trusts_claims=reading.flag(tree, "trusts_claims"),
        opens_at=opens, closes_at=closes,
    )  # fmt: skip


def _questions(reading: Reading) -> tuple[Question, ...]:
    """Return the questions; ids are told apart, and conditions look back only."""
    found: list[Question] = []
    for at, raw in enumerate(reading.items(reading.loaded.tree, "questions", _MOST_QUESTIONS)):
        path = f"questions[{at}]"
        kind = QUESTIONS.get(str(raw.get("ask")))
        if kind is None:
            reading.wrong(f"{path}.ask", "forms.no_such_question", known=", ".join(QUESTIONS))
            continue
        more = {"options"} if kind.has_options else set()
        settings = {one.name for one in kind.settings}
        reading.names(path, raw, (_QUESTION - {"options"}) | more | settings)
        name = reading.word(raw, "id", path, _ID)
        if name in {one.id for one in found}:
            reading.wrong(f"{path}.id", "forms.twice", name=name)
        trait = str(raw.get("trait") or "")
        if trait and (kind.trait or kind.goes.value == "free" or not _TRAIT.fullmatch(trait)):
            reading.wrong(f"{path}.trait", "forms.bad_trait", name=trait)
        if reading.flag(raw, "if_lacking", path) and not (trait or kind.trait):
            reading.wrong(f"{path}.if_lacking", "forms.lacking_without_trait")
        found.append(
            Question(
                id=name, ask=kind.name, label=reading.words(raw, "label", path),
                hint=reading.words(raw, "hint", path, optional=True),
                required=reading.flag(raw, "required", path),
                if_lacking=raw.get("if_lacking") is True,
                show_if=_show_if(reading, raw, path, found), trait=trait,
                settings=_settings(reading, raw, path, kind.name),
                options=_options(reading, raw, path) if kind.has_options else {},
            )
        )  # fmt: skip
    return tuple(found)


def _settings(
    reading: Reading, raw: Mapping[str, Value], path: str, kind: str
) -> Mapping[str, Value]:
    """Return what a kind of question was told."""
    return {
        one.name: reading.number(raw, one.name, one.default, one.least, one.most, path)
        for one in QUESTIONS[kind].settings
    }


def _options(reading: Reading, raw: Mapping[str, Value], path: str) -> Mapping[str, Words]:
    """Return what can be chosen: a list of `{value, label}`."""
    found: dict[str, Words] = {}
    for at, each in enumerate(reading.items(raw, "options", _MOST_OPTIONS, path)):
        place = f"{path}.options[{at}]"
        reading.names(place, each, frozenset({"value", "label"}))
        value = str(each.get("value", "")) if each.get("value") is not None else ""
        if not _VALUE.fullmatch(value):
            reading.wrong(f"{place}.value", "forms.bad_value")
        elif value in found:
            reading.wrong(f"{place}.value", "forms.twice", name=value)
        found[value] = reading.words(each, "label", place)
    if len(found) < 2:
        reading.wrong(f"{path}.options", "forms.few_options")
    return found


def _show_if(
    reading: Reading, raw: Mapping[str, Value], path: str, before: Sequence[Question]
) -> ShowIf | None:
    """Return when a question is shown."""
    if raw.get("show_if") is None:
        return None
    place = f"{path}.show_if"
    known = frozenset({"question", "is", "at_least", "at_most"})
    given = reading.mapping(raw, "show_if", known, path)
    asked = next((one for one in before if one.id == given.get("question")), None)
    if asked is None:
        reading.wrong(f"{place}.question", "forms.not_before")
        return None
    among = given.get("is")
    words = tuple(
        str(one) for one in (among if isinstance(among, list) else [among]) if one is not None
    )
    limits = {name: given.get(name) for name in ("at_least", "at_most")}
    numbers = {key: one for key, one in limits.items() if type(one) is int}
    if asked.options and (
        not words or set(words) - set(asked.options) or any(v is not None for v in limits.values())
    ):
        reading.wrong(f"{place}.is", "forms.bad_show_if_option", known=", ".join(asked.options))
    elif not asked.options and (words or not numbers or asked.ask not in {"nps", "scale"}):
        reading.wrong(place, "forms.bad_show_if_number")
    return ShowIf(asked.id, words, numbers.get("at_least"), numbers.get("at_most"))


def _consents(reading: Reading, channels: Collection[str] | None) -> tuple[ConsentAsk, ...]:
    """Return the boxes that may be ticked."""
    found: list[ConsentAsk] = []
    for at, raw in enumerate(reading.items(reading.loaded.tree, "consents", 20)):
        path = f"consents[{at}]"
        reading.names(path, raw, frozenset({"id", "channels", "purpose", "text", "required"}))
        name = reading.word(raw, "id", path, _ID)
        if name in {one.id for one in found}:
            reading.wrong(f"{path}.id", "forms.twice", name=name)
        listed = raw.get("channels")
        named = tuple(str(one) for one in listed) if isinstance(listed, list) else ()
        if not named or (channels is not None and set(named) - set(channels)):
            known = ", ".join(channels or ())
            reading.wrong(f"{path}.channels", "forms.bad_channels", known=known)
        purpose = raw.get("purpose", PURPOSES[0])
        if purpose not in PURPOSES:
            reading.wrong(f"{path}.purpose", "forms.bad_purpose", known=", ".join(PURPOSES))
        found.append(
            ConsentAsk(
                name, named, str(purpose), reading.words(raw, "text", path),
                reading.flag(raw, "required", path),
            )
        )  # fmt: skip
    return tuple(found)


def _reward(reading: Reading, questions: Sequence[Question]) -> Reward | None:
    """Return what is given for an answer."""
    tree = reading.loaded.tree
    if tree.get("reward") is None:
        return None
    given = reading.mapping(tree, "reward", frozenset({"name", "text", "code", "coupon", "for"}))
    code = str(given.get("code") or "")
    if code and not _CODE.fullmatch(code):
        reading.wrong("reward.code", "forms.bad_code")
    for_ = str(given.get("for") or "")
    if for_ and for_ not in {one.id for one in questions}:
        reading.wrong("reward.for", "forms.not_asked", name=for_)
    coupon = given.get("coupon") or ""
    if coupon and not (isinstance(coupon, str) and is_slug(coupon)):
        reading.wrong("reward.coupon", "plans.want_slug")
        coupon = ""
    if coupon and code:
        reading.wrong("reward.code", "forms.code_or_coupon")
    name = reading.word(given, "name", "reward", _ID)
    return Reward(name, reading.words(given, "text", "reward"), code, for_, str(coupon))


def _embed(reading: Reading) -> Sequence[str]:
    """Return the origins whose pages may show the form in a frame."""
    listed = reading.loaded.tree.get("embed")
    if listed is None:
        return ()
    found = listed if isinstance(listed, list) else [listed]
    if not all(isinstance(one, str) and _ORIGIN.fullmatch(one) for one in found):
        reading.wrong("embed", "forms.bad_origin")
        return ()
    return tuple(str(one) for one in found)


def _moment(reading: Reading, tree: Mapping[str, Value], name: str) -> int:
    """Return an instant; 0 = none was given."""
    given = tree.get(name)
    if given is None:
        return 0
    found = as_instant(given) if isinstance(given, str) else None
    if found is None:
        reading.wrong(name, "forms.bad_moment")
    return found or 0
