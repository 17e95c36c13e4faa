"""What SMPP statuses and delivery receipts mean for the message, its number and the account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from huiliu.messages.segments import decode_gsm7
from huiliu.ports.channel import AnswerState

__all__ = ["Report", "canonical_id", "plain_text", "queried_id", "reaction", "read_report"]

#: command_status -> meaning; all others are refusals of one message.
#: Source: SMPP 3.4 section 5.1.3; reactions as in docs/reference/channels.md.
_REACTIONS: Final = {
    0x00: AnswerState.ACCEPTED,
    0x05: AnswerState.THROTTLED,  # already bound
    0x08: AnswerState.RETRY,  # system error
    0x0B: AnswerState.SUPPRESS,  # no such number
    0x0D: AnswerState.PAUSE,  # bind failed
    0x0E: AnswerState.PAUSE,  # wrong password
    0x0F: AnswerState.PAUSE,  # wrong system id
    0x14: AnswerState.THROTTLED,  # queue full
    0x45: AnswerState.RETRY,  # submit failed
    0x58: AnswerState.THROTTLED,  # too fast
    0x64: AnswerState.RETRY,  # temporary application error
    0x66: AnswerState.RETRY,  # receiver's temporary error
}
#: `stat` of a receipt -> our word; what is not here is not final.
_STATES: Final = {
    "DELIVRD": "delivered",
    "EXPIRED": "expired",
    "UNDELIV": "failed",
    "REJECTD": "failed",
    "DELETED": "failed",
}
#: message_state of the optional parameter. Source: SMPP 3.4 section 5.2.28.
_STATE_NUMBERS: Final = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}
_FIELD: Final = re.compile(r"\b(id|stat|err):([^ ]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery receipt says."""

    provider_id: str
    #: delivered, expired, failed, or "" where it is not final.
    state: str
    #: `DELIVRD 000`: the SMSC's own words.
    response: str


def reaction(status: int) -> AnswerState:
    """Return what the answer to a submit means."""
    return _REACTIONS.get(status, AnswerState.REJECTED)


def canonical_id(written: str, id_format: str, *, is_receipt: bool) -> str:
    """Return the form under which an answer's id and a receipt's id are compared.

    Args:
        written: as the SMSC wrote it.
        id_format: `same`, or `hex-decimal` / `decimal-hex` for SMSCs that write the answer in one
            and the receipt in the other; both also forgive leading zeros.
        is_receipt: which of the two this is.
    """
    if id_format == "same":
        return written
    answer_base, receipt_base = (16, 10) if id_format == "hex-decimal" else (10, 16)
    try:
        return str(int(written, receipt_base if is_receipt else answer_base))
    except ValueError:
        return written


def queried_id(known: str, id_format: str) -> str:
    """Return the id as the SMSC wrote it in its answer, from the form that is compared."""
    if id_format != "hex-decimal" or not known.isdecimal():
        return known
    return f"{int(known):X}"


def read_report(content: str, receipted_id: str | None, state: int | None) -> Report | None:
    """Return what a receipt says, or None when it names no message.

    Args:
        content: the short message, `id:... stat:DELIVRD err:000 text:...`.
        receipted_id: the optional parameter, where the SMSC sends it.
        state: the message_state parameter, where the SMSC sends it.
    """
    fields = {name.lower(): value for name, value in _FIELD.findall(content.partition("text:")[0])}
    provider_id = receipted_id or fields.get("id", "")
    if not provider_id:
        return None
    word = fields.get("stat", "").upper() or _STATE_NUMBERS.get(state or 0, "")
    code = fields.get("err", "")
    return Report(provider_id, _STATES.get(word, ""), f"{word} {code}".strip())


def plain_text(data: bytes, data_coding: int) -> str:
    """Return the text of a message from a phone."""
    if data_coding == 8:
        return data.decode("utf-16-be", "replace")
    if data_coding == 3:
        return data.decode("latin-1")
    return decode_gsm7(data)
