"""An SMPP account: its form, and its fields read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.channels.provider import COMMON, filled
from huiliu.ports.channel import AccountField

__all__ = ["FIELDS", "Account"]

#: Lengths are those of the bind, without their end. Source: SMPP 3.4 section 4.1.1.
FIELDS: Final = (
    AccountField("host"),
    AccountField("port", "number", "2775", low=1, high=65535),
    AccountField("tls", "choice", "none", choices=("none", "tls")),
    AccountField("system_id", longest=15),
    AccountField("password", "secret", "", longest=8),
    AccountField("system_type", default="", longest=12),
    AccountField("source", default="", longest=20),
    AccountField("source_ton", "number", "", low=0, high=6),
    AccountField("source_npi", "number", "", low=0, high=18),
    AccountField("window", "number", "20", low=1, high=500),
    #: Sessions side by side, each with a window of its own.
    AccountField("binds", "number", "1", low=1, high=16),
    AccountField("timeout", "number", "30", low=1, high=300),
    AccountField("concatenation", "choice", "udh", choices=("udh", "sar", "payload")),
    AccountField("alphabet", "choice", "gsm7", choices=("gsm7", "latin1")),
    AccountField("id_format", "choice", "same", choices=("same", "hex-decimal", "decimal-hex")),
    *COMMON,
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account's fields, read once."""

    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    system_type: str
    source: str
    source_ton: int
    source_npi: int
    window: int
    binds: int
    #: Parts a second; 0 = as fast as the window allows.
    rate: int
    timeout_s: float
    concatenation: str
    alphabet: str
    id_format: str

    @classmethod
    def read(cls, config: Mapping[str, str]) -> Account:
        """Return the fields of an account that was checked when it was stored."""
        given = filled(FIELDS, config)
        is_word = bool(given["source"]) and not given["source"].isdecimal()
        return cls(
            host=given["host"],
            port=int(given["port"]),
            tls=given["tls"] == "tls",
            system_id=given["system_id"],
            password=given["password"],
            system_type=given["system_type"],
            source=given["source"],
            # 5 is alphanumeric. Source: SMPP 3.4 section 5.2.5.
            source_ton=int(given["source_ton"] or (5 if is_word else 0)),
            source_npi=int(given["source_npi"] or (0 if is_word else 1)),
            window=int(given["window"]),
            binds=int(given["binds"]),
            rate=int(given["rate"]),
            timeout_s=float(given["timeout"]),
            concatenation=given["concatenation"],
            alphabet=given["alphabet"],
            id_format=given["id_format"],
        )
