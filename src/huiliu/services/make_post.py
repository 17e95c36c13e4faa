"""Takes what somebody shows of what they bought: files made harmless, words sealed, then a row.

The files are on the disk before the row is: a crash in between leaves files that nobody names, and
those are swept away. The same files sent twice are one post.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id, show_profile_id
from huiliu.kernel.texts import text
from huiliu.ports.media import Cleaned
from huiliu.ports.posts import PostFile, PostRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.post import PHOTO, VIDEO, WAITING, PostRules
from huiliu.services.message_events import internal_event
from huiliu.services.post_people import Purchase, post_subject, present_person, purchase
from huiliu.services.post_rules import post_rules

__all__ = ["LONGEST_WORDS", "MADE", "Sent", "consent_version", "make_post"]

MADE: Final = "Post Made"
LONGEST_WORDS: Final = 500
_FIELD: Final = "text"
#: What proves which words a person agreed to where the brand wrote none of its own.
_OWN_WORDS: Final = "posts.page.consent"


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sent."""

    #: As they came, one after another.
    files: Sequence[bytes]
    words: str = ""
    #: Which product of the order it shows; "" = not said.
    product_id: str = ""
    #: Whether the brand may use it again.
    consents: bool = False
    locale: str = ""
    channel: str = "h5"


@dataclass(frozen=True, slots=True)
class _Admitted:
    """Who may post, about what, and with which key it is sealed."""

    profile_id: int
    bought: Purchase
    rules: PostRules
    version: int
    subject: bytes
    key: bytes


class _Twice(Exception):
    """The same post came a second time at the same moment: its count is taken back."""

    def __init__(self, post: PostRow) -> None:
        """Hold the post that is there."""
        super().__init__()
        self.post = post


