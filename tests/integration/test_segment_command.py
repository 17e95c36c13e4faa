"""`huiliu segment` as a marketer meets it: files, moments, and what goes wrong with them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.integration.people import BRAND, NOW, event
from tests.integration.warehouses import settle, with_warehouse

from huiliu.bootstrap import House, make_instance, open_instance
from huiliu.cli import list_, run, segment
from huiliu.kernel.events import Flag
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import DAY, HOUR, show_instant
from huiliu.ports.world import World
from huiliu.services.ingest import accept
from huiliu.settings import load
from huiliu.stores.instance import Folder
from huiliu.stores.postgres import PostgresStore

BUYERS = """
huiliu: 1
kind: segment
slug: buyers
name: {zh-CN: 买过, en: Buyers}
where: {did: Order Paid}
"""


def test_a_moment_without_an_offset_is_utc_as_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--at` reads a date as conditions and `journey run --over` do, whatever the brand's zone."""
    instance = make_instance(tmp_path / "shop").root
    with open_instance(instance) as house, house.world.store.system() as tx:
        tx.log.append([event("user_id:ada", name="Order Paid", at=NOW, flags=Flag.HISTORICAL)])
    file = tmp_path / "buyers.yaml"
    file.write_text(BUYERS, "utf-8")
    moment = show_instant(NOW).removesuffix("Z")

    def count(at: str) -> object:
        words = ["segment", "count", str(file), "--at", at, "--instance", str(instance), "--json"]
        code = run(words)
        return code, json.loads(capsys.readouterr().out)

    assert (
        count(moment)
        == count(f"{moment}Z")
        == (
            0,
            {"segment": "buyers", "at": f"{moment}Z", "count": 1},
        )
    )


