"""Reads a contact of another tool by the map by which ours go out to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from huiliu.forwarding.fields import Source
from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text

__all__ = ["Contact", "ContactsTaken", "read_contact"]

#: Words of a consent that files and tools use.
_YES: Final = frozenset({"granted", "true", "yes", "1", "subscribed", "opted_in", "是", "同意"})
_NO: Final = frozenset({
    "withdrawn", "false", "no", "0", "unsubscribed", "opted_out", "否", "拒绝", "退订",
})  # fmt: skip
#: Traits that name the person, too.
_NAMING: Final = {"email": IdentifierType.EMAIL, "phone": IdentifierType.PHONE}


@dataclass(slots=True)
class ContactsTaken:
    """What became of contacts."""

    #: Contacts that said something new.
    n_changed: int = 0
    #: Contacts that said only what is known or what they were told.
    n_same: int = 0
    #: Each with the contact's place, or its line in a file.
    problems: list[Problem] = field(default_factory=list)
    #: Fields that the map does not name.
    ignored: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Contact:
    """One contact, read by the map."""

    path: str
    line: int
    #: Our profile id, where it says so; 0 = it does not.
    profile_id: int = 0
    identifiers: dict[IdentifierType, str] = field(default_factory=dict)
    #: Trait -> (their field, value).
    traits: dict[str, tuple[str, Any]] = field(default_factory=dict)
    #: (channel, purpose) -> (their field, granted or withdrawn).
    consents: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


def read_contact(
    path: str,
    line: int,
    said: Any,  # what came
    sources: Mapping[str, Source],
    taken: ContactsTaken,
) -> Contact | None:
    """Return one contact, or None after noting what is wrong with it.

    A field that cannot be read is noted and left out; the others count.
    """
    if not isinstance(said, Mapping):
        taken.problems.append(Problem(path, text("destinations.not_a_contact"), line))
        return None
    contact = Contact(path, line)
    for theirs, value in said.items():
        source = sources.get(str(theirs))
        if source is None:
            if str(theirs) not in taken.ignored:
                taken.ignored.append(str(theirs))
        elif value is not None and value != "":
            _take(contact, source, str(theirs), value, taken)
    for name, kind in _NAMING.items():
        _, value = contact.traits.get(name, ("", None))
        if value is not None and normalise(kind, str(value)) is not None:
            contact.identifiers.setdefault(kind, str(value))
    if not contact.identifiers and not contact.profile_id:
        taken.problems.append(Problem(path, text("destinations.nobody"), line))
        return None
    return contact


def _take(
    contact: Contact,
    source: Source,
    theirs: str,
    value: Any,  # what came
    taken: ContactsTaken,
) -> None:
    """Take one field into a contact; of tags, segments and times we know better ourselves."""
    here = f"{contact.path}.{theirs}".strip(".")
    if source.kind == "id":
        contact.profile_id = parse_profile_id(str(value)) or 0
    elif source.kind == "identifier":
        if normalise(source.identifier, str(value)) is None:
            wrong = text("destinations.bad_identifier", type=source.name)
            taken.problems.append(Problem(here, wrong, contact.line))
        else:
            contact.identifiers[source.identifier] = str(value)
    elif source.kind == "trait":
        contact.traits[source.name] = (theirs, value)
    elif source.kind == "consent":
        state = _state(value)
        if state is None:
            wrong = text("destinations.bad_consent")
            taken.problems.append(Problem(here, wrong, contact.line))
        else:
            contact.consents[source.name, source.purpose] = (theirs, state)


def _state(value: object) -> str | None:
    """Return granted or withdrawn; None for words that nobody can be sure of."""
    word = str(value).strip().casefold()
    if word in _YES:
        return "granted"
    return "withdrawn" if word in _NO else None
