"""Makes people with addresses, templates and queued messages, for tests of all that sends."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import count

import msgspec
from tests.integration.people import BRAND, NOW, log, project_all

from huiliu.channels.provider import BaseProvider
from huiliu.governance.normalisation import normalise
from huiliu.kernel.events import Identifier, IdentifierType, Kind, NewEvent
from huiliu.kernel.ids import digest
from huiliu.messages.policy import Rules
from huiliu.ports.channel import (
    Answer,
    AnswerState,
    ChannelAccount,
    OutboundMessage,
    Provider,
    Receipt,
)
from huiliu.ports.documents import Document
from huiliu.ports.messages import MessageRow, QueuedMessage
from huiliu.ports.world import World

_numbers = count(1)

HELLO = """\
huiliu: 1
kind: template
slug: hello
name: {en: Hello}
channel: email
class: marketing
locales:
  zh-CN:
    subject: "{{ person.name }}，您好"
    text: "订单 {{ event.order_id }} {{ unsubscribe_url }}"
  en:
    subject: "Hello {{ person.name }}"
    text: "Order {{ event.order_id }} {{ unsubscribe_url }}"
"""
PAY = HELLO.replace("hello", "pay").replace("class: marketing", "class: service")
TEXT = """\
huiliu: 1
kind: template
slug: text
name: {en: Text}
channel: sms
class: service
locales:
  zh-CN:
    text: "{{ person.name }}，您的订单 {{ event.order_id }} 已发货"
"""


class Recorder(BaseProvider):
    """A provider that keeps what it is given and answers as it is told."""

    def __init__(self, channel: str = "email") -> None:
        self.name = self.channel = channel
        self.sent: list[OutboundMessage] = []
        self.answer = AnswerState.ACCEPTED
        self.waiting: list[Receipt] = []

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Keep the messages and answer all alike."""
        self.sent += messages
        return [
            Answer(m.message_id, self.answer, (f"p-{m.message_id.hex()}",), "recorded")
            for m in messages
        ]

    def receipts(self, account: ChannelAccount) -> Sequence[Receipt]:
        """Return what the test put there."""
        taken, self.waiting = self.waiting, []
        return taken


def with_providers(world: World, *providers: Provider, rules: Rules | None = None) -> World:
    """Return the world with these providers, each with an account named `main`."""
    with world.store.system() as tx:
        for one in providers:
            account = ChannelAccount(BRAND, one.channel, "main", {}, provider=one.name)
            tx.channels.put(account, NOW)
    return dataclasses.replace(
        world,
        providers={one.name: one for one in providers},
        policy=rules or world.policy,
    )


def put_template(world: World, source: str) -> int:
    """Store a template and return its version."""
    slug = next(line.split()[1] for line in source.splitlines() if line.startswith("slug:"))
    with world.store.system() as tx:
        document = Document(BRAND, "template", slug, 0, "live", source, NOW, "test")
        return tx.documents.put(document).version


def someone(
    world: World,
    name: str = "李雷",
    *,
    consents: Sequence[str] = ("email",),
    at: int = NOW,
    known_as: IdentifierType = IdentifierType.USER_ID,
    **traits: str,
) -> int:
    """Log and project a person whose name, e-mail and phone are in the vault; return the id."""
    number = next(_numbers)
    subject = digest("subject", number)
    given = {"name": name, "email": f"p{number}@shop.example", **traits}
    held: dict[str, str] = {}
    identifiers = [Identifier(known_as, digest("user", number))]
    rows = []
    with world.store.system() as tx:
        key = tx.vault.subject_keys(BRAND, [subject], create=True)[subject]
        for field, value in given.items():
            kind = {"email": IdentifierType.EMAIL, "phone": IdentifierType.PHONE}.get(field)
            normal = normalise(kind, value) if kind else None
            if kind is not None and normal is not None:
                token = world.secrets.identifier_key(BRAND, kind, normal)
                identifiers.append(Identifier(kind, token))
            elif field == "name" or kind is not None:
                token = world.secrets.token(BRAND, field, value)
            else:
                held[field] = value
                continue
            held[field] = f"vlt_{token.hex()}"
            rows.append((subject, token, field, world.secrets.seal_with(key, value.encode())))
        tx.vault.put(BRAND, rows)
    events = [_event(identifiers, subject, "$identify", Kind.IDENTIFY, at, {"traits": held})]
    events += [
        _event(
            identifiers[:1], None, "Consent Granted", Kind.TRACK, at,
            {"properties": {"channel": channel, "purpose": "marketing"}},
        )
        for channel in consents
    ]  # fmt: skip
    log(world, *events)
    project_all(world)
    with world.store.system() as tx:
        return tx.people.resolve(BRAND, [identifiers[0].key])[identifiers[0].key]


