"""What the brand's people see of posts: the page to show what they bought, and what they share.

Open to whoever has the signed link, without a cookie. The two other addresses are for everybody:
a post that was approved and that its person shared, and the files of such posts.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.kernel.ids import show_id
from huiliu.services.make_post import LONGEST_WORDS, Sent, make_post
from huiliu.services.moderate_posts import read_post_id, withdraw_post
from huiliu.services.permission import permission
from huiliu.services.post_data import shown_points
from huiliu.services.post_links import PostLink, read_post_link
from huiliu.services.show_posts import (
    my_card,
    my_file,
    my_page,
    my_post,
    public_file,
    public_post,
    share_post,
)
from huiliu.web.doors import Visit
from huiliu.web.public import admit, brand_facts, public_page, public_visit, read_fields
from huiliu.web.ranges import ranged
from huiliu.web.rendering import go
from huiliu.web.security import check_origin, check_words, read_body

__all__ = ["routes"]

#: A video of a minute, or nine photos, and a little for the form.
_LARGEST_BODY: Final = 66 * 1024 * 1024
_MOST_FILES: Final = 10
_MOST_FIELDS: Final = 10
#: In ten minutes by one address.
_MOST_SENT: Final = 20
_MOST_SHOWN: Final = 1_200
#: A phone on a slow line needs this long for a video.
_PATIENCE_S: Final = 240.0
_KEPT_S: Final = 300


@dataclass(frozen=True, slots=True)
class _Typed:
    """What somebody typed and chose, to be shown again."""

    words: str = ""
    product_id: str = ""
    consents: bool = False


async def show(request: Request) -> Response:
    """Show a person what they may show, and what they did."""
    return await run_in_threadpool(_show, request)


async def take(request: Request) -> Response:
    """Take a post."""
    # Whose link it is, and how often they came, before anything large is read.
    await run_in_threadpool(_admit_sending, request)
    fields, files = await _read(request)
    return await run_in_threadpool(_take, request, fields, files)


async def withdraw(request: Request) -> Response:
    """Take a post back."""
    fields = await read_fields(request)
    return await run_in_threadpool(_withdraw, request, fields)


async def share(request: Request) -> Response:
    """Make the share card of an approved post."""
    fields = await read_fields(request)
    return await run_in_threadpool(_share, request, fields)


async def show_own_file(request: Request) -> Response:
    """Show a person a file of their own post."""
    return await run_in_threadpool(_own_file, request)


async def show_card(request: Request) -> Response:
    """Show a person their share card."""
    return await run_in_threadpool(_card, request)


async def show_post(request: Request) -> Response:
    """Show everybody a post that its person shared."""
    return await run_in_threadpool(_post, request)


async def show_picture(request: Request) -> Response:
    """Show everybody a file of an approved post."""
    return await run_in_threadpool(_picture, request)


def _show(
    request: Request, status: int = 200, fault: BadInput | None = None, typed: _Typed = _Typed()
) -> Response:
    """Show a person's page, with what was wrong where something was."""
    admit(request, "post shown", _MOST_SHOWN)
    found = public_visit(request)
    link = _link(request)
    mine = my_page(found.world, link, found.locale)
    shared = found.ask("shared")
    return public_page(
        found, "pages/public_posts.html", status, mine=mine, link=link, typed=typed,
        longest=LONGEST_WORDS, done=found.ask("done"), shared=shared,
        share_url=_shared_url(found, link, shared) if shared else "",
        problems=fault.problems if fault else (), kept="", id=show_id,
        amount=shown_points, **_brand(found, link),
    )  # fmt: skip


def _admit_sending(request: Request) -> None:
    """Let somebody send files who has a link and does not come too often."""
    check_origin(request)
    admit(request, "post sent", _MOST_SENT)
    _link(request)


def _take(request: Request, fields: Mapping[str, str], files: list[bytes]) -> Response:
    """Take a post, or show the page again with what is wrong."""
    found, link = public_visit(request), _link(request)
    typed = _Typed(fields.get("words", "").strip(), fields.get("product", ""), "consent" in fields)
    if link.is_over(found.world.clock.now(), my_page(found.world, link, "").rules.open_days):
        raise NotFound("post link", link.written[:20])
    sent = Sent(files, typed.words, typed.product_id, consents=typed.consents, locale=found.locale)
    try:
        make_post(found.world, link.brand_id, link.profile_id, link.order_id, sent)
    except BadInput as fault:
        return _show(request, 422, fault, typed)
    except Conflict:
        return _back(found, link, done="full")
    return _back(found, link, done="made")


def _withdraw(request: Request, fields: Mapping[str, str]) -> Response:
    """Take a person's own post back."""
    check_origin(request)
    admit(request, "post changed")
    found, link = public_visit(request), _link(request)
    view = my_post(found.world, link, read_post_id(fields.get("post", "")))
    try:
        withdraw_post(found.world, link.brand_id, view.row.post_id)
    except Conflict:
        return _back(found, link)
    return _back(found, link, done="withdrawn")


