"""One predicate language: a tree with two readers, Python and Ibis, that always agree."""

from huiliu.conditions.compile import compile_condition, first_expiries
from huiliu.conditions.filters import Filters, parse_filters
from huiliu.conditions.node import Condition, Mentions, Passing
from huiliu.conditions.parse import everyone, parse
from huiliu.conditions.population import Cell, Tables
from huiliu.conditions.reading import NOWHERE, Resolver, Sealing, Surroundings

__all__ = [
    "NOWHERE",
    "Cell",
    "Condition",
    "Filters",
    "Mentions",
    "Passing",
    "Resolver",
    "Sealing",
    "Surroundings",
    "Tables",
    "compile_condition",
    "everyone",
    "first_expiries",
    "parse",
    "parse_filters",
]
