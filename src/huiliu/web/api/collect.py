"""Segment's HTTP tracking API: calls come in, an answer goes out after they are on disk.

Pure ASGI, in front of everything else: this is the one hot path of the web.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from huiliu.kernel.errors import BadInput, HuiliuError, Problem
from huiliu.kernel.texts import Text, text
from huiliu.ports.accounts import ApiKey
from huiliu.ports.world import World
from huiliu.services.calls import EVENT_BYTES, Batch, parse_call, parse_calls, raw_calls
from huiliu.services.ingest import preparer, refused_events
from huiliu.services.prepare import Prepared
from huiliu.services.tellers import ANYBODY, Teller
from huiliu.web.api.collect_body import BadBody, read_body, unpack
from huiliu.web.api.collect_keys import KeyRing, key_in_header
from huiliu.web.api.collect_settings import settings_for
from huiliu.web.api.group_commit import Busy, GroupCommit, Work

__all__ = ["Collect"]

Scope: TypeAlias = MutableMapping[str, Any]  # ASGI's own
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]  # same
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]  # same
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Path -> the type of its call; "" = a batch.
_CALLS: Final = {
    f"/v1/{path}": kind
    for kind in ("track", "identify", "page", "screen", "group", "alias")
    for path in (kind, kind[0])
} | {"/v1/batch": "", "/v1/b": "", "/v1/import": ""}
#: What analytics.js tells of itself; nobody needs it.
_METRICS: Final = "/v1/m"
_SETTINGS: Final = ("/v1/projects/", "/analytics.js/v1/")
_SCOPES: Final = frozenset({"collect", "api"})
_ANYONE: Final = (b"access-control-allow-origin", b"*")
_JSON: Final = (b"content-type", b"application/json")
_SUCCESS: Final = b'{"success":true}'
_SUCCESS_START: Final = {
    "type": "http.response.start", "status": 200,
    "headers": [_JSON, _ANYONE, (b"content-length", b"%d" % len(_SUCCESS))],
}  # fmt: skip
_SUCCESS_BODY: Final = {"type": "http.response.body", "body": _SUCCESS}
_RETRY_AFTER_S: Final = 2


class _Answer(Exception):  # not an error: it ends a request early
    """What is answered instead of success."""

    def __init__(self, status: int, said: Text, path: str = "") -> None:
        """Hold status and sentence."""
        super().__init__(status)
        self.status = status
        self.said = said
        self.path = path


class Collect:
    """Answers the paths of the tracking API, hands all others on."""

    def __init__(self, app: App, world: World) -> None:
        """Stand in front of an application, as Starlette's middleware does."""
        self._world = world
        self._inner = app
        self._keys = KeyRing(world)
        self._commits = GroupCommit(world)
        self._public = Teller(closed=world.public_events_refused)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(("/v1/", "/analytics.js/")):
            kind = _CALLS.get(path)
            if kind is not None:
                await self._answer(scope, receive, send, kind)
                return
            if path == _METRICS or path.startswith(_SETTINGS):
                await self._answer_other(scope, send, path)
                return
        await self._inner(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, kind: str) -> None:
        """Take calls in and answer."""
        method = scope["method"]
        if method != "POST":
            await _refuse_method(scope, send, method, "POST")
            return
        try:
            problems = await self._collect(scope, receive, kind)
        except _Answer as answer:
            await _say(send, answer.status, _fault(answer.said, answer.path))
        except BadBody as fault:
            await _say(send, fault.status, _fault(fault.said))
        except Busy:
            await _say(send, 503, _fault(text("collect.busy")), retry=True)
        except ConnectionError:
            return  # the client left before it had said everything
        except TimeoutError:
            await _say(send, 408, _fault(text("collect.too_slow")))
        except HuiliuError:
            await _say(send, 503, _fault(text("collect.unavailable")), retry=True)
        else:
            if problems:
                await _say(send, 200, {"success": True, "refused": problems})
            else:
                await send(_SUCCESS_START)
                await send(_SUCCESS_BODY)

    async def _collect(self, scope: Scope, receive: Receive, kind: str) -> list[dict[str, object]]:
        """Return the problems of a batch's calls when the others are on disk."""
        headers = dict(scope["headers"])
        received_at = self._world.clock.now()
        key = await self._key_of(key_in_header(headers.get(b"authorization", b"")))
        body = unpack(await read_body(receive), headers.get(b"content-encoding", b""))
        try:
            batch, problems = _parse(body, kind)
        except BadInput as fault:
            problem = fault.problems[0]
            if key is not None:
                await self._keep(key, received_at, problem, body)
            raise _Answer(400, problem.text, problem.path) from fault
        key = key or await self._key_of(batch.write_key or "")
        if key is None:
            raise _Answer(401, text("collect.wrong_key"))
        if key.scope not in _SCOPES:
            raise _Answer(403, text("collect.wrong_scope"))
        teller = self._public if key.scope == "collect" else ANYBODY
        prepared = preparer(self._world, key.brand_id).prepare(batch, received_at, teller=teller)
        refused: Sequence[Any] = ()  # of RefusedEvent
        if prepared.problems:
            prepared.problems = [(n, problems.get(n, p)) for n, p in prepared.problems]
            raws = raw_calls(body) if kind == "" else [body]
            refused = refused_events(self._world.secrets, prepared, key.key_id, received_at, raws)
        if prepared.events or refused:
            await self._commits.submit(Work(prepared, refused))
        if prepared.problems and kind != "":
            problem = prepared.problems[0][1]
            status = 413 if problem.text.key == "collect.too_large" else 400
            raise _Answer(status, problem.text, problem.path)
        return [{"index": n, **_reason(p.text, p.path)} for n, p in prepared.problems]

    async def _key_of(self, shown: str) -> ApiKey | None:
        """Return the key in force, None where none was shown; a wrong one ends the request."""
        if not shown:
            return None
        key = await self._keys.find(shown)
        if key is None:
            raise _Answer(401, text("collect.wrong_key"))
        return key

    async def _keep(self, key: ApiKey, received_at: int, problem: Problem, body: bytes) -> None:
        """Keep a body that is no JSON, with the reason."""
        prepared = Prepared(key.brand_id, problems=[(0, problem)])
        refused = refused_events(self._world.secrets, prepared, key.key_id, received_at, [body])
        await self._commits.submit(Work(Prepared(key.brand_id), refused))

    async def _answer_other(self, scope: Scope, send: Send, path: str) -> None:
        """Answer the settings fetch of analytics.js, and its metrics with thanks."""
        method = scope["method"]
        if path == _METRICS:
            if method == "POST":
                await _say(send, 200, {"success": True})
            else:
                await _refuse_method(scope, send, method, "POST")
            return
        if method not in {"GET", "HEAD"}:
            await _refuse_method(scope, send, method, "GET")
            return
        prefix = next(prefix for prefix in _SETTINGS if path.startswith(prefix))
        shown, _, rest = path.removeprefix(prefix).partition("/")
        try:
            key = await self._keys.find(shown) if rest == "settings" else None
        except HuiliuError:
            await _say(send, 503, _fault(text("collect.unavailable")), retry=True)
            return
        if key is None or key.scope not in _SCOPES:
            await _say(send, 404, _fault(text("collect.not_found")))
        else:
            await _say(send, 200, settings_for(shown, scope))


