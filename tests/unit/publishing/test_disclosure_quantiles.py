"""Quantiles are published with enough other employers on each side, those of facts in two digits."""

import numpy as np
import pandas as pd
import pytest

from inspraak.publishing.disclosure import NAMED, Controlled
from inspraak.publishing.disclosure_quantiles import control_quantiles
from inspraak.study.configuration import Disclosure

NONE = pd.DataFrame({"file": [], "cell": [], "rule": []}, dtype=object)


def controlled(*rows: dict[str, object], **limits: int) -> Controlled:
    """A quantile of 123.45 (112.34 to 134.56) with 25 others beside it and 15 beside its interval, changed per row."""
    whole = {
        "wave": "2020", "measure": "turnover", "statistic": "quantile", "category": "0.5", "group_by": "sector",
        "group": "trade", "weight": "none", "n": 60.0, "estimate": 123.45, "std_error": 5.678, "ci_low": 112.34,
        "ci_high": 134.56, "df": 58.0, "design_effect": np.nan, "difference_from_rest": np.nan, "p_value": np.nan,
        "cohens_d": np.nan, "fmi": np.nan, "flag": "", "beside": 25.0, "beside_interval": 15.0,
    }  # fmt: skip
    table = Controlled(pd.DataFrame([{**whole, **row} for row in rows]), NONE)
    return control_quantiles(table, facts=["turnover"], limits=Disclosure(**limits))


def test_facts_have_two_digits_and_indices_all() -> None:
    table = controlled({}, {"measure": "A"}).table
    numbers = ["estimate", "ci_low", "ci_high", "std_error"]
    assert table[numbers].to_numpy().tolist() == [[120, 110, 130, 5.7], [123.45, 112.34, 134.56, 5.678]]


@pytest.mark.parametrize(("beside", "shown"), [(9, False), (10, True)])
def test_too_few_others_on_a_side_hide_the_quantile(beside: int, shown: bool) -> None:
    result = controlled({"beside": beside, "beside_interval": 0})
    row = result.table.iloc[0]
    assert (row["flag"] == "suppressed") != shown
    assert np.isfinite(row["estimate"]) == shown
    assert np.isfinite(row["n"]) == shown
    cell = "2020|turnover|quantile|0.5|sector|none|trade"
    assert result.suppressed.to_numpy().tolist() == [
        ["tables/descriptives.csv", f"{cell}|interval" if shown else cell, "primary"]
    ]


def test_an_interval_that_reaches_too_few_goes_alone() -> None:
    row = controlled({"beside_interval": 9}).table.iloc[0]
    assert row["estimate"] == 120
    assert row[["ci_low", "ci_high", "std_error"]].isna().all()
    assert row["flag"] == ""
    unknown = controlled({"beside_interval": 0, "ci_low": np.nan, "ci_high": np.nan, "std_error": np.nan})
    assert unknown.suppressed.empty
    half = controlled({"beside_interval": 0, "ci_low": np.nan, "std_error": np.nan})
    assert np.isnan(half.table["ci_high"].iloc[0])


def test_other_statistics_and_hidden_cells_stay_as_they_are() -> None:
    mean = {"statistic": "mean", "category": "", "beside": np.nan, "beside_interval": np.nan}
    hidden = {"flag": "suppressed", "estimate": np.nan, "beside": 2.0}
    result = controlled(mean, hidden)
    assert result.table["estimate"].iloc[0] == 123.45
    assert result.table["flag"].tolist() == ["", "suppressed"]
    assert result.suppressed.empty
    assert controlled({"beside": 4.0}, quantile_n=3).table["flag"].tolist() == [""]


def test_cells_are_named_as_those_of_the_descriptives() -> None:
    assert set(NAMED) <= set(controlled({}).table.columns)
