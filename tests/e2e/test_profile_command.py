"""`huiliu profile` as an operator uses it: find a person, see a wrong merge, take it apart."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from huiliu.cli import run

_EVENTS = (
    {"type": "identify", "messageId": "1", "anonymousId": "a1", "traits": {"city": "上海"}},
    {"type": "identify", "messageId": "2", "userId": "ada",
     "traits": {"email": "ada@example.com", "phone": "+8613800138000", "name": "Ada Lovelace"}},
    {"type": "track", "messageId": "3", "userId": "ada", "anonymousId": "a1",
     "event": "Order Paid", "properties": {"order_id": "1"}},
    {"type": "identify", "messageId": "4", "userId": "bo", "traits": {"phone": "13800138000"}},
)  # fmt: skip


def test_a_wrong_merge_is_found_and_taken_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Show, conflicts and unmerge print one JSON value each, and agree with SQL."""
    events, home = tmp_path / "events.jsonl", str(tmp_path / "shop")
    lines = (msgspec.json.encode(one | {"timestamp": "2026-11-20T10:00:00Z"}) for one in _EVENTS)
    events.write_bytes(b"\n".join(lines))

    def told(*words: str) -> object:
        assert run([*words, "--instance", home, "--json"]) == 0
        return msgspec.json.decode(capsys.readouterr().out)

    assert run(["init", home]) == 0
    capsys.readouterr()
    told("import", "segment-jsonl", str(events))

    ada = told("profile", "show", "--by", "email=ada@example.com")
    assert isinstance(ada, dict)
    assert ada["traits"]["city"] == "上海"
    assert "Lovelace" not in str(ada)
    assert [each["type"] for each in ada["identifiers"]] == [
        "user_id", "phone", "email", "anonymous_id",
    ]  # fmt: skip
    [merge] = ada["merged"]

    conflicts = told("profile", "conflicts")
    assert isinstance(conflicts, list)
    assert [(each["other"], each["limit"], each["value"]) for each in conflicts] == [
        (ada["profile_id"], "user_id", "138****8000"),
    ]

    found = told("profile", "unmerge", ada["profile_id"])
    assert found == {
        "restored": merge["profile_id"], "left": ada["profile_id"], "ids": [merge["profile_id"]],
    }  # fmt: skip
    again = told("profile", "show", merge["profile_id"], "--reveal")
    assert isinstance(again, dict)
    assert again["traits"]["name"] == "Ada Lovelace"
    rows = told("sql", "select profile_id from events where event = 'Order Paid'")
    assert rows == [{"profile_id": again["number"]}]
    assert run(["profile", "unmerge", ada["profile_id"], "--instance", home]) == 3