def _parse(body: bytes, kind: str) -> tuple[Batch, Mapping[int, Problem]]:
    """Return the calls of a body; a single call is a batch of one."""
    if kind == "":
        return parse_calls(body)
    if len(body) > EVENT_BYTES:
        raise BadBody(413, text("collect.too_large", limit=EVENT_BYTES))
    call = parse_call(body)
    if isinstance(call, Problem):
        raise BadInput((call,))
    call.type = kind
    return Batch(batch=[call], write_key=call.write_key), {}


def _reason(said: Text, path: str) -> dict[str, object]:
    """Return a problem as JSON says it."""
    return {"reason": said.key.partition(".")[2], "message": str(said), "path": path}


def _fault(said: Text, path: str = "") -> dict[str, object]:
    """Return the body of an answer that is no success."""
    found = {"success": False, **_reason(said, path)}
    if not path:
        del found["path"]
    return found


async def _refuse_method(scope: Scope, send: Send, method: str, wanted: str) -> None:
    """Answer a preflight, or say which method is meant."""
    if method != "OPTIONS":
        said = _fault(text("collect.wrong_method", method=wanted))
        await _say(send, 405, said, extra=[(b"allow", f"{wanted}, OPTIONS".encode())])
        return
    asked = dict(scope["headers"]).get(b"access-control-request-headers", b"content-type")
    headers = [
        _ANYONE,
        (b"access-control-allow-methods", f"{wanted}, OPTIONS".encode()),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", b"86400"),
        (b"vary", b"access-control-request-headers"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _say(
    send: Send,
    status: int,
    said: Mapping[str, object],
    *,
    retry: bool = False,
    extra: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Send one JSON answer."""
    body = msgspec.json.encode(said)
    headers = [_JSON, _ANYONE, (b"content-length", b"%d" % len(body)), *extra]
    if retry:
        headers.append((b"retry-after", b"%d" % _RETRY_AFTER_S))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
