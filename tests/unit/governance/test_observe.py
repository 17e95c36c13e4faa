"""What the tracking plan learns from a batch."""

from __future__ import annotations

from huiliu.governance.observe import Observer


def test_the_type_most_seen_counts_and_the_rest_are_violations():
    """Null is no violation; where nothing else was seen it is the type."""
    observer = Observer()
    for at, value in enumerate([1, 2.5, "x", None, True]):
        observer.see("Order Paid", {"total": value}, at)
    observer.see("Order Paid", {"coupon": None}, 9)

    found = {each.property: each for each in observer.sighted()}

    assert (found["total"].type, found["total"].n_seen, found["total"].n_violations) == (
        "number", 5, 2,
    )  # fmt: skip
    assert (found["total"].first_at, found["total"].last_at) == (0, 4)
    assert (found["coupon"].type, found["coupon"].n_violations) == ("null", 0)
    assert found[""].n_seen == 6


def test_types_are_named_as_people_name_them():
    """A string that begins as a date does is a date."""
    values = {
        "a": "上海", "b": 1, "c": False, "d": [1], "e": {"f": 1}, "g": "2026-11-22",
        "h": "2026-11-22T04:00:00Z", "i": "1999-x", "j": "ab-cd-efgh",
    }  # fmt: skip
    observer = Observer()
    observer.see("e", values, 0)

    assert [each.type for each in observer.sighted()][1:] == [
        "string", "number", "boolean", "list", "object", "date", "date", "string", "string",
    ]  # fmt: skip


def test_times_widen_whatever_the_order():
    """Late events come earlier."""
    observer = Observer()
    for at in (5, 9, 2, 7):
        observer.see("e", {}, at)

    [found] = observer.sighted()

    assert (found.first_at, found.last_at, found.n_seen) == (2, 9, 4)


def test_a_property_name_that_nobody_meant_is_left_out():
    """A page of text as a name is a fault of the sender, not a property."""
    observer = Observer()
    observer.see("e", {"x" * 201: 1, "x" * 200: 1}, 0)

    assert [len(each.property) for each in observer.sighted()] == [0, 200]
