"""What goes to each platform has the shape that its documents ask for."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from huiliu.advertising.people import Conversion, Person
from huiliu.advertising.platforms import PLATFORMS
from huiliu.advertising.platforms.kuaishou import audience_file
from huiliu.advertising.platforms.ocean_engine import audience_lines
from huiliu.advertising.platforms.tencent_ads import audience_zip
from huiliu.advertising.talk import Call, Reaction, Reply, Talk

AT = 1_763_000_000_123_456
HASH = "a" * 64


def calls(talk: Talk[Any], *answers: object) -> list[Call]:
    """Return the calls of a talk whose every call is answered well."""
    found: list[Call] = []
    given = list(answers)
    try:
        call = next(talk)
        while True:
            found.append(call)
            call = talk.send(given.pop(0) if given else {})
    except StopIteration:
        return found


def body(call: Call) -> Any:
    """Return what a call says."""
    return json.loads(call.body)


def test_ocean_engine_lines_are_what_protobuf_makes_of_its_proto() -> None:
    """One line: `idList {dataType: MOBILE_HASH_SHA256 id: "aa..."}`, in base64."""
    raw = base64.b64decode(audience_lines([HASH]).strip())
    assert raw == b"\x0a\x44\x10\x06\x1a\x40" + HASH.encode()


def test_an_ocean_engine_line_holds_ten_thousand_ids_at_most() -> None:
    """A longer line is refused there as a whole."""
    lines = audience_lines([f"{n:064x}" for n in range(10_001)]).split()
    assert len(lines) == 2
    assert len(base64.b64decode(lines[1])) == 2 + 68


def test_files_are_the_same_bytes_for_the_same_people() -> None:
    """So that an upload that is repeated is the same upload."""
    assert audience_zip([HASH]) == audience_zip([HASH])
    assert audience_file(["b" * 32, "c" * 32]) == b"b" * 32 + b"\n" + b"c" * 32 + b"\n"


@pytest.mark.parametrize(
    ("platform", "amount"),
    [
        ("ocean_engine", 25900),
        ("tencent_ads", 25900),
        ("meta", 259.0),
        ("google_ads", 259.0),
        ("tiktok", 259.0),
    ],
)
def test_amounts_are_in_the_units_of_each_platform(platform: str, amount: float) -> None:
    """Fen at Ocean Engine and Tencent, major units elsewhere."""
    made = Conversion("e1", "Order Paid", AT, 25900, "CNY", "o-1", Person(HASH, ""), "click-1")
    config = {"account_id": "1", "customer_id": "1", "dataset_id": "1"}
    (call,) = calls(PLATFORMS[platform].convert(config, [made]))
    assert f"{amount:g}" in call.body.decode().replace("259.0", "259")


def test_kuaishou_is_told_of_an_amount_in_yuan_by_the_address() -> None:
    """The callback is the click; the time has thirteen digits."""
    made = Conversion("e1", "Order Paid", AT, 25900, "CNY", "o-1", click_id="cb")
    (call,) = calls(PLATFORMS["kuaishou"].convert({}, [made]))
    assert (call.method, call.path) == ("GET", "/track/activate")
    assert call.query == {"callback": "cb", "event_type": "3", "event_time": str(AT // 1000),
                          "purchase_amount": "259.00"}  # fmt: skip


def test_meta_gets_whole_seconds_and_the_click_unhashed() -> None:
    """Milliseconds would be a date far ahead, and fail the whole request."""
    made = Conversion(
        "e1", "Order Paid", AT, 100, "USD", "o-1", Person(HASH, HASH), "IwAR1", "fbclid", AT
    )
    (call,) = calls(PLATFORMS["meta"].convert({"dataset_id": "9"}, [made]))
    (row,) = body(call)["data"]
    assert row["event_time"] == AT // 1_000_000
    assert (row["event_name"], row["event_id"]) == ("Purchase", "e1")
    assert row["user_data"] == {"em": [HASH], "ph": [HASH], "fbc": f"fb.1.{AT // 1000}.IwAR1"}


def test_budgets_are_in_the_units_of_each_platform() -> None:
    """Yuan, thousandths of a yuan, fen, cents, millionths, dollars."""
    config = {"advertiser_id": "1", "account_id": "1", "ad_account_id": "1", "customer_id": "1",
              "currency": "USD"}  # fmt: skip
    said = {
        name: calls(platform.set_budget(config, "77", 60_000), {"results": [{"campaign": {}}]})[-1]
        for name, platform in PLATFORMS.items()
    }
    assert body(said["ocean_engine"])["data"][0]["budget"] == 600.0
    assert body(said["kuaishou"])["day_budget"] == 600_000
    assert body(said["tencent_ads"])["update_daily_budget_spec"][0]["daily_budget"] == 60_000
    assert body(said["meta"])["daily_budget"] == 60_000
    micros = body(said["google_ads"])["operations"][0]["update"]["amountMicros"]
    assert micros == "600000000"
    assert body(said["tiktok"])["budget"] == 600.0


def test_kuaishou_takes_no_budget_below_five_hundred_yuan() -> None:
    """It is said before anything is asked."""
    assert PLATFORMS["kuaishou"].budget_problem(499_99) is not None
    assert PLATFORMS["kuaishou"].budget_problem(500_00) is None


@pytest.mark.parametrize(
    ("platform", "status", "said", "reaction"),
    [
        ("ocean_engine", 200, {"code": 40100}, Reaction.THROTTLE),
        ("ocean_engine", 200, {"code": 40105}, Reaction.REFRESH),
        ("ocean_engine", 200, {"code": 40002}, Reaction.DENIED),
        ("ocean_engine", 200, {"code": 40001}, Reaction.REFUSED),
        ("ocean_engine", 502, None, Reaction.RETRY),
        ("meta", 400, {"error": {"code": 190}}, Reaction.DENIED),
        ("meta", 400, {"error": {"code": 613}}, Reaction.THROTTLE),
        ("meta", 400, {"error": {"code": 100}}, Reaction.REFUSED),
        ("meta", 500, {"error": {"code": 2}}, Reaction.RETRY),
        ("google_ads", 401, {"error": {"status": "UNAUTHENTICATED"}}, Reaction.REFRESH),
        ("google_ads", 400, {"error": "invalid_grant"}, Reaction.DENIED),
        ("google_ads", 200, {"partialFailureError": {"code": 3}}, Reaction.REFUSED),
        ("tiktok", 200, {"code": 40100}, Reaction.THROTTLE),
        ("tiktok", 200, {"code": 40105}, Reaction.DENIED),
        ("tencent_ads", 200, {"code": 11005}, Reaction.REFRESH),
        ("kuaishou", 200, {"code": 402001}, Reaction.REFRESH),
        ("kuaishou", 0, None, Reaction.RETRY),
    ],
)
def test_every_answer_has_its_reaction(
    platform: str, status: int, said: object, reaction: Reaction
) -> None:
    """The same six reactions for all platforms, whatever they say it with."""
    raw = b"" if said is None else json.dumps(said).encode()
    verdict = PLATFORMS[platform].read(Call("/"), Reply(status, raw))
    assert verdict.reaction is reaction
