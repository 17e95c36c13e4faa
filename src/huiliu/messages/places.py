"""Where each text of a template stands in its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from huiliu.kernel.documents import Loaded, load
from huiliu.messages.channels import FIELD
from huiliu.messages.language import Piece
from huiliu.messages.rendering import NEUTRAL, Template, renderings

__all__ = ["Place", "places"]


@dataclass(frozen=True, slots=True)
class Place:
    """One text of a template."""

    #: The segment that it is for, NEUTRAL, or "".
    variant: str
    locale: str
    #: subject, text or html.
    part: str
    #: In the document; MJML stands under its own name.
    path: str
    #: As its author wrote it.
    source: str
    piece: Piece

    def line_of(self, loaded: Loaded, written: str) -> int:
        """Return the line on which something is written, or that of the text."""
        line = loaded.line_of(self.path)
        lines = self.source.split("\n")
        if len(lines) == 1 or not line:
            return line
        first = written.strip().split("\n")[0]
        inside = next((nth for nth, one in enumerate(lines, 1) if first and first in one), 0)
        return line + inside


def places(template: Template) -> Iterator[Place]:
    """Yield every text of a template in the order of the document."""
    tree: Mapping[str, Any] = load(template.source).tree
    for variant, locale, pieces in renderings(template):
        if variant == "":
            above, within = "locales", tree
        elif variant == NEUTRAL:
            above, within = "neutral.locales", tree["neutral"]
        else:
            nth = template.segments.index(variant)
            above, within = f"variants[{nth}].locales", tree["variants"][nth]
        written = within["locales"][locale]
        for part, piece in pieces.items():
            name = "mjml" if part == "html" and "mjml" in written else part
            inside, key = written, name
            if part.startswith(FIELD) and part not in written:
                inside, key = written["fields"], part.removeprefix(FIELD)
            yield Place(
                variant, locale, part, f"{above}.{locale}.{name}", str(inside[key]), piece
            )  # fmt: skip