def _share(request: Request, fields: Mapping[str, str]) -> Response:
    """Make a link of a person's own approved post."""
    check_origin(request)
    admit(request, "post changed")
    found, link = public_visit(request), _link(request)
    post_id = read_post_id(fields.get("post", ""))
    share_post(found.world, link, post_id)
    return _back(found, link, shared=show_id(post_id))


def _own_file(request: Request) -> Response:
    """Show a file of a person's own post, approved or not."""
    admit(request, "picture shown", _MOST_SHOWN)
    link, name = _link(request), str(request.path_params["name"])
    post_id = read_post_id(str(request.path_params["post"]))
    return ranged(request, *my_file(request.app.state.world, link, post_id, name))


def _card(request: Request) -> Response:
    """Draw a person's share card."""
    admit(request, "card shown")
    found, link = public_visit(request), _link(request)
    post_id = read_post_id(str(request.path_params["post"]))
    return ranged(request, "image/png", my_card(found.world, link, post_id, found.locale))


def _post(request: Request) -> Response:
    """Show an approved post."""
    admit(request, "post shown", _MOST_SHOWN)
    found = public_visit(request)
    post_id = read_post_id(str(request.path_params["post"]))
    shared = public_post(found.world, post_id, found.locale)
    with found.world.store.transaction(shared.brand_id) as tx:
        asks = permission(tx, found.world, shared.brand_id)
    # Where a share's link led from is told to the shop, so that an order can be told to come of it.
    carried = {name: said[:200] for name, said in request.query_params.items()
               if name.startswith("utm_")}  # fmt: skip
    return public_page(
        found, "pages/public_post.html", shared=shared, view=shared.view, carried=carried,
        **brand_facts(found, asks),
    )  # fmt: skip


def _picture(request: Request) -> Response:
    """Show a file of an approved post."""
    admit(request, "picture shown", _MOST_SHOWN)
    media_type, data = public_file(request.app.state.world, str(request.path_params["name"]))
    return ranged(request, media_type, data, _KEPT_S)


def _link(request: Request) -> PostLink:
    """Return whose link it is; raise NotFound."""
    return read_post_link(request.app.state.world, str(request.path_params["token"]))


def _brand(found: Visit, link: PostLink) -> Mapping[str, str]:
    """Return what people call the brand."""
    with found.world.store.transaction(link.brand_id) as tx:
        asks = permission(tx, found.world, link.brand_id)
    return brand_facts(found, asks)


def _shared_url(found: Visit, link: PostLink, shared: str) -> str:
    """Return the link that a person shares; "" where there is nothing to share."""
    try:
        return share_post(found.world, link, read_post_id(shared))
    except NotFound:
        return ""


def _back(found: Visit, link: PostLink, **query: str) -> Response:
    """Show the page again, in the language that was chosen."""
    return go(f"/show/{link.written}", lang=found.ask("lang"), **query)


async def _read(request: Request) -> tuple[Mapping[str, str], list[bytes]]:
    """Return the fields and the files of a form, files in their order.

    Raises:
        HTTPException: 413 when it is too large, 408 when too slow, 400 when it is no such form.
    """
    body = await read_body(request, _LARGEST_BODY, _PATIENCE_S)

    async def once() -> AsyncGenerator[bytes, None]:
        """Give the body that was read."""
        yield body

    parser = MultiPartParser(
        request.headers, once(), max_files=_MOST_FILES, max_fields=_MOST_FIELDS,
        max_part_size=_LARGEST_BODY,
    )  # fmt: skip
    try:
        parts = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as fault:
        raise HTTPException(400) from fault
    fields: dict[str, str] = {}
    files: list[bytes] = []
    for name, value in parts.multi_items():
        if isinstance(value, str):
            fields[name] = value
        elif data := await value.read():
            # A field that was left empty is sent as a file without a name and without a byte.
            files.append(data)
    await parts.close()
    check_words(request, fields.values())
    return fields, files


routes: Final = [
    Route("/show/{token}", show, methods=["GET"], name="post.page"),
    Route("/show/{token}", take, methods=["POST"], name="post.take"),
    Route("/show/{token}/withdraw", withdraw, methods=["POST"], name="post.withdraw"),
    Route("/show/{token}/share", share, methods=["POST"], name="post.share"),
    Route("/show/{token}/files/{post}/{name}", show_own_file, methods=["GET"], name="post.file"),
    Route("/show/{token}/cards/{post}.png", show_card, methods=["GET"], name="post.card"),
    Route("/shown/{post}", show_post, methods=["GET"], name="post.public"),
    Route("/pictures/{name}", show_picture, methods=["GET"], name="post.picture"),
]
