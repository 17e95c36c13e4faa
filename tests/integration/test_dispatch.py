"""A queued message is judged under the person's lock, sent once, and its end is an event."""

from __future__ import annotations

from tests.integration.outbox import (
    HELLO,
    Recorder,
    internal_events,
    message,
    put_template,
    queue,
    someone,
    with_channels,
)
from tests.integration.people import project_all

from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch


def test_a_message_reaches_the_channel_with_the_persons_own_words(world: World):
    """Address and name come out of the vault, the locale is the person's, the end is an event."""
    email = Recorder()
    world = with_channels(world, email)
    put_template(world, HELLO)
    ada = someone(world, "Ada", locale="en-GB", email="ada@shop.example")
    sent = queue(world, ada)

    assert dispatch(world) == 1

    (outbound,) = email.sent
    assert outbound.address == "ada@shop.example"
    assert outbound.parts["subject"] == "Hello Ada"
    assert outbound.unsubscribe_url.startswith("https://huiliu.example/u/")
    row = message(world, sent)
    assert (row.status, row.reason, row.fence) == ("sent", "", 1)
    name, properties = internal_events(world)[-1]
    assert name == "Message Sent"
    assert properties["message_id"] == sent.hex()
    assert "ada" not in str(properties).lower().replace(sent.hex(), "")
    project_all(world)
    assert dispatch(world) == 0
