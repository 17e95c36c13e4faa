"""How a destination is spoken to: a format a file, reached by this table."""

from __future__ import annotations

from typing import Final

from huiliu.forwarding.formats.base import Format
from huiliu.forwarding.formats.csv import CsvFormat
from huiliu.forwarding.formats.segment import SegmentFormat
from huiliu.forwarding.formats.webhook import WebhookFormat
from huiliu.kernel.registry import Registry

__all__ = ["FORMATS"]

FORMATS: Final[Registry[Format]] = Registry([WebhookFormat(), SegmentFormat(), CsvFormat()])
