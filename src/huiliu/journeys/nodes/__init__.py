"""The nodes that a journey is made of: a node a file, a line each in the table."""

from huiliu.journeys.nodes import branch, exit, send, wait  # noqa: A004 - the node's own word
from huiliu.journeys.nodes.base import (
    Call,
    Effect,
    Emit,
    End,
    Go,
    Node,
    NodeType,
    Open,
    Outcome,
    Passage,
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
    "Node",
    "NodeType",
    "Open",
    "Outcome",
    "Passage",
    "Queue",
    "Quiet",
    "Quota",
    "Rest",
    "SetTraits",
    "Way",
]

NODES: Registry[NodeType] = Registry((wait.TYPE, branch.TYPE, send.TYPE, exit.TYPE))
