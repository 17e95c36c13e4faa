"""Printers: what leaves Huiliu as a file."""
