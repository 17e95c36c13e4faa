"""What use cases ask of the world: a file a noun, and `World`, which holds them all.

Ports are plural (`append(batch)`, `send(messages)`), synchronous, and speak core values only.
A transaction is the unit of work: everything done on one `Tx` is committed together or not at all.
"""

from huiliu.ports.accounts import AccountStore, ApiKey, Session, User
from huiliu.ports.channel import (
    Answer,
    AnswerState,
    ChannelAccount,
    ChannelStore,
    OutboundMessage,
    Provider,
    Receipt,
)
from huiliu.ports.clock import Clock
from huiliu.ports.console import Action, ConsoleStore, MessageFilter, NodeCount, PersonAt
from huiliu.ports.documents import Document, DocumentStore
from huiliu.ports.feed import FeedStore
from huiliu.ports.health import Beat, Health, HealthStore
from huiliu.ports.log import LogStore, RefusedEvent
from huiliu.ports.messages import (
    Attempt,
    AttemptResult,
    MessageRow,
    MessageStore,
    Parts,
    QueuedMessage,
    ReceiptRow,
)
from huiliu.ports.outbound import CLOSED, HttpAnswer, HttpCall, Outbound, Reach
from huiliu.ports.people import (
    ConsentRow,
    PeopleStore,
    ProfileRow,
)
from huiliu.ports.plan import PlanEntry, PlanStore
from huiliu.ports.runs import RunRow, RunStore, StepRow, TokenRow
from huiliu.ports.segments import SegmentStore
from huiliu.ports.sources import ImportStore, Record, Reject, Source
from huiliu.ports.store import Store, Tx
from huiliu.ports.vault import Secrets, VaultStore
from huiliu.ports.warehouse import Warehouse
from huiliu.ports.world import World

__all__ = [
    "CLOSED",
    "AccountStore",
    "Action",
    "Answer",
    "AnswerState",
    "ApiKey",
    "Attempt",
    "AttemptResult",
    "Beat",
    "ChannelAccount",
    "ChannelStore",
    "Clock",
    "ConsentRow",
    "ConsoleStore",
    "Document",
    "DocumentStore",
    "FeedStore",
    "Health",
    "HealthStore",
    "HttpAnswer",
    "HttpCall",
    "ImportStore",
    "LogStore",
    "MessageFilter",
    "MessageRow",
    "MessageStore",
    "NodeCount",
    "Outbound",
    "OutboundMessage",
    "Parts",
    "PeopleStore",
    "PersonAt",
    "PlanEntry",
    "PlanStore",
    "ProfileRow",
    "Provider",
    "QueuedMessage",
    "Reach",
    "Receipt",
    "ReceiptRow",
    "Record",
    "RefusedEvent",
    "Reject",
    "RunRow",
    "RunStore",
    "Secrets",
    "SegmentStore",
    "Session",
    "Source",
    "StepRow",
    "Store",
    "TokenRow",
    "Tx",
    "User",
    "VaultStore",
    "Warehouse",
    "World",
]
