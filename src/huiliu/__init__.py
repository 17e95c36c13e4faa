"""Huiliu 汇流: marketing automation for mobile commerce that never sends twice."""

__version__ = "2026.11.0"
