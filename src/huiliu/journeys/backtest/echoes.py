"""What people do with messages in a backtest: drawn from the brand's own past rates, by a seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.journeys.virtual import Echo, Posted
from huiliu.kernel.buckets import share
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.times import SECOND

__all__ = ["CHAIN", "STEPS", "Drawn", "Rate"]

#: Each is the share of those of the one before it.
CHAIN: Final = ("Message Delivered", "Message Opened", "Message Clicked")
#: Delays are remembered in steps: so many to a doubling of the seconds.
STEPS: Final = 4
_NOTHING: Final[Mapping[str, Value]] = {}


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one thing followed another on a channel, and after how long."""

    #: Of so many ...
    n: int
    #: ... so many.
    k: int
    #: (step of the delay, how many), by step.
    delays: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """Draws reactions: the same seed and message, the same reactions."""

    seed: int
    #: Channel -> what follows what: the rates of `CHAIN`, in its order.
    rates: Mapping[str, Sequence[Rate]] = field(default_factory=dict)

    def of(self, message: Posted, at: int) -> Iterable[Echo]:  # noqa: ARG002 - rates have no time
        """Return what comes of a message that was sent."""
        rates = self.rates.get(message.channel)
        if not rates:
            return ()
        unit = f"{self.seed} {show_id(message.message_id)}"
        after = 0
        found: list[Echo] = []
        for name, rate in zip(CHAIN, rates, strict=False):
            if not rate.n or share(f"reacts {name}", unit) >= rate.k / rate.n:
                break
            after += _delay(rate, share(f"delay {name}", unit))
            found.append((name, after, _NOTHING))
        return found


def _delay(rate: Rate, chance: float) -> int:
    """Return a delay as often as it was seen: the chance says which one of all."""
    wanted = chance * sum(n for _, n in rate.delays)
    passed = 0
    for step, n in rate.delays:
        if wanted < passed + n:
            inside = (wanted - passed) / n
            seconds = 2 ** ((step + inside) / STEPS) - 1
            return int(seconds * SECOND)
        passed += n
    return 0