def make_post(world: World, brand_id: int, profile_id: int, order_id: str, sent: Sent) -> PostRow:
    """Take a post and return it; it waits until somebody of the staff looks at it.

    Raises:
        BadInput: with everything that is wrong with what was sent.
        Conflict: the order has not come, or there are as many posts of it as may be.
        NotFound: the person is gone.
        Unavailable: files cannot be kept now.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        may = _admit(tx, brand_id, profile_id, order_id)
    _check(sent, may)
    hashes = [_content(world, brand_id, one) for one in sent.files]
    post_id = world.secrets.sign(
        digest("post", brand_id, may.profile_id, order_id, *sorted(hashes)), "post"
    )
    with world.store.system() as tx:
        known = _known(tx, brand_id, post_id)
    if known is not None:
        return known
    cleaned = _clean(world, sent, may.rules)
    files = _files(brand_id, world, post_id, hashes, cleaned)
    post = PostRow(
        brand_id, post_id, may.profile_id, order_id, sent.product_id, _kind(cleaned), WAITING,
        may.subject, b"", consent_version(may.version) if sent.consents else "", sent.locale,
        sent.channel, now, files=files,
    )  # fmt: skip
    _write(world, brand_id, may.key, files, cleaned)
    try:
        return _keep(world, post, may, sent.words.strip())
    except _Twice as found:
        return found.post
    except Conflict:
        world.media.remove(brand_id, [name for one in files for name in {one.name, one.still}])
        raise


def consent_version(version: int) -> str:
    """Return what proves later which words a person agreed to."""
    return f"posts@{version}" if version else _OWN_WORDS


def _admit(tx: Tx, brand_id: int, profile_id: int, order_id: str) -> _Admitted:
    """Return who may post about what."""
    present = present_person(tx, brand_id, profile_id)
    bought = purchase(tx, brand_id, present, order_id)
    if not bought.is_delivered:
        raise Conflict("order", "delivered", bought.status or "-")
    subject = post_subject(brand_id, present)
    keys = tx.vault.subject_keys(brand_id, [subject], create=True)
    if subject not in keys:
        raise NotFound("profile", show_profile_id(present))
    tx.vault.adopt(brand_id, {subject: present})
    rules, version = post_rules(tx, brand_id)
    return _Admitted(present, bought, rules, version, subject, keys[subject])


def _check(sent: Sent, may: _Admitted) -> None:
    """Raise everything that is wrong with what was sent, as far as it is seen at once."""
    problems = []
    if not 1 <= len(sent.files) <= may.rules.photos:
        problems.append(Problem("file", text("posts.want_files", most=may.rules.photos)))
    if len(sent.words) > LONGEST_WORDS:
        problems.append(Problem("words", text("posts.too_long", most=LONGEST_WORDS)))
    if sent.product_id and sent.product_id not in may.bought.product_ids:
        problems.append(Problem("product_id", text("posts.not_bought")))
    if problems:
        raise BadInput(tuple(problems))


def _known(tx: Tx, brand_id: int, post_id: bytes) -> PostRow | None:
    """Return the post that these files made before."""
    try:
        return tx.posts.get(brand_id, post_id)
    except NotFound:
        return None


def _content(world: World, brand_id: int, data: bytes) -> bytes:
    """Return by what the same file is known again."""
    return world.secrets.token(brand_id, "post file", hashlib.sha256(data).hexdigest())


def _clean(world: World, sent: Sent, rules: PostRules) -> list[Cleaned]:
    """Return the files written anew; raise BadInput with what is wrong with each."""
    cleaned: list[Cleaned] = []
    problems: list[Problem] = []
    for nth, data in enumerate(sent.files):
        try:
            cleaned.append(world.media.clean(data, rules.video_seconds))
        except BadInput as fault:
            problems += [Problem(f"file[{nth}]", one.text) for one in fault.problems]
    if len(cleaned) > 1 and any(one.kind == VIDEO for one in cleaned):
        problems.append(Problem("file", text("posts.one_video")))
    if problems:
        raise BadInput(tuple(problems))
    return cleaned


def _kind(cleaned: Sequence[Cleaned]) -> str:
    """Return what kind of post it is."""
    return VIDEO if any(one.kind == VIDEO for one in cleaned) else PHOTO


def _files(
    brand_id: int,
    world: World,
    post_id: bytes,
    hashes: Sequence[bytes],
    cleaned: Sequence[Cleaned],
) -> tuple[PostFile, ...]:
    """Return what is written down of the files, under names that tell nothing."""
    found = []
    for nth, (content, one) in enumerate(zip(hashes, cleaned, strict=True)):
        name = _name(world, brand_id, post_id, nth, "file")
        still = _name(world, brand_id, post_id, nth, "still") if one.kind == VIDEO else name
        found.append(
            PostFile(
                nth, name, still, one.media_type, one.width, one.height,
                Decimal(str(round(one.seconds, 2))), len(one.data), content,
            )
        )  # fmt: skip
    return tuple(found)


def _name(world: World, brand_id: int, post_id: bytes, nth: int, what: str) -> str:
    """Return the name of a file in the folder."""
    said = digest("post file", brand_id, post_id, nth, what)
    return world.secrets.sign(said, "post file").hex()


def _write(
    world: World, brand_id: int, key: bytes, files: Sequence[PostFile], cleaned: Sequence[Cleaned]
) -> None:
    """Keep the files, sealed with the person's key."""
    for file, one in zip(files, cleaned, strict=True):
        world.media.write(brand_id, file.name, world.secrets.seal_with(key, one.data))
        if file.still != file.name:
            world.media.write(brand_id, file.still, world.secrets.seal_with(key, one.still))


def _keep(world: World, post: PostRow, may: _Admitted, words: str) -> PostRow:
    """Keep the row, the words, and what is told of it.

    Raises:
        Conflict: there are as many posts of the order as may be.
    """
    brand_id = post.brand_id
    with world.store.system() as tx:
        # The count first: its row is the lock under which posts of one order come one by one.
        if not tx.posts.claim(brand_id, post.profile_id, post.order_id, may.rules.per_order):
            known = _known(tx, brand_id, post.post_id)
            if known is not None:
                return known
            raise Conflict("posts", f"<= {may.rules.per_order}", f"> {may.rules.per_order}")
        known = _known(tx, brand_id, post.post_id)
        if known is not None:
            raise _Twice(known)
        if words:
            token = world.secrets.token(brand_id, _FIELD, words)
            sealed = world.secrets.seal_with(may.key, words.encode())
            tx.vault.put(brand_id, [(may.subject, token, _FIELD, sealed)])
            post = structs.replace(post, words=token)
        tx.posts.add(post)
        tx.log.append([_made(post)])
    return post


def _made(post: PostRow) -> NewEvent:
    """Return what is told of a new post: never its words."""
    told: dict[str, Value] = {
        "post": show_id(post.post_id), "post_kind": post.kind, "order_id": post.order_id,
        "product_id": post.product_id or None, "n_files": len(post.files),
        "channel": post.channel, "consent": post.consent or None, "locale": post.locale or None,
    }  # fmt: skip
    return internal_event(post.brand_id, post.profile_id, MADE, told, post.made_at, post.post_id)
