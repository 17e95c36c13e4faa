"""Pages and twins of segments and lists, without a browser: what is sent, kept, and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.people import BRAND, event, identify, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.ports.world import World
from huiliu.services.apply_segment import apply_segment
from huiliu.services.create_key import create_key
from huiliu.web.pages.lists import LARGEST_FILE

SEGMENT = """\
huiliu: 1
kind: segment
slug: in-shanghai
name:
  en: In Shanghai
where:
  trait: city
  is: 上海
"""
BUILT_ON_IT = """\
huiliu: 1
kind: segment
slug: buyers-there
name:
  en: Buyers there
where:
  all:
    - in_segment: in-shanghai
    - did: Order Paid
"""
CSV = "user_id,phone,city\nu0,,上海\nnew-9,,x\n,no phone,\n"


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a brand with four people, two of them of Shanghai, and a segment of those."""
    with with_warehouse(world, tmp_path) as lent:
        for number in range(4):
            user = f"user_id:u{number}"
            log(lent, identify(user, city="上海" if number < 2 else "北京"))
            log(lent, event(user, name="Order Paid", properties={"total": 100 * number}))
        settle(lent)
        apply_segment(lent, BRAND, SEGMENT, "test")
        settle(lent)
        yield lent


def posted(client: Visitor, path: str, **form: str) -> dict[str, object]:
    """Return the JSON that a script of the page gets."""
    form["csrf"] = token(client, "/segments/new")
    answer = client.post(path, data=form)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_the_builder_is_told_the_language_and_the_brands_words(shop: World, tmp_path: Path) -> None:
    """Forms of operators, events with properties, and the document's tree stand in the page."""
    page = signed_in(shop, tmp_path, "marketer").get("/segments/in-shanghai/edit").text

    data = page.split('id="builder-data">')[1].split("</script>")[0]
    told = json.loads(data)
    assert told["start"]["tree"]["where"] == {"trait": "city", "is": "上海"}
    assert "did" in [one["name"] for one in told["language"]["operators"]]
    assert told["words"]["events"][0]["name"] == "Order Paid"
    assert told["isNew"] is False


def test_a_draft_and_its_count_are_answered_as_data(shop: World, tmp_path: Path) -> None:
    """A tree becomes YAML with a sentence in both languages; the YAML is counted."""
    client = signed_in(shop, tmp_path, "marketer")
    tree = {
        "huiliu": 1, "kind": "segment", "slug": "a", "name": {"en": "A"},
        "where": {"all": [{"trait": "city", "is": "上海"}]},
    }  # fmt: skip

    draft = posted(client, "/segments/draft", tree=json.dumps(tree))
    count = posted(client, "/segments/count", source=str(draft["source"]))

    assert draft["problems"] == []
    assert draft["sentences"] == {"zh-CN": "城市 是 上海", "en": "City is 上海"}
    assert count == {"n": 2, "n_people": 4, "is_away": False}


def test_a_tree_that_is_no_object_is_a_bad_request(shop: World, tmp_path: Path) -> None:
    """Nothing that a browser sends makes the server fail."""
    client = signed_in(shop, tmp_path, "marketer")
    csrf = token(client, "/segments/new")

    for sent in ("[1]", "{", "[" * 100_000, '{"a": 1e999}'):
        answer = client.post("/segments/draft", data={"tree": sent, "csrf": csrf})
        assert answer.status_code in {200, 400}, sent[:20]


def test_what_would_change_is_shown_before_it_is_applied(shop: World, tmp_path: Path) -> None:
    """Who enters, who leaves, what the definition says differently; nothing is written."""
    client = signed_in(shop, tmp_path, "marketer")
    form = {"source": SEGMENT.replace("上海", "北京"), "csrf": token(client, "/segments/new")}

    page = client.post("/segments/review", data=form).text

    assert "change-changed" in page
    assert page.count("/people/p_") == 4
    with shop.store.system() as tx:
        assert tx.documents.latest(BRAND, "segment", "in-shanghai").version == 1


