"""Whether an order goes to a place that somebody named, however either of them writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.kernel.regions import lies_in, region_parts


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("广东省/广州市/海珠区", ("广东", "广州", "海珠")),
        ("新疆维吾尔自治区，乌鲁木齐市", ("新疆", "乌鲁木齐")),
        ("香港特别行政区", ("香港",)),
        ("California / San Francisco", ("california", "san francisco")),
        ("沙市/南区", ("沙市", "南区")),
        (" / ", ()),
    ],
)
def test_a_region_is_its_parts_without_what_one_leaves_out(
    written: str, parts: tuple[str, ...]
) -> None:
    """省 and 市 are written here and left out there; a name of one letter is none."""
    assert region_parts(written) == parts


@pytest.mark.parametrize(
    ("region", "country", "named", "named_country", "is_in"),
    [
        ("广东省/深圳市/南山区", "CN", "深圳", "", True),
        ("广东省/深圳市/南山区", "CN", "广东/深圳市", "cn", True),
        ("广东省/深圳市/南山区", "CN", "广东/南山", "", False),
        ("广东省/深圳市/南山区", "CN", "深圳", "US", False),
        ("海南省/海口市", "", "海南", "CN", False),
        ("California/San Jose", "US", "", "US", True),
        ("California/San Jose", "US", "", "", False),
        ("上海市/静安区", "CN", "上海/浦东", "", False),
        ("", "CN", "海南", "", False),
    ],
)
def test_named_parts_stand_together_in_the_region(
    region: str, country: str, named: str, named_country: str, is_in: bool
) -> None:
    """A city alone is enough; a gap is not; a country narrows, and alone is all of it."""
    assert lies_in(region, country, named, named_country) is is_in


@given(st.lists(st.sampled_from(["广东省", "广州市", "海珠区", "海南", "北京市"]), min_size=1))
def test_every_region_lies_in_itself_and_in_each_of_its_parts(parts: list[str]) -> None:
    """Whatever its parts are."""
    region = "/".join(parts)

    assert lies_in(region, "CN", region, "")
    assert all(lies_in(region, "CN", part, "CN") for part in parts)
