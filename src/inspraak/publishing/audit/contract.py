"""What the audit knows of each published table and statistic: one entry each, so that a new one is a new line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.tables import TABLES
from inspraak.study.configuration import Disclosure


@dataclass(frozen=True)
class Rule:
    """How a table is audited.

    `keys` name a row (and a cell in disclosure.csv); `bases` are the columns with an unweighted number of employers
    that must be `minimum_n` at least, none where the table counts the process itself; `counted` the columns that say of
    how many employers the numbers of a row are, for the workbook and the report; `leaves`: a suppressed row is not in
    the table, where others stay and are empty.
    """

    keys: tuple[str, ...]
    bases: tuple[str, ...] = ("n",)
    counted: tuple[str, ...] = ("n",)
    leaves: bool = False


RULES: Mapping[str, Rule] = {
    "sample": Rule(("wave", "step", "reason"), bases=(), counted=()),
    "missing": Rule(("wave", "item"), bases=(), counted=()),
    "imputation": Rule(("wave", "item"), bases=(), counted=("n_answered", "n_imputed")),
    "weights": Rule(("wave", "weight"), bases=()),
    "margins": Rule(("wave", "weight", "margin", "category"), bases=()),
    "descriptives": Rule(("wave", "measure", "statistic", "category", "group_by", "weight", "group")),
    "trends": Rule(
        ("measure", "from_wave", "to_wave", "group_by", "weight", "group"),
        bases=("n_from", "n_to"),
        counted=("n_from", "n_to"),
    ),
    "invariance": Rule(("model", "index", "grouping", "level"), bases=("n", "smallest_n")),
    "correlations": Rule(("wave", "x", "y"), leaves=True),
    "reliability": Rule(("wave", "index"), leaves=True),
    "item_statistics": Rule(("wave", "index", "item"), leaves=True),
    "fit": Rule(("wave", "model", "structure"), leaves=True),
    "loadings": Rule(("wave", "model", "structure", "factor", "item"), leaves=True),
    "modification": Rule(("wave", "model", "kind", "first", "second"), leaves=True),
    "discriminant": Rule(("wave", "model", "x", "y"), leaves=True),
    "scorings": Rule(("wave", "index", "scoring"), leaves=True),
    "method": Rule(("wave", "model", "step"), leaves=True),
    "estimates": Rule(("hypothesis", "wave", "part", "outcome", "term")),
    "forms": Rule(("hypothesis", "wave", "part", "outcome", "form"), leaves=True),
    "checks": Rule(("hypothesis", "wave", "part", "outcome", "x", "check"), leaves=True),
    "dominance": Rule(("hypothesis", "wave", "part", "outcome", "predictor"), leaves=True),
    "heterogeneity": Rule(("hypothesis", "wave", "part", "outcome", "group_by"), leaves=True),
    "slopes": Rule(("hypothesis", "wave", "part", "outcome", "group_by", "group"), leaves=True),
    "rivals": Rule(("hypothesis", "wave", "part", "structure"), leaves=True),
    "survival": Rule(("hypothesis", "wave", "part", "claim", "claim_part", "outcome", "term"), leaves=True),
    "necessity": Rule(("hypothesis", "wave", "part", "condition", "outcome", "ceiling"), leaves=True),
    "bottlenecks": Rule(
        ("hypothesis", "wave", "part", "condition", "outcome", "ceiling", "level"), leaves=True
    ),
    "simple_slopes": Rule(("hypothesis", "wave", "part", "outcome", "level"), leaves=True),
    "regions": Rule(("hypothesis", "wave", "part", "outcome", "from", "to"), leaves=True),
    "mediation_paths": Rule(("hypothesis", "wave", "part", "outcome", "start", "end"), leaves=True),
    "sensitivity": Rule(("hypothesis", "wave", "part", "outcome", "mediator"), leaves=True),
    "surfaces": Rule(
        ("hypothesis", "wave", "part", "outcome", "expectation_level", "fulfilment_level"), leaves=True
    ),
    "classes": Rule(("hypothesis", "wave", "part", "classes"), leaves=True),
    "class_profiles": Rule(("hypothesis", "wave", "part", "class", "measure", "category"), leaves=True),
    "ranks": Rule(("hypothesis", "wave", "part", "item"), leaves=True),
    "verdicts": Rule(("hypothesis", "wave"), bases=(), counted=()),
    "disclosure": Rule(("file", "cell"), bases=(), counted=()),
}


def rule_of(table: str) -> Rule:
    """Give how a table is audited: its entry, or by its column n where it has none."""
    bases = tuple(name for name in ("n",) if name in TABLES[table].numbers)
    return RULES.get(table, Rule((), bases, bases, leaves=True))


Certain = Callable[[pd.DataFrame, Disclosure], "pd.Series[bool]"]
"""Marks the rows of a statistic that tell of one employer although there are `minimum_n`."""


def _of_mean(rows: pd.DataFrame, limits: Disclosure) -> "pd.Series[bool]":
    return (rows["std_error"] == 0) & (rows["n"] < limits.certain_n)


def _of_share(rows: pd.DataFrame, limits: Disclosure) -> "pd.Series[bool]":
    return ((rows["estimate"] < 1e-9) | (rows["estimate"] > 1 - 1e-9)) & (rows["n"] < limits.certain_n)


def _of_quantile(rows: pd.DataFrame, limits: Disclosure) -> "pd.Series[bool]":
    return rows["n"] <= limits.quantile_n


@dataclass(frozen=True)
class Statistic:
    """What is expected of a statistic of the descriptives, and which of its rows `tells` of one employer.

    `adds_up`: those of the groups make that of everyone, so that a hidden one hides all others of its cell.
    """

    expected: str
    tells: Certain
    adds_up: bool = True


STATISTICS: Mapping[str, Statistic] = {
    "mean": Statistic("answers that differ, or certain_n employers", _of_mean),
    "share": Statistic("a share between 0 and 1, or certain_n employers", _of_share),
    "quantile": Statistic("quantile_n other employers on each side", _of_quantile, adds_up=False),
}
PARTS: Mapping[str, tuple[str, ...]] = {
    "difference_from_rest": ("difference_from_rest", "p_value", "cohens_d"),
    "interval": ("ci_low", "ci_high", "std_error"),
    "answers": ("mean", "sd", "floor", "ceiling"),
}
"""Columns that go together where disclosure.csv names them behind a cell; any other name is a column of its own."""
