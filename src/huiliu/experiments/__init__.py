"""Experiments: who sees what, and what can be said of it at which moment."""
