"""`huiliu decision` and `huiliu audit`: the command line meets the same seam as everybody."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest
from tests.integration.console.visiting import PASSWORD
from tests.integration.decisions.deciding import BRAND, approvals, policy
from tests.integration.warehouses import with_warehouse

from huiliu.bootstrap import House
from huiliu.cli import apply, audit, decision, run, user
from huiliu.cli import policy as policies
from huiliu.ports.world import World
from huiliu.services.add_user import NewUser, add_user
from huiliu.settings import load
from huiliu.stores.instance import Folder
from huiliu.stores.postgres import PostgresStore

_LEGAL = "legal@shop.example"
_IT = "it@shop.example"
Told: TypeAlias = Callable[..., tuple[int, Any]]


@pytest.fixture
def told(
    world: World, store: PostgresStore, database_url: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> Iterator[Told]:  # fmt: skip
    """Let commands meet an instance that is open already: exit code and the one JSON value."""
    for email, department in ((_LEGAL, "legal"), (_IT, "")):
        add_user(world, BRAND, NewUser(email, email[:5], PASSWORD, "viewer", "en", department))
    with with_warehouse(world, tmp_path) as opened:
        house = House(Folder(tmp_path), load(tmp_path), opened, store, database_url, attached=False)

        @contextmanager
        def found(_path: Path) -> Iterator[House]:
            yield house

        for module in (apply, audit, decision, policies, user):
            monkeypatch.setattr(module, "open_instance", found)

        def say(*words: str, password: str = "") -> tuple[int, Any]:
            monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
            capsys.readouterr()
            code = run([*words, "--json"])
            return code, json.loads(capsys.readouterr().out)

        yield say


def test_a_policy_waits_is_approved_and_goes_live(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Applying ends with 4 and the number; a yes with the password carries it live."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "approvals.yaml").write_text(approvals(), "utf-8")
    assert told("apply", str(folder), "--yes")[0] == 2
    assert told("user", "department", _IT, "technology")[1]["department"] == "technology"
    assert told("apply", str(folder), "--yes")[0] == 0

    (folder / "policy.yaml").write_text(policy(), "utf-8")
    code, error = told("apply", str(folder), "--yes")
    assert (code, error["error"]["kind"]) == (4, "AwaitsApproval")
    number = str(error["error"]["decision"])
    assert told("policy", "apply", str(folder / "policy.yaml"))[0] == 4
    assert [one["state"] for one in told("decision", "list")[1]] == ["open"]
    assert told("decision", "approve", number, "--user", _LEGAL, password="-")[0] == 2

    voted = told("decision", "approve", number, "--user", _LEGAL, password=PASSWORD)

    assert voted == (0, {"decision": int(number), "revision": 1, "state": "live"})
    shown = told("decision", "show", number)[1]
    assert (shown["approved"], shown["votes"][0]["by"]) == (["legal"], _LEGAL)
    assert run(["decision", "show", number]) == 0
    assert _LEGAL in capsys.readouterr().out


def test_the_audit_names_the_first_broken_place(told: Told, database_url: str) -> None:
    """0 where it holds; 4 and the place where somebody changed a row behind it."""
    told("user", "department", _IT, "technology")
    told("user", "department", _IT, "none")
    code, chain = told("audit", "verify")
    assert (code, chain["holds"], chain["actions"]) == (0, True, 4)
    assert told("audit", "verify", "--head", chain["head"])[0] == 0
    assert told("audit", "verify", "--head", "00")[0] == 4
    assert told("audit", "verify", "--head", "xyz")[0] == 2
    listed = [one["what"] for one in told("audit", "list")[1]["actions"]]
    assert listed == ["user_department"] * 2 + ["user_added"] * 2

    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update user_actions set subject = '' where nth = 2")

    code, chain = told("audit", "verify")
    assert (code, chain["broken"]) == (4, {"nth": 2, "kind": "changed"})
    assert run(["audit", "verify"]) == 4
