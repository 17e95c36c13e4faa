"""Which carrier gave a number of mainland China out. Who took theirs along cannot be told."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

__all__ = ["CARRIERS", "carrier_of"]

#: China Mobile, China Unicom, China Telecom, China Broadnet.
CARRIERS: Final = ("cmcc", "cucc", "ctcc", "cbn")

#: The first three digits of the numbers of each.
_GIVEN_OUT: Final = {
    "cmcc": "134 135 136 137 138 139 147 148 150 151 152 157 158 159 165 172 178 182 183 184 187"
    " 188 195 197 198",
    "cucc": "130 131 132 145 146 155 156 166 167 171 175 176 185 186 196",
    "ctcc": "133 149 153 173 174 177 180 181 189 190 191 193 199",
    "cbn": "192",
}
_PREFIXES: Final = MappingProxyType(
    {prefix: carrier for carrier, some in _GIVEN_OUT.items() for prefix in some.split()}
)
#: 170 is shared; its fourth digit tells.
_SHARED: Final = MappingProxyType(
    {
        **dict.fromkeys("0123", "ctcc"),
        **dict.fromkeys("456", "cmcc"),
        **dict.fromkeys("789", "cucc"),
    }
)


def carrier_of(number: str) -> str:
    """Return the carrier of a number such as +8613800138000; "" = it cannot be told."""
    digits = number.removeprefix("+86")
    if digits == number or len(digits) != 11:
        return ""
    if digits.startswith("170"):
        return _SHARED.get(digits[3], "")
    return _PREFIXES.get(digits[:3], "")
