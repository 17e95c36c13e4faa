"""The nodes that a journey is made of: a node a file, a line each in the table."""

from huiliu.journeys.nodes import (
    best_channel,
    branch,
    call_journey,
    content_task,
    emit,
    exit,  # noqa: A004 - the node's own word
    experiment,
    goto,
    listing,
    quota,
    send,
    set_tag,
    set_traits,
    split,
    switch,
    task,
    wait,
    wait_for,
    webhook,
)
from huiliu.journeys.nodes.base import (
    Call,
    Effect,
    Emit,
    End,
    Go,
    Name,
    Node,
    NodeType,
    Open,
    Outcome,
    Passage,
    Plan,
    Queue,
    Quiet,
    Quota,
    Rest,
    SetTraits,
    Way,
)
from huiliu.kernel.registry import Registry

__all__ = [
    "NODES",
    "Call",
    "Effect",
    "Emit",
    "End",
    "Go",
    "Name",
    "Node",
    "NodeType",
    "Open",
    "Outcome",
    "Passage",
    "Plan",
    "Queue",
    "Quiet",
    "Quota",
    "Rest",
    "SetTraits",
    "Way",
]

NODES: Registry[NodeType] = Registry((
    wait.TYPE, wait_for.TYPE,
    branch.TYPE, switch.TYPE, split.TYPE, experiment.TYPE,
    send.TYPE, best_channel.TYPE, task.TYPE, content_task.TYPE,
    set_traits.TYPE, set_tag.TYPE, listing.ADD, listing.REMOVE, webhook.TYPE, emit.TYPE,
    call_journey.TYPE, goto.TYPE, quota.TYPE, exit.TYPE,
))  # fmt: skip
