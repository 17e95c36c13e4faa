"""Rule packs: what laws and platforms forbid and ask for, and what in a text they object to."""

from __future__ import annotations

from huiliu.governance.packs.engine import Checker
from huiliu.governance.packs.guess import guess_content
from huiliu.governance.packs.pack import (
    ADS,
    BLOCK,
    SEVERITIES,
    WARN,
    Content,
    Finding,
    Override,
    Pack,
    Rule,
    Source,
)
from huiliu.governance.packs.reading import parse_pack
from huiliu.governance.packs.shelf import shipped_packs
from huiliu.governance.packs.tried import disproved

__all__ = [
    "ADS",
    "BLOCK",
    "SEVERITIES",
    "WARN",
    "Checker",
    "Content",
    "Finding",
    "Override",
    "Pack",
    "Rule",
    "Source",
    "disproved",
    "guess_content",
    "parse_pack",
    "shipped_packs",
]
