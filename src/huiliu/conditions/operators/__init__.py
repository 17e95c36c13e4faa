"""The operators of a condition's tree: one file each, and this table."""

from huiliu.conditions.operators.all_ import ALL
from huiliu.conditions.operators.any_ import ANY
from huiliu.conditions.operators.bucket import BUCKET
from huiliu.conditions.operators.consent import CONSENT
from huiliu.conditions.operators.device import DEVICE
from huiliu.conditions.operators.did import DID
from huiliu.conditions.operators.did_not import DID_NOT
from huiliu.conditions.operators.first_channel import FIRST_CHANNEL
from huiliu.conditions.operators.in_segment import IN_SEGMENT
from huiliu.conditions.operators.journey import JOURNEY
from huiliu.conditions.operators.last_channel import LAST_CHANNEL
from huiliu.conditions.operators.list_ import LIST
from huiliu.conditions.operators.message import MESSAGE
from huiliu.conditions.operators.not_ import NOT
from huiliu.conditions.operators.operator import Operator
from huiliu.conditions.operators.reachable import REACHABLE
from huiliu.conditions.operators.sequence import SEQUENCE
from huiliu.conditions.operators.tag import TAG
from huiliu.conditions.operators.then_not import THEN_NOT
from huiliu.conditions.operators.top import TOP
from huiliu.conditions.operators.trait import TRAIT
from huiliu.kernel.registry import Registry

__all__ = ["OPERATORS", "Operator"]

#: The key by which a mapping is known as this operator is the operator's name.
OPERATORS: Registry[Operator] = Registry((
    ALL, ANY, NOT, TRAIT, DID, DID_NOT, SEQUENCE, THEN_NOT, MESSAGE, CONSENT, LIST, IN_SEGMENT,
    BUCKET, REACHABLE, FIRST_CHANNEL, LAST_CHANNEL, DEVICE, TAG, TOP, JOURNEY,
))  # fmt: skip
