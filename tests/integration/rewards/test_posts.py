"""People show what they bought: made harmless, looked at, shown, and gone again."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from PIL import Image
from tests.integration.rewards.posting import (
    BRAND,
    ORDER,
    PLACE,
    buyer,
    photo,
    posted,
    video,
    with_folder,
)

from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.kernel.times import DAY
from huiliu.ports.posts import PostRow
from huiliu.ports.world import World
from huiliu.services.make_post import Sent, make_post
from huiliu.services.moderate_posts import (
    approve_post,
    list_posts,
    refuse_post,
    see_post,
    withdraw_post,
)
from huiliu.services.points_balance import balance
from huiliu.services.publish import publish
from huiliu.services.show_posts import gallery, public_file, public_post
from huiliu.services.sweep_posts import sweep_posts

RULES = """\
huiliu: 1
kind: posts
slug: default
name: {zh-CN: 晒单, en: Show it}
per_order: 3
points: {photo: 20, video: 50}
"""


@pytest.fixture
def kept(world: World, tmp_path: Path) -> World:
    """Keep files below a folder of the test's."""
    return with_folder(world, tmp_path)


def _files(root: Path) -> list[Path]:
    """Return every file that is kept."""
    return sorted(one for one in (root / "media").rglob("*") if one.is_file())


def _events(world: World, name: str) -> list[bytes]:
    """Return the bodies of the events of a name."""
    with world.store.system() as tx:
        return [one.body for one in tx.log.read(0, -1, 1_000) if one.name == name]


def _points(world: World, profile_id: int) -> str:
    """Return what somebody can spend."""
    with world.store.system() as tx:
        return str(balance(tx, world, BRAND, profile_id).available)


def test_a_post_waits_and_nobody_else_sees_it(kept: World) -> None:
    """What was sent is neither in the gallery nor at its address before somebody looked at it."""
    ada = buyer(kept)

    post = posted(kept, ada)

    assert post.state == "waiting"
    assert gallery(kept, BRAND).posts == []
    with pytest.raises(NotFound):
        public_post(kept, post.post_id, "en")
    with pytest.raises(NotFound):
        public_file(kept, post.files[0].name)


def test_an_approved_post_with_consent_stands_in_the_gallery(kept: World) -> None:
    """Its words and its photo come with it, by the product that it shows."""
    post = posted(kept, buyer(kept))

    approve_post(kept, BRAND, post.post_id, "user:1")

    [shown] = gallery(kept, BRAND, "serum").posts
    assert (shown.row.post_id, shown.words) == (post.post_id, "很好用")
    assert gallery(kept, BRAND, "cream").posts == []
    assert public_file(kept, post.files[0].name)[0] == "image/jpeg"


def test_without_consent_an_approved_post_is_not_used_again(kept: World) -> None:
    """Its person may share it; the shop may not show it."""
    post = posted(kept, buyer(kept), consents=False)

    approve_post(kept, BRAND, post.post_id, "user:1")

    assert gallery(kept, BRAND).posts == []
    assert public_post(kept, post.post_id, "en").view.row.consent == ""


def test_nothing_of_camera_place_and_time_is_kept(kept: World, tmp_path: Path) -> None:
    """A photo comes back without EXIF, XMP and comments; a video without its boxes of them."""
    ada = buyer(kept)
    shot = make_post(kept, BRAND, ada, ORDER, Sent([photo()]))
    film = make_post(kept, BRAND, ada, ORDER, Sent([video(tmp_path / "raw.mp4")]))
    for post in (shot, film):
        approve_post(kept, BRAND, post.post_id, "user:1")

    _, jpeg = public_file(kept, shot.files[0].name)
    kind, mp4 = public_file(kept, film.files[0].name)

    assert PLACE not in jpeg
    assert b"HUILIU PHONE" not in jpeg
    with Image.open(io.BytesIO(jpeg)) as opened:
        assert dict(opened.getexif()) == {}
        assert not {"exif", "xmp", "comment"} & set(opened.info)
    assert (kind, film.kind) == ("video/mp4", "video")
    assert PLACE not in mp4
    assert public_file(kept, film.files[0].still)[0] == "image/jpeg"


def test_what_lies_in_the_folder_tells_nothing(kept: World, tmp_path: Path) -> None:
    """Files are sealed, under names that name neither person nor order."""
    posted(kept, buyer(kept))

    [file] = _files(tmp_path)

    assert not file.read_bytes().startswith(b"\xff\xd8")
    assert ORDER not in file.name
    assert len(file.name) == 32


def test_words_stay_out_of_the_log(kept: World) -> None:
    """What somebody wrote is in the vault alone."""
    posted(kept, buyer(kept))

    [body] = _events(kept, "Post Made")

    assert "很好用".encode() not in body
    assert b'"consent":"posts.page.consent"' in body


def test_an_approved_post_earns_its_points_once(kept: World) -> None:
    """However many of the staff press the button at once."""
    publish(kept, BRAND, RULES, "test", kind="posts")
    ada = buyer(kept)
    post = posted(kept, ada)

    def press(_: int) -> bool:
        try:
            approve_post(kept, BRAND, post.post_id, "user:1")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(press, range(16)))

    assert done.count(True) == 1
    assert _points(kept, ada) == "20.00"
    assert len(_events(kept, "Post Approved")) == 1