def test_a_segment_in_use_is_not_removed(shop: World, tmp_path: Path) -> None:
    """The page says who uses it, and offers no way; a request by hand is refused too."""
    apply_segment(shop, BRAND, BUILT_ON_IT, "test")
    client = signed_in(shop, tmp_path, "marketer")
    page = client.get("/segments/in-shanghai").text
    form = {"csrf": token(client, "/segments/new")}

    answer = client.post("/segments/in-shanghai/remove", data=form)
    free = client.post("/segments/buyers-there/remove", data=form)

    assert "Buyers there" in page
    assert "/segments/in-shanghai/remove" not in page
    assert answer.headers["location"] == "/segments/in-shanghai?in_use=1"
    assert free.headers["location"] == "/segments"
    assert client.get("/segments/buyers-there").status_code == 404


def test_an_older_version_is_compared_and_restored(shop: World, tmp_path: Path) -> None:
    """The difference is told by meaning and by people; restoring makes a new version."""
    apply_segment(shop, BRAND, SEGMENT.replace("上海", "北京"), "test")
    settle(shop)
    client = signed_in(shop, tmp_path, "marketer")
    page = client.get("/segments/in-shanghai/versions").text
    form = {"csrf": token(client, "/segments/new"), "version": "1"}

    answer = client.post("/segments/in-shanghai/restore", data=form)

    assert "change-changed" in page
    assert answer.headers["location"] == "/segments/in-shanghai?applied=3"


def test_members_are_exported_by_those_who_may(shop: World, tmp_path: Path) -> None:
    """A marketer gets ids and since when, written down as done; a viewer is refused."""
    viewer = signed_in(shop, tmp_path, "viewer")
    client = signed_in(shop, tmp_path, "marketer")

    refused = viewer.get("/segments/in-shanghai/members.csv")
    answer = client.get("/segments/in-shanghai/members.csv")

    assert refused.status_code == 403
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert all(line.startswith('"p_') for line in lines[1:])
    with shop.store.transaction(BRAND) as tx:
        assert [one.what for _, one in tx.console.actions(BRAND, 1)] == ["segment_exported"]


def test_a_list_is_looked_at_and_imported(shop: World, tmp_path: Path) -> None:
    """The preview tells good and bad rows by line; importing says what it did."""
    client = signed_in(shop, tmp_path, "marketer")
    form = {"csrf": token(client, "/lists/import"), "slug": "vips", "name": "VIPs"}
    files = {"file": ("vips.csv", CSV.encode(), "text/csv")}

    preview = client.post("/lists/preview", data=form, files=files)
    done = client.post("/lists/import", data=form, files=files)
    settle(shop)

    assert "Line 4" in preview.text
    assert preview.text.count("<select") == 3
    assert done.headers["location"] == "/lists/vips?entered=2&left=0&bad=1"
    assert "VIPs" in client.get("/lists/vips").text


def test_columns_are_read_as_the_page_says(shop: World, tmp_path: Path) -> None:
    """Headers that say nothing are chosen by hand; a choice for another file is not used."""
    client = signed_in(shop, tmp_path, "marketer")
    form = {
        "csrf": token(client, "/lists/import"), "slug": "vips", "headers": "wer\twas",
        "column.0": "user_id", "column.1": "-",
    }  # fmt: skip
    files = {"file": ("vips.csv", b"wer,was\nu0,x\n", "text/csv")}

    chosen = client.post("/lists/preview", data=form, files=files)
    unread = client.post("/lists/preview", data=form | {"headers": "other"}, files=files)

    assert 'value="user_id" selected' in chosen.text
    assert 'class="problems"' in unread.text
    assert unread.text.count("<select") == 2


