"""Texts that carriers approved beforehand: whether a message is one, and with which values.

China's providers send no text but an approved one, named by its code, with values for its
placeholders. So what is about to go is matched against what was approved: what does not match is
not sent, and what does says which values to hand over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.messages.carriers import CARRIERS

__all__ = [
    "APPROVED",
    "MISMATCH",
    "MISSING",
    "PENDING",
    "STATES",
    "Filing",
    "Match",
    "Unfiled",
    "find_filing",
    "placeholders",
    "problems_of",
]

APPROVED: Final = "approved"
STATES: Final = ("drafted", "filed", APPROVED, "rejected", "expired")
MISSING: Final = "filing_missing"
MISMATCH: Final = "filing_mismatch"
PENDING: Final = "filing_pending"

#: Aliyun writes ${name}, Tencent {1}, Huawei ${1} or ${NUM_6}.
_SLOT: Final = re.compile(r"\$\{([A-Za-z0-9_]{1,40})\}|\{(\d{1,2})\}")
_SIGNED: Final = re.compile(r"^\s*【([^【】]{1,30})】\s*")
_SIGNATURE: Final = re.compile(r"[^【】\[\]\s][^【】\[\]\n]{0,28}[^【】\[\]\s]")
_LINK: Final = re.compile(r"(?i)https?://|www\.|\b[a-z0-9-]+\.(?:com|cn|net|org|io|cc|top|xyz)\b")
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Filing:
    """A signature, or a text under it, and how it stands with each carrier."""

    account: str
    #: "" = the signature alone.
    template: str
    locale: str
    variant: str
    signature: str
    body: str
    code: str
    #: Most characters of one value; 0 = no limit.
    longest: int
    #: Carrier -> one of STATES; "" = of any carrier that is not named.
    states: Mapping[str, str]

    def is_approved(self, carrier: str) -> bool:
        """Say whether a carrier takes it; of an unknown carrier, whether every one does."""
        if carrier:
            return self.states.get(carrier, self.states.get("", "")) == APPROVED
        return bool(self.states) and all(self.is_approved(one) for one in CARRIERS[:3])


@dataclass(frozen=True, slots=True)
class Match:
    """A message is an approved text."""

    filing: Filing
    #: (placeholder, value) in the order of the text.
    params: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unfiled:
    """A message must not go: why, as a reason code."""

    reason: str


def find_filing(
    filings: Iterable[Filing], account: str, template: str, words: str, carrier: str
) -> Match | Unfiled:
    """Return the approved text that a message is.

    Args:
        filings: a brand's.
        account: whom it goes through.
        template: what was rendered.
        words: the message as it would be read, with or without its signature.
        carrier: the number's; "" = not known.
    """
    mine = [one for one in filings if one.account == account]
    texts = [one for one in mine if one.body and one.template == template]
    if not texts:
        return Unfiled(MISSING)
    found: Match | None = None
    for one in texts:
        params = _values(one, words)
        if params is None:
            continue
        found = Match(one, params)
        if one.is_approved(carrier) and _is_signed_for(mine, one.signature, carrier):
            return found
    return Unfiled(PENDING if found is not None else MISMATCH)


def placeholders(body: str) -> tuple[str, ...]:
    """Return the names of a text's placeholders in their order."""
    return tuple(one[1] or one[2] for one in _SLOT.finditer(body))


def problems_of(filing: Filing, *, is_marketing: bool) -> list[Problem]:
    """Return everything that is wrong with a filing as it was typed."""
    found = []
    if not _SIGNATURE.fullmatch(filing.signature):
        found.append(Problem("signature", text("filings.signature")))
    if filing.template and not filing.body.strip():
        found.append(Problem("body", text("filings.no_body")))
    if filing.body and not filing.code:
        found.append(Problem("code", text("filings.no_code")))
    if len(filing.body) + len(filing.signature) + 2 > _MOST:
        found.append(Problem("body", text("filings.long", most=_MOST)))
    names = placeholders(filing.body)
    if len(names) != len(set(names)):
        found.append(Problem("body", text("filings.same_slot")))
    if is_marketing and names:
        found.append(Problem("body", text("filings.marketing_slot")))
    if _SIGNED.match(filing.body):
        found.append(Problem("body", text("filings.signed")))
    if not 0 <= filing.longest <= _MOST:
        found.append(Problem("longest", text("filings.longest")))
    return found + _problems_of_states(filing)


def _problems_of_states(filing: Filing) -> list[Problem]:
    """Return carriers and states that there are not."""
    said = text("filings.state", states=", ".join(STATES), carriers=", ".join(CARRIERS))
    return [
        Problem(f"states.{carrier}", said)
        for carrier, state in filing.states.items()
        if carrier not in {"", *CARRIERS} or state not in STATES
    ]


def _values(filing: Filing, words: str) -> tuple[tuple[str, str], ...] | None:
    """Return the values that make an approved text of a message; None = none do."""
    signed = _SIGNED.match(words)
    if signed is not None:
        if signed[1].strip() != filing.signature:
            return None
        words = words[signed.end() :]
    found = _pattern(filing.body).fullmatch(words.strip())
    if found is None:
        return None
    values = found.groups()
    if any(_LINK.search(value) for value in values):
        # Carriers refuse links in values: they were not approved.
        return None
    if filing.longest and any(len(value) > filing.longest for value in values):
        return None
    return tuple(zip(placeholders(filing.body), values, strict=True))


@lru_cache(maxsize=4_096)
def _pattern(body: str) -> re.Pattern[str]:
    """Return what an approved text looks like when it is filled in."""
    pieces: list[str] = []
    end = 0
    plain = body.strip()
    for slot in _SLOT.finditer(plain):
        pieces += [re.escape(plain[end : slot.start()]), r"([^\n]{1,200}?)"]
        end = slot.end()
    pieces.append(re.escape(plain[end:]))
    return re.compile("".join(pieces))


def _is_signed_for(filings: Iterable[Filing], signature: str, carrier: str) -> bool:
    """Say whether a signature may be used: one that is filed by itself has to be approved."""
    alone = [one for one in filings if not one.body and one.signature == signature]
    return not alone or any(one.is_approved(carrier) for one in alone)
