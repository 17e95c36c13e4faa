"""`python -m huiliu` is the command line."""

from __future__ import annotations

from huiliu.cli import main

if __name__ == "__main__":
    main()
