"""Random journey documents of every node and entry, as trees."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from huiliu.conditions import Surroundings
from huiliu.journeys import Journey, parse
from huiliu.kernel.documents import dump

AROUND = Surroundings(zone="Asia/Shanghai")

_EVENTS = st.sampled_from(["A", "B", "C"])
_DURATIONS = st.sampled_from(["1h", "5h", "1d", "30h"])
_ZONES = st.sampled_from(["brand", "person", "Europe/Berlin"])
_CLOCKS = st.sampled_from(["00:00", "09:30", "21:00"])
_WEEKDAYS = st.lists(st.sampled_from(["mon", "wed", "sun"]), min_size=1, max_size=2, unique=True)
_SCALARS = st.sampled_from(["x", "", 0, 1, 2.5, True, None, "null", "10:00", "a: b"])
_PLACES = st.one_of(
    st.sampled_from([{"entry": "k"}, {"trait": "t.u"}, {"tag": "g"}, {"carried": "hook.body.c"}]),
)
_GIVEN = st.one_of(_SCALARS, _PLACES, st.just({"now": True}), st.just([1, "two", None]))
_GIVENS = st.dictionaries(st.sampled_from(["p", "q", "r s"]), _GIVEN, min_size=1, max_size=3)
_CONDITIONS = st.sampled_from([
    {"did": "A", "at_least": 2, "within": "1d"}, {"trait": "t", "is": "x"},
    {"any": [{"did": "B"}, {"trait": "t", "set": True}]},
])  # fmt: skip
_FILTERS = st.sampled_from([[{"property": "k", "is": "x"}], [{"property": "n", "above": 3}]])


def _with(draw: st.DrawFn, tree: dict[str, Any], **more: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Return the tree with some of the optional fields."""
    for name, found in more.items():
        if draw(st.booleans()):
            tree[name.rstrip("_")] = draw(found)
    return tree