def same_person(world: World, *profiles: int) -> int:
    """Log and project one event with all names of the profiles, and return who is left."""
    with world.store.system() as tx:
        known = tx.people.identifiers(BRAND, profiles)
    names = sorted(one for profile in profiles for one, _ in known[profile])
    log(world, _event(names, None, "Signed In", Kind.TRACK, NOW, {}))
    project_all(world)
    with world.store.system() as tx:
        (present,) = set(tx.people.present(BRAND, profiles).values())
    return present


def did(world: World, profile_id: int, name: str, at: int = NOW, **properties: object) -> None:
    """Log an event of a person; nothing is projected yet."""
    with world.store.system() as tx:
        known = tx.people.identifiers(BRAND, [profile_id])[profile_id]
    user = [one for one, _ in known if one.type is IdentifierType.USER_ID]
    log(world, _event(user, None, name, Kind.TRACK, at, {"properties": properties}))


def _event(
    identifiers: Sequence[Identifier],
    subject: bytes | None,
    name: str,
    kind: Kind,
    at: int,
    body: Mapping[str, object],
) -> NewEvent:
    """Return an event as collecting would log it."""
    return NewEvent(
        BRAND, digest("outbox", next(_numbers)), at, at, name, kind, tuple(identifiers), subject,
        0, msgspec.json.encode(body),
    )  # fmt: skip


def queue(world: World, profile_id: int, template: str = "hello", **changed: object) -> bytes:
    """Put one message to a person into the outbox and return its id."""
    with world.store.system() as tx:
        document = tx.documents.latest(BRAND, "template", template)
        now = world.clock.now()
        fields: dict[str, object] = {
            "brand_id": BRAND,
            "message_id": digest("queued", next(_numbers)),
            "profile_id": profile_id,
            "journey": "welcome",
            "version": 1,
            "run_id": digest("run"),
            "node": "send",
            "channel": "sms" if "channel: sms" in document.source else "email",
            "template": template,
            "template_version": document.version,
            "message_class": "service" if "class: service" in document.source else "marketing",
            "queued_at": now,
            "expires_at": 0,
            "not_before": now,
            "cancel_when": b"",
            "inputs": msgspec.json.encode(
                {
                    "event": {
                        "name": "Order Created",
                        "occurred_at": now,
                        "properties": {"order_id": "o-1"},
                    },
                    "key": "o-1",
                }
            ),
            **changed,
        }
        message = QueuedMessage(**fields)  # type: ignore[arg-type] # names and kinds are the test's own
        assert tx.messages.queue([message]) == 1
    return message.message_id


def message(world: World, message_id: bytes) -> MessageRow:
    """Return how a message stands."""
    with world.store.system() as tx:
        return tx.messages.message(BRAND, message_id)


def internal_events(world: World) -> list[tuple[str, Mapping[str, object]]]:
    """Return the name and properties of Huiliu's own events, oldest first."""
    with world.store.system() as tx:
        events = tx.log.read(0, 0, 10_000)
    return [
        (event.name, msgspec.json.decode(event.body)["properties"])
        for event in events
        if event.kind is Kind.INTERNAL
    ]