def test_a_file_that_is_too_large_or_none_is_refused(shop: World, tmp_path: Path) -> None:
    """Nobody fills the memory, and nobody unknown may send a file at all."""
    client = signed_in(shop, tmp_path, "marketer")
    head = {"content-type": "multipart/form-data; boundary=x", "x-csrf-token": "wrong"}

    large = client.post("/lists/preview", content=b"x" * (LARGEST_FILE + 1), headers=head)
    broken = client.post("/lists/preview", content=b"--y--", headers=head)
    without = client.post("/lists/preview", content=b"x", headers={"content-type": "text/csv"})
    stranger = visitor(shop, tmp_path).post(
        "/lists/preview", content=b"x" * (LARGEST_FILE + 1), headers=head
    )

    assert large.status_code == 413
    assert {broken.status_code, without.status_code} <= {400, 403}
    assert stranger.status_code == 303


def test_servers_do_all_of_it_with_a_key(shop: World, tmp_path: Path) -> None:
    """Each action of the pages has a twin that answers data."""
    _, key = create_key(shop, BRAND, "erp", "api")
    client, auth = visitor(shop, tmp_path), (key, "")
    source = {"source": SEGMENT}

    def get(path: str) -> dict[str, object]:
        found: dict[str, object] = client.get(f"/v1/{path}", auth=auth).json()
        return found

    def post(path: str, body: object, method: str = "POST") -> dict[str, object]:
        answer = client.request(method, f"/v1/{path}", json=body, auth=auth)
        found: dict[str, object] = answer.json()
        return found

    assert get("segments/in-shanghai")["members"] == 2
    assert post("segments/draft", source)["problems"] == []
    assert post("segments/count", source) == {"count": 2, "people": 4}
    assert post("segments/behind", source | {"with": ["in-shanghai"]})["combinations"] == [
        {"inside": [True, True], "count": 2}
    ]
    assert post("segments/preview", source)["n_entering"] == 0
    assert len(get("segments/in-shanghai/members")["members"]) == 2  # type: ignore[arg-type]
    assert len(get("segments/in-shanghai/trend")["days"]) == 30  # type: ignore[arg-type]
    post("segments", {"source": SEGMENT.replace("上海", "北京")}, "PUT")
    assert get("segments/in-shanghai/diff?old=1&new=2")["changes"]
    assert post("segments/in-shanghai/restore", {"version": 1})["version"] == 3
    assert len(get("segments/in-shanghai/versions")["versions"]) == 3  # type: ignore[arg-type]
    settle(shop)
    assert get("segments/values?trait=city") == {"values": [], "is_personal": False}
    assert post("lists/vips/preview", {"csv": CSV})["entering"] == 2
    assert post("lists/vips", {"csv": CSV, "name": "VIPs"}, "PUT")["entered"] == 2
    settle(shop)
    assert len(get("lists/vips")["profile_ids"]) == 2  # type: ignore[arg-type]
    assert post("lists/vips", None, "DELETE")["left"] == 2
    settle(shop)
    assert post("segments/in-shanghai", None, "DELETE")["left"] == 2


def test_a_wrong_call_is_told_what_is_wrong_with_it(shop: World, tmp_path: Path) -> None:
    """Never a fault of ours."""
    _, key = create_key(shop, BRAND, "erp", "api")
    client, auth = visitor(shop, tmp_path), (key, "")

    def status(method: str, path: str, body: object = None) -> int:
        return client.request(method, f"/v1/{path}", json=body, auth=auth).status_code

    assert status("POST", "segments/draft", {"tree": 5}) == 422
    assert status("POST", "segments/in-shanghai/restore", {"version": "1"}) == 422
    assert status("GET", "segments/in-shanghai/diff?old=x&new=2") == 422
    assert status("GET", "segments/none") == 404
    assert status("GET", "segments/none/trend") == 404
    assert status("GET", "segments/none/members.csv") == 404
    assert status("GET", "segments/values") == 404
    assert status("PUT", "lists/vips", {"csv": CSV, "columns": {"phone": ["x"]}}) == 422
    assert status("PUT", "lists/vips", {"csv": ""}) == 422
    assert status("DELETE", "lists/none") == 404
