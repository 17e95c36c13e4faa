"""The statements that write a tag's values, in Spark's words."""

from __future__ import annotations

from huiliu.kernel.queries import queries
from huiliu.ports.tags import TagWriting

__all__ = ["changed", "values"]


def values(writing: TagWriting, statement: str) -> str:
    """Return the statement of a tag's values as they are stored: JSON, those that ran out left out.

    The given one has profile_id, value, and perhaps `at`: when the fact happened that made the
    value, from when it then lives.
    """
    encoded = queries("warehouses", "spark_tags")[f"encode_{writing.type}"]
    now = f"cast(timestamp_micros({writing.at}L) as timestamp_ntz)"
    expires = "cast(null as timestamp_ntz)"
    if writing.ttl:
        born = f"coalesce(at, {now})" if writing.dated else now
        expires = f"{born} + make_dt_interval(0, 0, 0, {_seconds(writing.ttl)})"
    return (
        "select profile_id, substring(value, 6, length(value) - 6) as value, expires_at from ("  # noqa: S608 - own words
        f"select profile_id, case when value is not null then {encoded} end as value,"
        f" {expires} as expires_at from ({statement}))"
        " where profile_id is not null and value is not null"
        f" and (expires_at is null or expires_at > {now})"
    )


def changed(writing: TagWriting, statement: str) -> str:
    """Return the statement of the rows that a tag's history grows by."""
    spoken = {
        "brand": str(writing.brand_id),
        "tag": _quoted(writing.tag),
        "at": str(writing.at),
        "dated": str(writing.dated).lower(),
        "renew": str(writing.renew_before),
        "values": statement,
    }
    written = queries("warehouses", "spark_tags")["changed"]
    for name, words in spoken.items():
        written = written.replace("{" + name + "}", words)
    return written


def _seconds(micros: int) -> str:
    """Return a length in seconds, every microsecond of it."""
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}BD"


def _quoted(words: str) -> str:
    """Return words as a constant of Spark's SQL."""
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"
