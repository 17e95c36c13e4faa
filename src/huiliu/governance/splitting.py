"""Takes the personal values out of what was sent and leaves tokens in their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from huiliu.governance.detection import clean_url, looks_personal
from huiliu.governance.dictionary import Class, Place, Rule, rule_of
from huiliu.governance.normalisation import derived_from, normalise, normalise_field
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.facts import Value

__all__ = ["TOKEN_PREFIX", "Found", "Split", "Tokenise", "TooDeep", "split"]

#: A personal value in the log is this and 32 hexadecimal letters.
TOKEN_PREFIX: Final = "vlt_"  # noqa: S105 - no password, a mark
#: (canonical field, normalised value) -> the 16 bytes it is vaulted under.
Tokenise: TypeAlias = Callable[[str, str], bytes]

_DEEPEST: Final = 32
#: What an id looks like: one word without blanks, plus signs or @.
_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:\-]*")
_IDENTIFIER_FIELDS: Final = {type_.word: type_ for type_ in IdentifierType}
_WIDEST_INTEGER: Final = 1 << 63


class TooDeep(ValueError):
    """Lists and objects stand in each other more than 32 levels deep."""


@dataclass(frozen=True, slots=True)
class Found:
    """One personal value that was taken out."""

    token: bytes
    #: The canonical field.
    field: str
    #: The value as it was sent.
    raw: str


@dataclass(slots=True)
class Split:
    """What is left, and what was taken out."""

    values: dict[str, Value] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    #: Names of the person that stood at the top level of traits, normalised, with the raw value.
    identifiers: list[tuple[IdentifierType, str, str]] = field(default_factory=list)


def split(
    place: Place, values: Mapping[str, Value], tokenise: Tokenise, region: str, *, identify: bool
) -> Split:
    """Return the values without personal data, and the personal data apart.

    Args:
        place: whose names these are: a person's traits, or properties of an event.
        values: an object as it was sent.
        tokenise: gives the token of a field's normalised value.
        region: ISO 3166 country of phone numbers without a country code.
        identify: whether identifiers at the top level name the sender, and derived values
            (`email_domain`, `birth_month_day`) are added beside what they come from.

    Raises:
        TooDeep: more than 32 levels.
    """
    splitter = _Splitter(tokenise, region)
    for name, value in values.items():
        rule = rule_of(place, name)
        named = int(value) if isinstance(value, float) and value.is_integer() else value
        if identify and rule is not None and isinstance(named, str | int):
            splitter.name_person(rule, named)
            splitter.derive(rule, named, values)
        splitter.put(splitter.into.values, place, name, value)
    return splitter.into


class _Splitter:
    """Walks one object."""

    def __init__(self, tokenise: Tokenise, region: str) -> None:
        """Start with nothing found."""
        self.into = Split()
        self._tokenise = tokenise
        self._region = region

    def name_person(self, rule: Rule, value: str | int) -> None:
        """Take note of an identifier of the sender."""
        if rule.type is not None and not isinstance(value, bool):
            normal = normalise(rule.type, str(value), self._region)
            if normal is not None:
                self.into.identifiers.append((rule.type, normal, str(value)))

    def derive(self, rule: Rule, value: str | int, given: Mapping[str, Value]) -> None:
        """Add what may be kept of a personal value, unless the sender says it himself."""
        for name, kept in derived_from(rule.field, str(value), self._region).items():
            if name not in given:
                self.into.values[name] = kept

    def put(
        self, into: dict[str, Value], place: Place, name: str, value: Value, depth: int = 0
    ) -> None:
        """Clean one named value into an object; a name can be personal too."""
        rule = rule_of(place, name)
        if rule is not None and rule.class_ is Class.DROPPED:
            return
        into[self._name(name)] = self._clean(place, rule, value, depth)

    def _name(self, name: str) -> str:
        """Return a name, or the token of one that is personal."""
        shown = name.replace("\0", "")
        return shown if looks_personal(shown) is None else self._vault("text", shown)

    def _clean(self, place: Place, rule: Rule | None, value: Value, depth: int) -> Value:
        """Return the value without what is personal in it."""
        if depth > _DEEPEST:
            raise TooDeep
        if isinstance(value, str):
            return self._clean_text(rule, value.replace("\0", ""))
        if isinstance(value, dict):
            inside = Place.TRAITS if rule is not None and rule.person_inside else place
            forced = None if rule is None or rule.person_inside else rule
            cleaned: dict[str, Value] = {}
            for name, inner in value.items():
                if forced is None or forced.class_ is Class.PSEUDONYMOUS:
                    self.put(cleaned, inside, name, inner, depth + 1)
                else:
                    cleaned[self._name(name)] = self._clean(place, forced, inner, depth + 1)
            return cleaned
        if isinstance(value, list):
            return [self._clean(place, rule, inner, depth + 1) for inner in value]
        if isinstance(value, float):
            return self._clean_float(rule, value)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._clean_number(rule, value)
        return value

    def _clean_float(self, rule: Rule | None, value: float) -> Value:
        """Return a number with a point; a whole one with a point is treated as without.

        Tables that miss a cell write the others of its column as `13912345678.0`.
        """
        cleaned = self._clean_number(rule, int(value)) if value.is_integer() else value
        is_token = isinstance(cleaned, str) and cleaned.startswith(TOKEN_PREFIX)
        return cleaned if is_token else value

    def _clean_number(self, rule: Rule | None, value: int) -> Value:
        """Return a whole number, or its token; one too wide for a column becomes text."""
        # `shipping: 12` is a price, `phone: 13912345678` is a phone.
        if rule is None or rule.class_ is Class.PSEUDONYMOUS or rule.person_inside:
            kind = None if rule is not None and not rule.person_inside else looks_personal(value)
            if kind is not None:
                return self._vault(kind, str(value))
            return value if -_WIDEST_INTEGER <= value < _WIDEST_INTEGER else str(value)
        return self._vault(rule.field, str(value))

    def _clean_text(self, rule: Rule | None, value: str) -> str:
        """Return a text, its token, or an address without its personal parameters."""
        if not value:
            return value
        if rule is not None and rule.class_ is not Class.PSEUDONYMOUS:
            return self._vault(rule.field, value)
        kept = value
        if ("?" in value or "#" in value) and "=" in value and " " not in value:
            kept = clean_url(value)
        kind = looks_personal(kept)
        # An order number may have the digits of a phone in it; nothing but a bare id is excused.
        if kind is None or (rule is not None and kind == "phone" and _ID.fullmatch(value)):
            return kept
        return self._vault(kind, value)

    def _vault(self, field_: str, raw: str) -> str:
        """Take a value out and return the token that stands in its place."""
        type_ = _IDENTIFIER_FIELDS.get(field_)
        if type_ is not None and normalise(type_, raw, self._region) is None:
            # A sentence that holds an address is no address.
            field_ = "text"
        token = self._tokenise(field_, normalise_field(field_, raw, self._region))
        self.into.found.append(Found(token, field_, raw))
        return f"{TOKEN_PREFIX}{token.hex()}"