@pytest.mark.parametrize("words", [("segment", "count"), ("template", "check")])
def test_a_file_that_is_not_there_is_not_found(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command on a document answers alike."""
    code = run([*words, str(tmp_path / "none.yaml"), "--json"])

    assert code == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "NotFound"


#: Who lives in Shanghai and never ordered for more than 50.
HERE_WITHOUT = (
    "{all: [{trait: city, is: 上海},"
    " {not: {did: Order Paid, where: [{property: total, above: 50}]}}]}"
)

Run: TypeAlias = Callable[..., tuple[int, Any]]


@pytest.fixture
def shop(world: World, store: PostgresStore, database_url: str, tmp_path: Path,
         monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:  # fmt: skip
    """Let the commands meet an instance that is open already: starting one takes a second each."""
    with with_warehouse(world, tmp_path) as opened:
        house = House(Folder(tmp_path), load(tmp_path), opened, store, database_url, attached=False)

        @contextmanager
        def found(_path: Path) -> Iterator[House]:
            yield house

        for module in (segment, list_):
            monkeypatch.setattr(module, "open_instance", found)
        yield opened


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Give the command line: exit code and the one JSON value."""

    def said(*words: str) -> tuple[int, Any]:
        code = run([*words, "--instance", str(tmp_path), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return said


def written(folder: Path, where: str, slug: str = "s") -> str:
    """Return the path of a file with a segment."""
    file = folder / f"{slug}.yaml"
    file.write_text(
        f"huiliu: 1\nkind: segment\nslug: {slug}\nname: {{en: {slug}}}\nwhere: {where}\n", "utf-8"
    )
    return str(file)


def sent(world: World, *messages: dict[str, object], at: int) -> None:
    """Load messages of the past, as an import does."""
    with world.store.system() as tx:
        done = accept(tx, world, BRAND, messages, received_at=at, historical=True)
    assert not done.problems


def paid(name: str, at: int, n: int, total: int = 10) -> dict[str, object]:
    """Return an order of a user."""
    return {
        "type": "track", "event": "Order Paid", "userId": name, "messageId": f"p{n}",
        "timestamp": show_instant(at), "properties": {"total": total, "order_id": f"o{n}"},
    }  # fmt: skip


def moved(name: str, at: int, n: int, city: str) -> dict[str, object]:
    """Return that a user lives in a city from now on."""
    return {
        "type": "identify", "userId": name, "messageId": f"m{n}",
        "timestamp": show_instant(at), "traits": {"city": city},
    }  # fmt: skip


class Plain:
    """Rows that never met Huiliu, and what plain Python counts in them."""

    def __init__(self, seed: int) -> None:
        """Draw people who order and move within a month."""
        dice = random.Random(seed)
        self.names = [f"u{number}" for number in range(25)]
        #: (user, instant, total) and (user, instant, city).
        self.orders: list[tuple[str, int, int]] = []
        self.moves: list[tuple[str, int, str]] = []
        for _ in range(160):
            name, at = dice.choice(self.names), NOW - dice.randrange(30 * 24) * HOUR
            if dice.random() < 0.7:
                self.orders.append((name, at, dice.choice([5, 20, 80])))
            else:
                self.moves.append((name, at, dice.choice(["上海", "北京"])))
        self.moments = [NOW, *(NOW - dice.randrange(28 * 24) * HOUR - 1 for _ in range(3))]

    def messages(self) -> list[dict[str, object]]:
        """Return the rows as a source would bring them."""
        orders = [paid(name, at, n, total) for n, (name, at, total) in enumerate(self.orders)]
        return orders + [moved(name, at, n, city) for n, (name, at, city) in enumerate(self.moves)]

    def seen(self, name: str, now: int) -> bool:
        """Say whether anything was known of a user."""
        return any(who == name and at <= now for who, at, _ in [*self.orders, *self.moves])

    def many_orders(self, name: str, now: int) -> bool:
        """Say whether a user ordered twice within nine days."""
        rows = [who == name and now - 9 * DAY < at <= now for who, at, _ in self.orders]
        return sum(rows) >= 2

    def here_without(self, name: str, now: int) -> bool:
        """Say whether a user lives in Shanghai and never ordered for more than 50."""
        known = [(at, city) for who, at, city in self.moves if who == name and at <= now]
        city = max(known, key=lambda one: one[0])[1] if known else ""
        big = any(who == name and at <= now and total > 50 for who, at, total in self.orders)
        return city == "上海" and not big

    def who(self, holds: Callable[[str, int], bool], now: int) -> list[str]:
        """Return whom an answer holds for."""
        return sorted(name for name in self.names if self.seen(name, now) and holds(name, now))


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("{did: Order Paid, at_least: 2, within: 9d}", Plain.many_orders),
        (
            HERE_WITHOUT,
            Plain.here_without,
        ),
    ],
)
def test_answers_are_those_that_plain_python_counts_at_every_moment(
    where: str, answer: Callable[[Plain, str, int], bool], shop: World, say: Run, tmp_path: Path
) -> None:
    """Members, counts, explanations and differences against rows that never met Huiliu."""
    plain = Plain(5)
    sent(shop, *plain.messages(), at=NOW)
    settle(shop)
    file = written(tmp_path, where)

    def holds(name: str, now: int) -> bool:
        return answer(plain, name, now)

    for at in plain.moments:
        expected = plain.who(holds, at)
        words = ("members", file, "--at", show_instant(at), "--external", "userId")
        code, found = say("segment", *words)
        assert (code, sorted(found["profile_ids"]), found["without"]) == (0, expected, 0)
        assert found["segment"] == "s"
        assert (found["at"], found["count"]) == (show_instant(at), len(expected))
    earlier = plain.moments[1]
    then, now = set(plain.who(holds, earlier)), set(plain.who(holds, NOW))
    _, change = say("segment", "diff", file, "--since", show_instant(earlier))
    assert change["entering"]["count"] == len(now - then)
    assert change["leaving"]["count"] == len(then - now)
    assert change["staying"] == len(then & now)
    for name in plain.names[:6]:
        if plain.seen(name, earlier):
            words = ("explain", file, "--by", f"user_id={name}", "--at", show_instant(earlier))
            assert say("segment", *words)[1]["member"] == holds(name, earlier)


def test_a_live_segment_a_version_and_a_file_are_asked_alike(
    shop: World, say: Run, tmp_path: Path
) -> None:
    """Everywhere a segment is meant, all three may stand."""
    sent(shop, paid("ada", NOW - DAY, 1), moved("ben", NOW - DAY, 2, "上海"), at=NOW)
    file = written(tmp_path, "{did: Order Paid}")
    assert say("segment", "apply", file)[1]["members"] == 1
    file = written(tmp_path, "{trait: city, is: 上海}")

    _, seen = say("segment", "apply", file, "--dry-run")
    assert (seen["new"], seen["before"], seen["after"]) == (False, 1, 1)
    assert (seen["entering"]["count"], seen["leaving"]["count"]) == (1, 1)
    _, compared = say("segment", "diff", file)
    assert compared["changes"] == seen["changes"]
    say("segment", "apply", file)
    _, listed = say("segment", "list")
    assert listed == [{"segment": "s", "name": {"en": "s"}, "owner": "", "version": 2, "count": 1}]
    names = [
        say("segment", "members", word, "--external", "userId")[1]["profile_ids"]
        for word in ("s", "s@1", "s@2", file)
    ]
    assert names == [["ben"], ["ada"], ["ben"], ["ben"]]
    assert say("segment", "rollback", "s", "1")[1]["version"] == 3
    _, shown = say("segment", "show", "s")
    assert [one["version"] for one in shown["versions"]] == [3, 2, 1]
    assert say("segment", "remove", "s") == (0, {"segment": "s", "left": 1})


def test_pages_of_members_join_to_the_whole(shop: World, say: Run, tmp_path: Path) -> None:
    """Everybody is listed unless a page is asked for; the count is always that of all."""
    sent(shop, *(paid(f"u{n}", NOW - DAY, n) for n in range(5)), at=NOW)
    file = written(tmp_path, "{did: Order Paid}")

    _, whole = say("segment", "members", file)
    _, first = say("segment", "members", file, "--limit", "2")
    after = show_profile_id(first["profile_ids"][-1])
    _, rest = say("segment", "members", file, "--after", after)

    assert len(whole["profile_ids"]) == 5
    assert first["profile_ids"] + rest["profile_ids"] == whole["profile_ids"]
    assert first["count"] == rest["count"] == 5


def test_people_without_the_identifier_asked_for_are_counted_apart(
    shop: World, say: Run, tmp_path: Path
) -> None:
    """The list holds those who have one; phones must be meant."""
    nameless = paid("", NOW - DAY, 2) | {"anonymousId": "a1"}
    del nameless["userId"]
    sent(shop, paid("ada", NOW - DAY, 1), nameless, at=NOW)
    file = written(tmp_path, "{did: Order Paid}")

    _, found = say("segment", "members", file, "--external", "userId")
    code, refused = say("segment", "members", file, "--external", "phone")

    assert (found["profile_ids"], found["count"], found["without"]) == (["ada"], 2, 1)
    assert code == 2
    assert "--reveal" in str(refused)
    assert say("segment", "members", file, "--external", "phone", "--reveal")[1]["without"] == 2


def test_a_list_travels_from_file_to_file(shop: World, say: Run, tmp_path: Path) -> None:
    """Import, look, use, and not remove what is used."""
    file = tmp_path / "people.csv"
    file.write_bytes("手机号,备注\n13800138000,a\n坏,b\n".encode("gb18030"))
    words = ("list", "import", "vip", str(file), "--column", "phone=手机号")

    code, seen = say(*words, "--dry-run")
    assert (code, seen["entering"], seen["new"], seen["columns"]) == (0, 1, 1, {"手机号": "phone"})
    assert [(one["line"], one["column"]) for one in seen["bad"]] == [(3, "手机号")]
    assert say("list", "list") == (0, [])
    assert say(*words)[1]["entered"] == 1
    assert say(*words)[1] | {"bad": 0} == {
        "list": "vip", "entered": 0, "left": 0, "staying": 1, "bad": 0,
    }  # fmt: skip
    say("segment", "apply", written(tmp_path, "{list: vip}"))
    code, refused = say("list", "remove", "vip")
    assert (code, refused["error"]["kind"]) == (4, "InUse")
    _, shown = say("list", "show", "vip")
    assert (shown["count"], shown["used_by"]) == (1, [{"kind": "segment", "slug": "s"}])
    say("segment", "remove", "s")
    assert say("list", "remove", "vip") == (0, {"list": "vip", "left": 1})


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("segment", "count", "nope"), 3, "nope"),
        (("segment", "count", "nope@7"), 3, "nope"),
        (("segment", "count", "No/such.yaml"), 3, "No/such.yaml"),
        (("segment", "count", "{file}", "--at", "yesterday"), 2, "--at"),
        (("segment", "count", "{file}", "--at", "2026-02-30"), 2, "--at"),
        (("segment", "count", "{broken}"), 2, "broken.yaml where"),
        (("segment", "count", "{folder}"), 2, "{folder}"),
        (("segment", "count"), 2, "SEGMENT"),
        (("segment", "members", "{file}", "--limit", "0"), 2, "--limit"),
        (("segment", "members", "{file}", "--limit", "x"), 2, "--limit"),
        (("segment", "members", "{file}", "--after", "p_x"), 2, "--after"),
        (("segment", "members", "{file}", "--external", "shoe"), 2, "--external"),
        (("segment", "explain", "{file}"), 2, "PROFILE"),
        (("segment", "explain", "{file}", "p_nope"), 2, "PROFILE"),
        (("segment", "explain", "{file}", "7"), 3, "p_0000000000007"),
        (("segment", "explain", "{file}", "--by", "shoe=4"), 2, "--by"),
        (("segment", "explain", "{file}", "--by", "user_id=zoe"), 3, "zoe"),
        (("segment", "diff", "nope"), 2, "OTHER"),
        (("segment", "diff", "{file}"), 3, "s"),
        (("segment", "diff", "{file}", "nope"), 3, "nope"),
        (("segment", "diff", "{file}", "--since", "soon"), 2, "--since"),
        (("segment", "apply", "{broken}"), 2, "broken.yaml where"),
        (("segment", "apply", "none.yaml"), 3, "none.yaml"),
        (("segment", "show", "nope"), 3, "nope"),
        (("segment", "remove", "nope"), 3, "nope"),
        (("segment", "rollback", "nope", "1"), 3, "nope"),
        (("segment", "rollback", "nope", "first"), 2, "VERSION"),
        (("list", "import", "VIP", "{csv}"), 2, "NAME"),
        (("list", "import", "vip", "none.csv"), 3, "none.csv"),
        (("list", "import", "vip", "{csv}", "--column", "shoe=a"), 2, "--column"),
        (("list", "import", "vip", "{csv}", "--column", "phone=z"), 2, "z"),
        (("list", "import", "vip", "{csv}"), 2, "--column"),
        (("list", "show", "nope"), 3, "nope"),
        (("list", "remove", "nope"), 3, "nope"),
        (("list", "export", "nope"), 3, "nope"),
        (("list", "export", "nope", "--external", "phone"), 2, "--reveal"),
    ],
)
def test_every_wrong_word_is_told_with_its_place_and_its_exit_code(
    words: tuple[str, ...], code: int, said: str, shop: World, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """What is wrong, where, and how it ends: 2 for what was written, 3 for what is not there."""
    places = {
        "{file}": written(tmp_path, "{did: Order Paid}"),
        "{broken}": written(tmp_path, "{did: [], within: soon}", "broken"),
        "{folder}": str(tmp_path),
        "{csv}": str(tmp_path / "people.csv"),
    }
    (tmp_path / "people.csv").write_text("a,b\n1,2\n", "utf-8")

    ended = run([*(places.get(word, word) for word in words), "--instance", str(tmp_path)])

    told = capsys.readouterr()
    assert ended == code
    assert places.get(said, said) in told.err
    assert told.out == ""
    assert "Traceback" not in told.err
