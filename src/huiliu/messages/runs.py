"""What a text says in every one of its branches, with what is known filled in.

A text with an `if` says several things. Each is written out once: what only depends on what is
known (a brief's facts, what the text itself assigns) is filled in, everything else is a blank that
no word or number runs across.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from liquid import Undefined
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.case_tag import CaseNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.echo_tag import EchoNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from huiliu.messages.language import Piece

__all__ = ["BLANK", "runs", "visible"]

#: Stands for what is filled in for each person.
BLANK: Final = "\ufffc"
#: More ways through a text than anybody reads.
_MOST: Final = 200

_INVISIBLE: Final = re.compile(r"(?is)<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->")
_SAID: Final = re.compile(
    r"(?is)<[^>]*?\b(?:alt|title|aria-label)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)
_INLINE: Final = re.compile(
    r"(?is)</?(?:a|abbr|b|big|em|font|i|mark|s|small|span|strong|sub|sup|u)\b[^>]*>"
)
_MARK: Final = re.compile(r"(?s)<[^>]*>")
_ADDRESS: Final = re.compile(
    r"(?i)\b(?:https?://|www\.)[^\s<>\"'，。；）】]+|\b[\w.-]+@[\w-]+(?:\.[\w-]+)+"
)
_ZERO_WIDTH: Final = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]")


@dataclass(slots=True)
class _Walk:
    """One way through a text."""

    piece: Piece
    #: Which branch of a node is taken, by the node; the first where nothing is said.
    taken: Mapping[int, int]
    known: dict[str, object] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    def follow(self, nodes: Sequence[Node]) -> None:
        """Write what some nodes say."""
        for node in nodes:
            self._write(node)

    def _write(self, node: Node) -> None:
        """Write what one node says."""
        if isinstance(node, ContentNode):
            self.written.append(node.text)
        elif isinstance(node, OutputNode | EchoNode):
            self.written.append(self._value(node.expression))
        elif isinstance(node, AssignNode):
            found = self._evaluated(node.expression)
            self.known[str(node.name)] = found
        elif isinstance(node, CaptureNode):
            inner = _Walk(self.piece, self.taken, self.known)
            inner.follow(node.block.nodes)
            self.known[str(node.name)] = "".join(inner.written)
        elif isinstance(node, CommentNode):
            return
        elif branches := _branches(node):
            chosen = branches[self.taken.get(id(node), 0)]
            if chosen is not None:
                self.follow(chosen.nodes)
        else:
            self.follow(list(node.children(self._context(), include_partials=False)))

    def _value(self, expression: Expression) -> str:
        """Return what an output writes; a blank where it depends on who reads."""
        found = self._evaluated(expression)
        return BLANK if found is None else str(found)

    def _evaluated(self, expression: Expression) -> object | None:
        """Return what an expression is; None where it depends on who reads."""
        has_default = isinstance(expression, FilteredExpression) and any(
            one.name == "default" for one in expression.filters or ()
        )
        if not has_default and not self._is_known(expression):
            return None
        try:
            found = expression.evaluate(self._context())
        except (LiquidError, ArithmeticError, ValueError, TypeError):
            return None
        return None if found is None or isinstance(found, Undefined) or found == "" else found

    def _is_known(self, expression: Expression) -> bool:
        """Say whether everything that an expression reads is known."""
        if isinstance(expression, Path):
            head = expression.path[0]
            return isinstance(head, str) and self.known.get(head) is not None
        return all(self._is_known(one) for one in expression.children())

    def _context(self) -> Any:  # Liquid's own
        """Return what expressions are evaluated in."""
        bound = self.piece.bound
        values = {name: one for name, one in self.known.items() if one is not None}
        return bound.context_class(bound, globals=bound.make_globals(values))


def runs(piece: Piece, known: Mapping[str, object]) -> list[str]:
    """Return everything that a text says, once for each of its branches.

    Args:
        piece: a parsed text.
        known: root -> value of what is the same for everybody.
    """
    found: dict[str, None] = {}
    for taken in _ways(piece):
        walk = _Walk(piece, taken, dict(known))
        walk.follow(piece.bound.nodes)
        found["".join(walk.written)] = None
    return list(found)


def visible(run: str, *, is_markup: bool) -> str:
    """Return what a reader sees of a text: no marks, no addresses, nothing of no width."""
    shown = run
    if is_markup:
        shown = _INVISIBLE.sub("", run)
        said = "\n".join(one or other for one, other in _SAID.findall(shown))
        shown = html.unescape(_MARK.sub("\n", _INLINE.sub("", shown))) + "\n" + html.unescape(said)
    return _ADDRESS.sub(BLANK, _ZERO_WIDTH.sub("", shown))


def _ways(piece: Piece) -> Iterator[Mapping[int, int]]:
    """Yield which branches to take so that every branch is taken once."""
    yield {}
    n_ways = 0
    pending: list[tuple[Node, dict[int, int]]] = [(node, {}) for node in piece.bound.nodes]
    while pending and n_ways < _MOST:
        node, taken = pending.pop()
        branches = _branches(node)
        if not branches:
            inner = [node.block] if isinstance(node, CaptureNode) else _children(node, piece)
            pending += [(one, taken) for one in inner]
        for nth, block in enumerate(branches):
            way = {**taken, id(node): nth}
            if nth:
                n_ways += 1
                yield way
            if block is not None:
                pending += [(one, way) for one in block.nodes]


def _children(node: Node, piece: Piece) -> list[Node]:
    """Return the nodes inside a node that has no branches."""
    bound = piece.bound
    context = bound.context_class(bound, globals={})
    return list(node.children(context, include_partials=False))


def _branches(node: Node) -> list[BlockNode | None]:
    """Return what may be written in a node's place; None = nothing. Empty: it has no branches."""
    if isinstance(node, IfNode | UnlessNode):
        return [node.consequence, *(one.block for one in node.alternatives), node.default]
    if isinstance(node, CaseNode):
        return [one if isinstance(one, BlockNode) else one.block for one in node.blocks]
    if isinstance(node, ForNode):
        return [node.block, node.default]
    return []
