"""WeCom for servers: what the console's pages do, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.wecom_store import WecomJob
from huiliu.services.scan_codes import NewCode, end_code, list_codes, make_code, show_code
from huiliu.services.wecom_jobs import ask_groups, cancel_job, list_groups, list_jobs, remind
from huiliu.web.api.calls import Call, route
from huiliu.web.api.official import code_told, optional
from huiliu.web.paging import read_number

__all__ = ["routes"]


def _codes(call: Call) -> object:
    """Return the codes by which people add employees."""
    rows = list_codes(call.world, call.brand_id, "wecom")
    return {"codes": [code_told(call, one) for one in rows]}


def _add_code(call: Call) -> object:
    """Have a code made."""
    new = NewCode(
        "wecom", call.word("account"), call.word("scene"), call.word("name"),
        optional(call, "campaign"), optional(call, "store"), optional(call, "answer"),
        tuple(_words(call, "users")),
    )  # fmt: skip
    return code_told(call, make_code(call.world, call.brand_id, new, call.by))


def _end_code(call: Call) -> object:
    """Take a code back."""
    number = read_number(call.path("code"))
    if number is None:
        raise NotFound("code", call.path("code"))
    end_code(call.world, call.brand_id, number)
    return code_told(call, show_code(call.world, call.brand_id, number))


def _jobs(call: Call) -> object:
    """Return what employees were asked to send."""
    return {"jobs": [_job(one) for one in list_jobs(call.world, call.brand_id)]}


def _remind(call: Call) -> object:
    """Remind the employees who have not sent yet."""
    return _job(remind(call.world, call.brand_id, call.path("account"), call.path("job")))


def _cancel(call: Call) -> object:
    """Take back what is not sent yet."""
    cancel_job(call.world, call.brand_id, call.path("account"), call.path("job"))
    return {"job": call.path("job"), "cancelled": True}


def _groups(call: Call) -> object:
    """Return the groups of customers."""
    found = list_groups(call.world, call.brand_id, call.path("account"))
    return {
        "groups": [
            {"id": one.chat_id, "name": one.name, "owner": one.owner, "members": one.n_members}
            for one in found
        ]
    }


def _ask(call: Call) -> object:
    """Ask the owner of groups to send a message into them."""
    made = ask_groups(
        call.world, call.brand_id, call.path("account"), owner=call.word("owner"),
        chats=_words(call, "chats"), template=call.word("template"), by=call.by,
    )  # fmt: skip
    return _job(made)


def _job(row: WecomJob) -> dict[str, object]:
    """Return a job as data."""
    return {
        "job": row.job, "account": row.account, "kind": row.kind, "template": row.title,
        "asked": row.n_asked, "sent": row.n_sent, "failed": row.n_failed,
        "waiting": row.n_waiting, "made_at": show_instant(row.made_at),
        "until": show_instant(row.until), "over": bool(row.ended_at),
        "reminders": len(row.reminded),
    }  # fmt: skip


def _words(call: Call, name: str) -> list[str]:
    """Return a list of texts of the body; raise BadInput."""
    found = call.body.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadInput((Problem(name, text("api.not_texts")),))
    return found


routes: Final = [
    route("GET", "/v1/wecom/codes", _codes),
    route("POST", "/v1/wecom/codes", _add_code),
    route("POST", "/v1/wecom/codes/{code}/end", _end_code),
    route("GET", "/v1/wecom/jobs", _jobs),
    route("POST", "/v1/wecom/jobs/{account}/{job}/remind", _remind),
    route("POST", "/v1/wecom/jobs/{account}/{job}/cancel", _cancel),
    route("GET", "/v1/wecom/groups/{account}", _groups),
    route("POST", "/v1/wecom/groups/{account}", _ask),
]
