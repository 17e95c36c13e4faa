"""The event log: positions, repeats, cursors."""

from __future__ import annotations

from huiliu.kernel.events import Identifier, IdentifierType, Kind, NewEvent
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY
from huiliu.stores.postgres import PostgresStore

NOW = 1_795_320_000_000_000


def an_event(name: str = "Product Viewed", message: str = "m-1", **changes: object) -> NewEvent:
    """Return an event of the first brand."""
    values: dict[str, object] = {
        "brand_id": 1,
        "message_key": digest("message", 1, message),
        "received_at": NOW,
        "occurred_at": NOW - 1000,
        "name": name,
        "kind": Kind.TRACK,
        "identifiers": (Identifier(IdentifierType.USER_ID, digest("lin")),),
        "subject": None,
        "flags": 0,
        "body": b'{"properties":{"sku":"A1"}}',
    }
    return NewEvent(**{**values, **changes})  # type: ignore[arg-type] # a test's shorthand


def test_what_was_appended_is_read_back_in_order(store: PostgresStore) -> None:
    """Every field survives, positions start at 0 and have no gap."""
    sent = [
        an_event(message="m-1", subject=digest("s")),
        an_event("商品浏览", message="m-2", identifiers=(), flags=3),
    ]

    with store.system() as tx:
        assert tx.log.append(sent) == 2
    with store.system() as tx:
        read = tx.log.read(0, 0, 10)

    assert [event.offset for event in read] == [0, 1]
    for new, event in zip(sent, read, strict=True):
        for field in ("brand_id", "received_at", "occurred_at", "name", "kind", "identifiers",
                      "subject", "flags", "body"):  # fmt: skip
            assert getattr(event, field) == getattr(new, field)


def test_a_repeat_changes_nothing_for_a_day(store: PostgresStore) -> None:
    """A message key is known inside the batch, in later batches, and on the next day."""
    with store.system() as tx:
        assert tx.log.append([an_event(), an_event(name="Other")]) == 1
    with store.system() as tx:
        assert tx.log.append([an_event()]) == 0
    with store.system() as tx:
        assert tx.log.append([an_event(received_at=NOW + DAY), an_event(message="m-2")]) == 1
    with store.system() as tx:
        assert [event.name for event in tx.log.read(0, 0, 10)] == ["Product Viewed"] * 2
        assert tx.log.head() == 2


def test_a_consumer_finds_its_place_again(store: PostgresStore) -> None:
    """A cursor starts at 0 and stays where it was moved."""
    with store.system() as tx:
        assert tx.log.peek_cursor("projector") == 0
        assert tx.log.cursor("projector") == 0
        tx.log.move_cursor("projector", 42)
    with store.system() as tx:
        assert tx.log.cursor("projector") == 42
        assert tx.log.peek_cursor("projector") == 42
        tx.log.record_profiles(0, [(0, NOW, 1, 77), (1, NOW, 1, 78)])
        assert tx.log.read_profiles(0, 0, 0) == {0: 77}
