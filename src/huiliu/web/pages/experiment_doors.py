"""The doors of experiments."""

from __future__ import annotations

from typing import Final

from huiliu.web.doors import Door
from huiliu.web.pages import experiments

__all__ = ["EXPERIMENT_DOORS"]

EXPERIMENT_DOORS: Final = (
    Door("/experiments", experiments.show_list, "experiments.read"),
    Door("/experiments/new", experiments.show_new, "experiments.write"),
    Door("/experiments/check", experiments.check, "experiments.write", ("POST",)),
    Door("/experiments/apply", experiments.apply, "experiments.write", ("POST",)),
    Door("/experiments/{experiment}", experiments.show, "experiments.read"),
    Door("/experiments/{experiment}/edit", experiments.show_editor, "experiments.write"),
    Door("/experiments/{experiment}/act/{act}", experiments.act, "experiments.write", ("POST",)),
    Door("/experiments/{experiment}/remove", experiments.remove, "experiments.write", ("POST",)),
)