def test_an_order_has_as_many_posts_as_the_rules_say(kept: World, tmp_path: Path) -> None:
    """Twelve at the same moment are three, and what did not become one leaves no file."""
    publish(kept, BRAND, RULES, "test", kind="posts")
    ada = buyer(kept)

    def send(number: int) -> PostRow | None:
        try:
            return posted(kept, ada, 10 + number)
        except Conflict:
            return None

    with ThreadPoolExecutor(6) as pool:
        made = [one for one in pool.map(send, range(12)) if one is not None]

    assert len(made) == 3
    assert list_posts(kept, BRAND).counts == {"waiting": 3}
    assert len(_files(tmp_path)) == 3


def test_the_same_files_twice_are_one_post(kept: World) -> None:
    """A second press of the button, at the same moment or later, makes nothing."""
    ada = buyer(kept)

    with ThreadPoolExecutor(4) as pool:
        made = {one.post_id for one in pool.map(lambda _: posted(kept, ada), range(4))}
    made.add(posted(kept, ada).post_id)

    assert len(made) == 1
    assert len(_events(kept, "Post Made")) == 1


def test_only_what_was_delivered_is_shown(kept: World) -> None:
    """An order on its way, or one that went back, has nothing to show."""
    bob = buyer(kept, "bob", delivered=False)

    with pytest.raises(Conflict):
        posted(kept, bob)


def test_every_fault_of_what_was_sent_is_told(kept: World) -> None:
    """Each file says for itself what is wrong with it."""
    ada = buyer(kept)

    with pytest.raises(BadInput) as said:
        make_post(kept, BRAND, ada, ORDER, Sent([b"GIF89a", photo(size=(20, 20)), photo()]))
    with pytest.raises(BadInput) as also:
        make_post(kept, BRAND, ada, ORDER, Sent([], "x" * 600, "sofa"))

    assert [(one.path, one.text.key) for one in said.value.problems] == [
        ("file[0]", "posts.file.unknown"), ("file[1]", "posts.file.too_small"),
    ]  # fmt: skip
    assert [one.path for one in also.value.problems] == ["file", "words", "product_id"]


def test_a_refused_post_is_gone_at_once(kept: World, tmp_path: Path) -> None:
    """Its files leave the folder, and why is told; nobody refuses for any other reason."""
    post = posted(kept, buyer(kept))

    with pytest.raises(BadInput):
        refuse_post(kept, BRAND, post.post_id, "user:1", "too critical")
    refuse_post(kept, BRAND, post.post_id, "user:1", "private")

    assert _files(tmp_path) == []
    assert see_post(kept, BRAND, post.post_id).row.reason == "private"


def test_a_person_takes_a_post_back(kept: World, tmp_path: Path) -> None:
    """After it was approved as well; then it is shown nowhere."""
    post = posted(kept, buyer(kept))
    approve_post(kept, BRAND, post.post_id, "user:1")

    withdraw_post(kept, BRAND, post.post_id)

    assert _files(tmp_path) == []
    assert gallery(kept, BRAND).posts == []
    with pytest.raises(NotFound):
        public_post(kept, post.post_id, "en")


def test_what_an_erased_person_showed_cannot_be_read(
    kept: World, tmp_path: Path, database_url: str
) -> None:
    """With the key goes every photo, at once; the sweep removes what is left of it."""
    post = posted(kept, buyer(kept))
    approve_post(kept, BRAND, post.post_id, "user:1")

    with psycopg.connect(database_url) as connection:
        connection.execute("update subject_keys set wrapped = null")

    assert gallery(kept, BRAND).posts == []
    with pytest.raises(NotFound):
        public_file(kept, post.files[0].name)
    assert sweep_posts(kept) == 1
    assert _files(tmp_path) == []
    assert list_posts(kept, BRAND, "approved").posts == []


def test_files_that_no_post_names_are_swept_a_day_later(kept: World, tmp_path: Path) -> None:
    """Those are what a crash leaves; young ones may be on their way to a row."""
    posted(kept, buyer(kept))
    kept.media.write(BRAND, "ab" * 16, b"left")
    # The clock of the disk is the machine's own: only what is before it counts as old.
    kept.clock.set(_after_the_disk(tmp_path))  # type: ignore[attr-defined] # the simulated clock's own

    assert sweep_posts(kept) == 0
    kept.clock.advance(2 * DAY)  # type: ignore[attr-defined] # the simulated clock's own
    assert sweep_posts(kept) == 1

    assert len(_files(tmp_path)) == 1


def _after_the_disk(root: Path) -> int:
    """Return an instant just after the newest file was written."""
    return max(one.stat().st_mtime_ns for one in _files(root)) // 1000 + 1


def test_a_copied_photo_is_known_again(kept: World) -> None:
    """Whoever looks at it sees that another person's post holds the same file."""
    posted(kept, buyer(kept))
    copied = posted(kept, buyer(kept, "bob"))

    assert see_post(kept, BRAND, copied.post_id).n_copies == 1