@st.composite
def nodes(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Return one node whose ways lead forward, and some of them anywhere."""
    kind = draw(st.sampled_from(sorted(MAKERS)))
    return {"type": kind, **MAKERS[kind](draw, forward, anywhere)}


def _wait(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `wait`."""
    which = draw(st.sampled_from(["for", "days", "until", "next", "window"]))
    if which == "days":
        return _with(draw, {"days": draw(_PLACES), "next": forward}, else_=st.just(anywhere))
    if which == "for":
        return {"for": draw(_DURATIONS), "next": forward}
    if which == "window":
        window = {"from": "09:00", "to": draw(st.sampled_from(["21:00", "02:00"]))}
        _with(draw, window, on=_WEEKDAYS, zone=_ZONES, workdays=st.just("CN"))
        return {"window": window, "next": forward}
    if which == "next":
        until = _with(draw, {"at": draw(_CLOCKS)}, on=_WEEKDAYS, zone=_ZONES)
        return {"until": until, "next": forward}
    until = dict(draw(_PLACES))
    _with(draw, until, offset=st.sampled_from(["-1d", "2d"]), at=_CLOCKS, zone=_ZONES, on=_WEEKDAYS)
    _with(draw, until, yearly=st.just(True))
    return _with(draw, {"until": until, "next": forward}, else_=st.just(anywhere))


def _wait_for(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `wait_for`."""
    ways: list[dict[str, Any]] = []
    for to in draw(st.sampled_from([[forward], [anywhere, forward]])):
        if draw(st.booleans()):
            ways.append(_with(
                draw, {"event": draw(_EVENTS), "next": to}, where=_FILTERS, any_key=st.just(True)
            ))  # fmt: skip
        else:
            which = draw(st.sampled_from(["entered", "exited"]))
            ways.append({"segment": {which: "vip"}, "next": to})
    tree: dict[str, Any] = {"ways": ways, "timeout": draw(_DURATIONS), "else": forward}
    return _with(draw, tree, since=st.just("entry"))


def _branch(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `branch`."""
    way = _with(draw, {"next": anywhere}, where=_FILTERS, carried=_FILTERS)
    way["when"] = draw(_CONDITIONS)
    _with(draw, way, same_key=st.just(True))
    return {"ways": [way], "else": forward}


def _switch(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `switch`."""
    values = st.one_of(_SCALARS, st.lists(_SCALARS, min_size=2, max_size=3))
    ways = [{"is": draw(values), "next": anywhere}, {"is": draw(values), "next": forward}]
    return {"on": draw(_PLACES), "ways": ways, "else": forward}


def _split(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `split`."""
    weights = draw(st.lists(st.integers(1, 100), min_size=2, max_size=3))
    return {"ways": [
        {"weight": weight, "next": anywhere if nth else forward}
        for nth, weight in enumerate(weights)
    ]}  # fmt: skip


def _experiment(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `experiment`."""
    tree: dict[str, Any] = {
        "experiment": "e", "ways": [
            {"variant": "a", "weight": draw(st.integers(1, 9)), "next": forward},
            {"variant": "b", "weight": 1, "next": anywhere},
        ],
    }  # fmt: skip
    if draw(st.booleans()):
        tree |= {"traffic": draw(st.sampled_from(["10%", "33.3333%"])), "else": forward}
    return tree


def _send(draw: st.DrawFn, forward: str, _anywhere: str) -> dict[str, Any]:
    """Draw the fields of `send`."""
    tree: dict[str, Any] = {"template": "t", "next": forward}
    if draw(st.booleans()):
        tree = {"next": forward, "variants": [
            {"variant": name, "template": name, "weight": draw(st.integers(1, 9))} for name in "ab"
        ]}  # fmt: skip
    return _manner(draw, tree)


def _manner(draw: st.DrawFn, tree: dict[str, Any]) -> dict[str, Any]:
    """Draw what a send may say besides its template."""
    cancel = st.lists(st.fixed_dictionaries({"event": _EVENTS}), max_size=2)
    classes = st.sampled_from(["marketing", "service"])
    return _with(draw, tree, class_=classes, expires=_DURATIONS, cancel_when=cancel)


def _best_channel(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `best_channel`."""
    channels = [{"channel": "email", "template": "t"}, {"channel": "sms", "template": "s"}]
    channels[draw(st.integers(0, 1))]["cost"] = draw(st.sampled_from([0.05, 1]))  # type: ignore[assignment]
    tree: dict[str, Any] = {"channels": channels, "next": forward}
    unless = st.sampled_from(["delivered", "opened", "clicked", "replied"])
    fallback = st.fixed_dictionaries({"unless": unless, "within": _DURATIONS})
    preferred = st.sampled_from([{"trait": "c"}, {"tag": "favourite-channel"}])
    _with(draw, tree, fallback=fallback, preferred=preferred, else_=st.just(anywhere))
    return _manner(draw, tree)


def _task(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `task`."""
    tree: dict[str, Any] = _with(draw, {"title": "T"}, assignee=st.just("care"), due=_DURATIONS)
    if draw(st.booleans()):
        return tree | {"next": forward}
    ends = [{"outcome": "a", "next": forward}, {"outcome": "b", "next": anywhere}]
    return tree | {"outcomes": ends, "timeout": draw(_DURATIONS), "else": forward}


def _webhook(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `webhook`."""
    tree: dict[str, Any] = {"url": "https://api.example.com/x", "next": forward}
    if draw(st.booleans()):
        tree |= {"method": "GET"}
    else:
        _with(draw, tree, body=_GIVENS)
    ways = st.sampled_from([forward, anywhere])
    timeouts = st.sampled_from(["5s", "1m"])
    _with(draw, tree, query=_GIVENS, timeout=timeouts, as_=st.just("hook"))
    return _with(draw, tree, failed=ways, timed_out=ways)


def _call(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `call_journey`."""
    tree: dict[str, Any] = _with(draw, {"journey": "k", "next": forward}, properties=_GIVENS)
    if draw(st.booleans()):
        tree |= {"wait": True}
        if draw(st.booleans()):
            tree |= {"timeout": draw(_DURATIONS), "else": anywhere}
    return tree


def _quota(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `quota`."""
    what: dict[str, Any] = {"limit": draw(st.integers(1, 9))}
    if draw(st.booleans()):
        what = {
            "budget": draw(st.sampled_from([1, 0.5])),
            "cost": draw(st.sampled_from([0.045, 1])),
        }
    tree = what | {"per": draw(st.sampled_from(["day", "total"])), "next": forward}
    if tree["per"] == "total" or draw(st.booleans()):
        tree["else"] = anywhere
    return _with(draw, tree, zone=st.sampled_from(["brand", "Asia/Tokyo"]))


def _traits(draw: st.DrawFn, forward: str, _anywhere: str) -> dict[str, Any]:
    """Draw the fields of `set_traits`."""
    return {"traits": draw(_GIVENS), "next": forward}


def _tag(draw: st.DrawFn, forward: str, _anywhere: str) -> dict[str, Any]:
    """Draw the fields of `set_tag`."""
    return {"tag": "g", "value": draw(_GIVEN), "next": forward}


def _list(_draw: st.DrawFn, forward: str, _anywhere: str) -> dict[str, Any]:
    """Draw the fields of `add_to_list` or `remove_from_list`."""
    return {"list": "vip", "next": forward}


def _emit(draw: st.DrawFn, forward: str, _anywhere: str) -> dict[str, Any]:
    """Draw the fields of `emit`."""
    return _with(draw, {"event": "Told", "next": forward}, properties=_GIVENS)


def _goto(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `goto`."""
    return {"to": anywhere, "most": draw(st.integers(1, 4)), "next": forward}


def _audience(draw: st.DrawFn, forward: str, _anywhere: str) -> dict[str, Any]:
    """Draw the fields of `ad_audience`."""
    return _with(draw, {"audience": "vip", "next": forward}, action=st.just("remove"))


def _content(draw: st.DrawFn, forward: str, _anywhere: str) -> dict[str, Any]:
    """Draw the fields of `content_task`."""
    tree = {"title": "Post it", "platform": "xiaohongshu", "next": forward}
    return _with(draw, tree, every=st.sampled_from(["month", "week", "day"]), due=st.just("2d"))


def _coupon(draw: st.DrawFn, forward: str, anywhere: str) -> dict[str, Any]:
    """Draw the fields of `issue_coupon`."""
    ways = st.sampled_from([forward, anywhere])
    return _with(draw, {"coupon": "welcome", "next": forward}, as_=st.just("gift"), else_=ways)


#: Type of a node -> what makes one at random.
MAKERS = {
    "wait": _wait, "wait_for": _wait_for, "branch": _branch, "switch": _switch, "split": _split,
    "experiment": _experiment, "send": _send, "best_channel": _best_channel, "task": _task,
    "webhook": _webhook, "call_journey": _call, "quota": _quota, "set_traits": _traits,
    "set_tag": _tag, "add_to_list": _list, "remove_from_list": _list, "emit": _emit, "goto": _goto,
    "ad_audience": _audience, "content_task": _content, "issue_coupon": _coupon,
}  # fmt: skip

_AMONG = st.sampled_from([
    "everyone", {"segment": "vip"}, {"list": "vip"}, {"condition": {"trait": "t", "is": "x"}},
])  # fmt: skip


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """Return an entry of any kind."""
    again = st.sampled_from(["never", "after_end", "2d"])
    kind = draw(st.sampled_from(["event", "segment", "list", "api", "place", "schedule"]))
    if kind == "event":
        return _with(draw, {"event": "A"}, where=_FILTERS, key=st.just("k"), again=again)
    if kind == "api":
        return _with(draw, {"api": True}, where=_FILTERS, key=st.just("k"), again=again)
    if kind == "segment":
        way = draw(st.sampled_from(["entered", "exited"]))
        return _with(draw, {"segment": {way: "vip"}}, again=again)
    if kind in {"list", "place"}:
        way = draw(st.sampled_from(["entered", "left"]))
        return _with(draw, {kind: {way: "vip"}}, again=again)
    at, offset = {"at": draw(_CLOCKS)}, _with(draw, {}, offset=st.sampled_from(["-3d", "1d"]))
    tree: dict[str, Any] = draw(st.sampled_from([
        {"once": "2026-12-01T10:00"},
        {"every": "day"} | at,
        {"every": "week", "on": ["mon", "sun"]} | at,
        {"every": "month", "on": [1, -1]} | at,
        {"every": "FREQ=MONTHLY;BYDAY=-1FR", "from": "2026-01-01", "until": "2027-12-31"} | at,
        {"anniversary": {"trait": "birth_month_day"} | at | offset},
        {"anniversary": {"trait": "b", "leap_day": "after"} | at},
        {"festival": {"name": "mid_autumn"} | at | offset},
        {"holiday": {"country": "CN", "name": "any"} | at | offset},
    ]))  # fmt: skip
    tree = tree | {"among": draw(_AMONG)}
    return _with(draw, tree, zone=_ZONES, throttle=st.just("5000/h"))


@st.composite
def documents(draw: st.DrawFn, most: int = 6) -> Journey:
    """Return a journey that parses, with loops and every kind of node at random."""
    n_nodes = draw(st.integers(1, most))
    names = [f"n{nth}" for nth in range(n_nodes)] + ["end"]
    # Forward ways make every node reachable and every loop leave-able; others go anywhere.
    written = {
        names[nth]: draw(nodes(names[nth + 1], draw(st.sampled_from(names))))
        for nth in range(n_nodes)
    }
    tree: dict[str, Any] = {
        "huiliu": 1, "kind": "journey", "slug": "j", "name": {"en": "J"}, "entry": draw(entries()),
        "nodes": written | {"end": {"type": "exit"}},
    }  # fmt: skip
    _with(
        draw, tree, holdout=st.sampled_from(["10%", "0.5%"]), priority=st.integers(1, 100),
        category=st.just("care"), max_event_age=_DURATIONS,
        exit_when=st.lists(st.one_of(
            st.fixed_dictionaries({"event": _EVENTS}),
            st.fixed_dictionaries({"condition": _CONDITIONS}),
        ), min_size=1, max_size=2),
        goal=st.fixed_dictionaries({"event": _EVENTS, "within": _DURATIONS}),
    )  # fmt: skip
    journey, problems = parse(dump(tree), AROUND)
    # A loop at random may let no time pass: that is refused, and no other fault is made here.
    assert journey is not None or {found.text.key for found in problems} == {"journeys.loop"}
    return journey if journey is not None else draw(documents(most))
