"""Where events and orders come from: a platform or format a file, reached through `SOURCES`."""

from huiliu.kernel.registry import Registry
from huiliu.ports.sources import Source
from huiliu.sources.csv_file import CsvFile
from huiliu.sources.group_buy import GroupBuy
from huiliu.sources.olist import Olist
from huiliu.sources.online_retail import OnlineRetail
from huiliu.sources.segment_jsonl import SegmentJsonl

__all__ = ["SOURCES"]

#: Every source that `huiliu import` knows.
SOURCES: Registry[Source] = Registry((
    SegmentJsonl(), CsvFile(), Olist(), OnlineRetail(), GroupBuy(),
))  # fmt: skip
