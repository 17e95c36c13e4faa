"""Whatever people send, no phone, e-mail address, identity card or name gets into the log."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.governance.dictionary import Place, rule_of
from huiliu.services.calls import parse_calls
from huiliu.services.prepare import Preparer
from huiliu.stores.secrets import InstanceSecrets

PREPARER = Preparer(InstanceSecrets(bytes(32)), 1)
NOW = 1_795_320_000_000_000

PHONE = "13812345678"
EMAIL = "lin.wei@example.com"
CARD = "11010519491231002X"
NAME = "司徒伟林"

#: How the same phone is written; digits only are what must not be found.
phones = st.sampled_from(
    [PHONE, "138 1234 5678", "138-1234-5678", f"+86{PHONE}", "+86 138 1234 5678", f"tel:{PHONE}"]
)
emails = st.sampled_from([EMAIL, EMAIL.upper(), f"Lin <{EMAIL}>", f"mailto:{EMAIL}?subject=hi"])
personal = st.one_of(phones, emails, st.just(CARD), st.just(int(PHONE)))
ordinary = st.one_of(
    st.none(), st.booleans(), st.integers(0, 10**6), st.text(max_size=12),
    st.floats(-1e9, 1e9, allow_nan=False),
)  # fmt: skip
names = st.one_of(
    st.sampled_from(["ref_2", "contact info", "x", "备考", "url", "text 1", "items", "$who"]),
    # What is called a shop's number may look like a phone's: such names are excused by design.
    st.text(min_size=1, max_size=8).filter(lambda name: rule_of(Place.PROPERTIES, name) is None),
)
urls = st.one_of(phones, emails).map(lambda value: f"https://shop.example/p?a=1&who={value}#x")
leaves = st.one_of(ordinary, personal, urls)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)
objects = st.dictionaries(names, trees, max_size=5)
#: A name has no look of its own: it is told by what it is called.
named = st.dictionaries(
    st.sampled_from(["receiver_name", "first_name", "姓名", "buyerName", "nickname", "Full Name"]),
    st.just(NAME), max_size=2,
)  # fmt: skip
traits = st.tuples(objects, st.just({"name": NAME, "phone": PHONE, "email": EMAIL})).map(
    lambda both: both[0] | both[1]
)


def digits(text: str) -> str:
    """Return the text without the separators that numbers are written with."""
    return "".join(letter for letter in text if letter not in " -()+.")


def call(kind: str, properties: Any, person: Any, context: Any) -> dict[str, Any]:
    """Return a call that carries everything everywhere."""
    return {
        "type": kind, "event": "Order Paid", "userId": EMAIL, "anonymousId": PHONE,
        "previousId": PHONE, "groupId": EMAIL, "messageId": EMAIL, "name": EMAIL,
        "properties": properties, "traits": person, "context": context,
    }  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(
    kind=st.sampled_from(["track", "identify", "page", "screen", "group", "alias"]),
    properties=st.tuples(objects, named).map(lambda both: both[0] | both[1]),
    person=traits,
    page=objects,
    ascii_only=st.booleans(),
)
def test_no_personal_value_survives_in_the_log(
    kind: str, properties: Any, person: Any, page: Any, ascii_only: bool
) -> None:
    """Not in bodies, not in names, not in reasons; escaped or not."""
    context = {"page": page | {"url": f"https://x.example/?m={EMAIL}"}, "traits": person, "ip": "1"}
    calls = [call(kind, properties, person, context)]
    raw = json.dumps({"batch": calls}, ensure_ascii=ascii_only).encode()
    batch, problems = parse_calls(raw)

    prepared = PREPARER.prepare(batch, NOW)

    assert len(prepared.events) + len(prepared.problems) == 1
    said = [str(problem) for _, problem in prepared.problems] + [str(p) for p in problems.values()]
    kept = [event.name for event in prepared.events]
    # Decoded and written again without escapes, so that nothing hides.
    kept += [json.dumps(json.loads(e.body), ensure_ascii=False) for e in prepared.events]
    for text in said + kept:
        assert EMAIL not in text.lower()
        assert PHONE not in digits(text)
        assert CARD not in text
        # A group's name is no person's.
        assert NAME not in text or kind == "group"


@settings(deadline=None, max_examples=150)
@given(properties=st.dictionaries(names, ordinary, max_size=6))
def test_the_fast_way_and_the_careful_way_agree(properties: Any) -> None:
    """Properties that are kept as bytes are those that the careful way would not change."""
    raw = json.dumps({"batch": [{"type": "track", "event": "E", "userId": "u"}]}).encode()
    batch, _ = parse_calls(raw)
    fast = json.dumps({"batch": [
        {"type": "track", "event": "E", "userId": "u", "properties": properties}
    ]}).encode()  # fmt: skip
    careful = json.dumps({"batch": [
        {"type": "track", "event": "E", "userId": "u", "properties": properties, "traits": {"a": 1}}
    ]}).encode()  # fmt: skip

    one = PREPARER.prepare(parse_calls(fast)[0], NOW)
    other = PREPARER.prepare(parse_calls(careful)[0], NOW)

    assert len(batch.batch) == 1
    assert [json.loads(e.body) for e in one.events] == [json.loads(e.body) for e in other.events]
