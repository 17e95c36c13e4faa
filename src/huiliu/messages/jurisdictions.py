"""What the law of a country asks of a yes: data with its source, read by whoever takes one down."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from huiliu.kernel.times import DAY

__all__ = ["ANYWHERE", "JURISDICTIONS", "SOFT_OPT_IN_CHANNELS", "Jurisdiction", "law_of"]


class Jurisdiction(msgspec.Struct, frozen=True):
    """How one country wants to be asked."""

    #: Channels on which a yes counts when it is confirmed from the address itself.
    double_opt_in: tuple[str, ...] = ()
    #: After a purchase, similar products may be advertised without a yes for so long; 0 = never.
    soft_opt_in: int = 0
    #: A yes counts for so long; 0 = until it is withdrawn.
    expires: int = 0
    source: str = ""


#: Only these can be written to on a soft opt-in. Source: ePrivacy directive article 13(2).
SOFT_OPT_IN_CHANNELS: Final = ("email", "sms")
ANYWHERE: Final = Jurisdiction()

_SOFT: Final = 730 * DAY
_EU: Final = Jurisdiction(soft_opt_in=_SOFT, source="ePrivacy directive 2002/58/EC article 13(2)")
_CONFIRMED: Final = Jurisdiction(
    double_opt_in=("email",),
    soft_opt_in=_SOFT,
    source="UWG section 7, BGH I ZR 164/09: proof by double opt-in",
)
_MEMBERS: Final = (
    "BE BG CY CZ DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
)

#: ISO 3166 country -> what its law asks for; a country that is not here asks for a plain yes.
JURISDICTIONS: Final[Mapping[str, Jurisdiction]] = MappingProxyType({
    **dict.fromkeys(_MEMBERS.split(), _EU),
    **dict.fromkeys(("AT", "CH", "DE"), _CONFIRMED),
    "GB": Jurisdiction(soft_opt_in=_SOFT, source="PECR 2003 regulation 22(3)"),
    "CA": Jurisdiction(soft_opt_in=_SOFT, source="CASL section 10(9)-(10): two years implied"),
})  # fmt: skip


def law_of(country: str) -> Jurisdiction:
    """Return what a country's law asks for; "" and unknown countries ask for a plain yes."""
    return JURISDICTIONS.get(country.upper(), ANYWHERE)
