"""A person shows what they bought, the staff approves it, and friends come by the card."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from tests.integration.console.test_api_twins import server
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.people import project_all
from tests.integration.rewards.posting import BRAND, ORDER, buyer, photo, posted, video, with_folder
from tests.integration.rewards.test_posts import RULES

from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services.moderate_posts import approve_post, list_posts
from huiliu.services.post_links import post_link
from huiliu.services.publish import publish
from huiliu.services.show_posts import gallery


@pytest.fixture
def kept(world: World, tmp_path: Path) -> World:
    """Keep files below a folder of the test's."""
    return with_folder(world, tmp_path)


def _address(world: World, profile_id: int) -> str:
    """Return the path of a person's page."""
    url = post_link(world, BRAND, profile_id, ORDER, world.clock.now())
    return url.removeprefix("https://huiliu.example")


def _send(client: Visitor, address: str, *files: bytes, **fields: str) -> int:
    """Send the form as a browser does and return the status of the answer."""
    given = [("file", (f"IMG_{n}.jpg", data, "image/jpeg")) for n, data in enumerate(files)]
    return client.post(address, files=given, data=fields).status_code


def test_from_the_link_to_a_friend(kept: World, tmp_path: Path) -> None:
    """Post, approve, make the card, and follow its code: each step by its own page."""
    ada = buyer(kept)
    phone, staff = visitor(kept, tmp_path), signed_in(kept, tmp_path, "marketer")
    address = _address(kept, ada)
    assert phone.get(address).status_code == 200

    sent = _send(phone, address, photo(), photo(90), words="很好用", product="serum", consent="1")
    queue = staff.get("/posts").text
    [one] = list_posts(kept, BRAND).posts
    post = show_id(one.row.post_id)
    approved = staff.post(f"/posts/{post}/approve", data={"csrf": token(staff, "/posts")})
    shared = phone.post(f"{address}/share", data={"post": post})
    page = phone.get(shared.headers["location"]).text
    card = phone.get(f"{address}/cards/{post}.png")
    link = re.search(r"https://huiliu\.example(/s/\w+)", page)
    assert link is not None
    friend = visitor(kept, tmp_path)
    led = friend.get(link[1])
    seen = friend.get(led.headers["location"].removeprefix("https://huiliu.example"))

    assert (sent, approved.status_code, shared.status_code) == (303, 303, 303)
    assert "很好用" in queue
    assert card.content.startswith(b"\x89PNG")
    assert "很好用" in seen.text
    assert friend.get(f"/pictures/{one.row.files[0].name}").status_code == 200
    with kept.store.system() as tx:
        told = [event.name for event in tx.log.read(0, -1, 1_000) if event.name.startswith("Share")]
    assert told == ["Share Made", "Share Visited"]
    project_all(kept)


def test_a_forged_or_old_link_takes_nothing(kept: World, tmp_path: Path) -> None:
    """A changed letter opens nothing; after its days a link shows, and takes nothing."""
    address = _address(kept, buyer(kept))
    phone = visitor(kept, tmp_path)
    forged = address[:-1] + ("A" if address[-1] != "A" else "B")

    assert phone.get(forged).status_code == 404
    kept.clock.advance(61 * DAY)  # type: ignore[attr-defined] # the simulated clock's own
    assert phone.get(address).status_code == 200
    assert _send(phone, address, photo()) == 404
    assert list_posts(kept, BRAND).posts == []


def test_nobody_reads_another_ones_post(kept: World, tmp_path: Path) -> None:
    """A link opens its own order's posts; what waits is not in the public folder either."""
    post = posted(kept, buyer(kept))
    other = _address(kept, buyer(kept, "bob"))
    phone = visitor(kept, tmp_path)
    name, number = post.files[0].name, show_id(post.post_id)

    assert phone.get(f"{other}/files/{number}/{name}").status_code == 404
    assert phone.get(f"/pictures/{name}").status_code == 404
    assert phone.get(f"/shown/{number}").status_code == 404
    assert phone.get(f"/posts/{number}/files/{name}").status_code in {303, 401}
    assert phone.post(f"{other}/withdraw", data={"post": number}).status_code == 404


