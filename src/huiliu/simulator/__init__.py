"""The virtual brand: people with hidden behaviour who visit, order, wait, and answer messages."""

from huiliu.simulator.brand import VirtualBrand
from huiliu.simulator.happenings import Click, Happened, Heard, OneClick, Reply
from huiliu.simulator.model import MODEL, Model

__all__ = ["MODEL", "Click", "Happened", "Heard", "Model", "OneClick", "Reply", "VirtualBrand"]
