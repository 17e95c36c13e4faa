"""A mapping file says what a CSV's columns mean, or everything that is wrong with it."""

from __future__ import annotations

import pytest

from huiliu.kernel.errors import BadInput
from huiliu.sources.cells import Moment
from huiliu.sources.mapping import CellRule, parse_mapping

GOOD = """huiliu: 1
kind: csv-mapping
encoding: gbk
delimiter: tab
event:
  column: type
  names: {buy: Order Paid}
identifiers:
  userId: member
  phone: mobile
timestamp:
  column: at
  format: "%Y/%m/%d %H:%M"
  zone: Asia/Shanghai
key: [order_no, type]
properties:
  order_id: order_no
  total: {column: amount, type: number}
  currency: {value: CNY}
traits:
  city: city
"""


def test_a_mapping_is_read_with_its_columns_each_once() -> None:
    """Every column that a rule names is read, once, however many rules name it."""
    mapping = parse_mapping(GOOD.encode(), "map.yaml")

    assert mapping.columns == ["member", "mobile", "type", "at", "order_no", "amount", "city"]
    assert mapping.event_names == {"buy": "Order Paid"}
    assert mapping.timestamp == Moment("%Y/%m/%d %H:%M", "Asia/Shanghai")
    assert mapping.properties["currency"] == CellRule(value="CNY")
    assert (mapping.dialect.encoding, mapping.dialect.delimiter) == ("gbk", "\t")


def test_all_problems_of_a_mapping_come_at_once_with_their_lines() -> None:
    """A person mends a mapping in one go."""
    bad = """huiliu: 1
kind: csv-mapping
call: buy
identifiers:
  nickname: nick
timestamp: {column: at, zone: Mars/Base}
properties:
  total: {column: amount, type: money}
colour: red
"""

    with pytest.raises(BadInput) as raised:
        parse_mapping(bad.encode(), "map.yaml")

    found = {(problem.line, problem.text.key) for problem in raised.value.problems}
    assert found == {
        (3, "sources.mapping_call"),
        (4, "sources.mapping_nobody"),
        (5, "sources.mapping_identifier"),
        (6, "sources.mapping_zone"),
        (8, "sources.mapping_type"),
        (9, "sources.mapping_unknown"),
    }


def test_a_track_mapping_without_an_event_is_refused() -> None:
    """An event needs a name."""
    with pytest.raises(BadInput) as raised:
        parse_mapping(b"huiliu: 1\nkind: csv-mapping\nidentifiers: {userId: id}\n", "m")

    assert [p.text.key for p in raised.value.problems] == ["sources.mapping_event"]


@pytest.mark.parametrize(
    ("moment", "cell", "shown"),
    [
        (Moment(), "2018-08-15", "2018-08-15T00:00:00Z"),
        (Moment(), "2018-08-15T08:00:00+08:00", "2018-08-15T00:00:00Z"),
        (Moment(zone="Asia/Shanghai"), "2018-08-15 08:00:00", "2018-08-15T00:00:00Z"),
        (Moment("unix"), "1534291200.5", "2018-08-15T00:00:00.500000Z"),
        (Moment("unix_ms"), "1534291200000", "2018-08-15T00:00:00Z"),
        (Moment("%d/%m/%Y", "Europe/Paris"), "15/08/2018", "2018-08-14T22:00:00Z"),
        (Moment("unix"), "1534291200000", None),  # milliseconds where seconds were said
        (Moment(), "15 August", None),
        (Moment("unix"), "nan", None),
        (Moment(), "", None),
    ],
)
def test_a_moment_is_read_in_its_own_format_and_zone(
    moment: Moment, cell: str, shown: str | None
) -> None:
    """What cannot be a moment is None, never a wrong instant."""
    assert moment.shown(cell) == shown