def test_what_cannot_be_taken_is_said_on_the_page(kept: World, tmp_path: Path) -> None:
    """In the reader's language, with their words still there."""
    address = _address(kept, buyer(kept))
    phone = visitor(kept, tmp_path)

    answer = phone.post(
        f"{address}?lang=en", files=[("file", ("a.gif", b"GIF89a", "image/gif"))],
        data={"words": "still here"},
    )  # fmt: skip

    assert answer.status_code == 422
    assert "no JPEG, PNG or WebP" in answer.text
    assert "still here" in answer.text


def test_a_player_gets_the_part_that_it_asks_for(kept: World, tmp_path: Path) -> None:
    """Phones play no video without; and nothing that was sent is ever run as a page."""
    ada = buyer(kept)
    phone = visitor(kept, tmp_path)
    assert _send(phone, _address(kept, ada), video(tmp_path / "raw.mp4")) == 303
    [one] = list_posts(kept, BRAND).posts
    approve_post(kept, BRAND, one.row.post_id, "user:1")
    name = f"/pictures/{one.row.files[0].name}"

    part = phone.get(name, headers={"range": "bytes=4-7"})
    past = phone.get(name, headers={"range": "bytes=99999999-"})

    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"].startswith("bytes 4-7/")
    assert part.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert past.status_code == 416


def test_a_server_does_all_that_the_pages_do(kept: World, tmp_path: Path) -> None:
    """Make, list, approve, show in the shop, take back: behind a key, by the same services."""
    profile = show_profile_id(buyer(kept))
    client, key = server(kept, tmp_path)
    asked = {"person": {"profile": profile}, "order_id": ORDER}
    sent = {
        **asked, "files": [base64.b64encode(photo()).decode()], "product_id": "serum",
        "consents": True, "words": "很好用",
    }  # fmt: skip

    link = client.post("/v1/posts/link", json=asked, auth=key).json()
    made = client.post("/v1/posts", json=sent, auth=key).json()
    queue = client.get("/v1/posts/queue", auth=key).json()
    done = client.post(f"/v1/posts/{made['post']}/approve", json={}, auth=key).json()
    again = client.post(f"/v1/posts/{made['post']}/approve", json={}, auth=key).status_code
    shop = client.get("/v1/posts?sku=serum", auth=key).json()
    client.post(f"/v1/posts/{made['post']}/withdraw", json={}, auth=key)

    assert link["url"].startswith("https://huiliu.example/show/")
    assert [one["post"] for one in queue["posts"]] == [made["post"]]
    assert (done["state"], again) == ("approved", 409)
    assert [one["words"] for one in shop["posts"]] == ["很好用"]
    assert not {"profile", "order_id"} & set(shop["posts"][0])
    assert gallery(kept, BRAND).posts == []
    faults: list[dict[str, object]] = [
        {"files": ["?"]}, {"files": 1}, {"words": []}, {"order_id": None}, {"person": 7},
    ]  # fmt: skip
    for wrong in faults:
        assert client.post("/v1/posts", json={**sent, **wrong}, auth=key).status_code == 422
    # Without a key nobody's files are even read.
    assert client.post("/v1/posts", content=b"[" * 1_000).status_code == 401
    top = {"profile": profile, "order_id": ORDER}
    assert client.post("/v1/posts/link", json=top, auth=key).json() == link


def test_the_page_says_what_a_post_earns(kept: World, tmp_path: Path) -> None:
    """As whole numbers where they are, and after it was approved what it did earn."""
    publish(kept, BRAND, RULES, "test", kind="posts")
    ada = buyer(kept)
    phone, address = visitor(kept, tmp_path), _address(kept, ada)
    before = phone.get(f"{address}?lang=en").text
    approve_post(kept, BRAND, posted(kept, ada).post_id, "user:1")

    after = phone.get(f"{address}?lang=en").text

    assert "Approved photos earn 20 points, a video 50" in before
    assert "20 points" in after.partition("One more")[0]
