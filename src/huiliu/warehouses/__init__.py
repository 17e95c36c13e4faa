"""Analytical engines behind Ibis: DuckDB in this process or over a local socket."""
