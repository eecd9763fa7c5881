"""Claims that slopes differ between groups: what decides, what is left out, and what cannot be tested."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.hypotheses.conftest import drawn

WIDE = 600


def planted(spread: float, *, groups: int = 5, n: int = WIDE) -> dict[str, object]:
    """Answers in which the slope of n_ideas on q1 differs between the values of `kind`, alternating."""
    columns = drawn(5, n)
    rng = np.random.default_rng(9)
    kind = rng.integers(1, groups + 1, n).astype(float)
    q1 = np.asarray(columns["q1"])
    slope = 1.0 + spread * np.where(kind % 2 == 0, 1.0, -1.0)
    ideas = np.clip(np.rint(20 + slope * 3 * (q1 - 3) + 3 * rng.normal(size=n)), 0, None)
    return columns | {"kind": kind, "n_ideas": ideas}


def of(tested, columns, by: str = "[kind]", **options):
    keys = f"x: q1, y: n_ideas, by: {by}, controls: [], smallest_effect: 0.05"
    return tested(keys, columns, kind="heterogeneity", sign=None, **options)


@pytest.fixture
def files(texts) -> dict[str, str]:
    """The scale of `kind` with six categories instead of three."""
    codes = ", ".join(f"{code}: {{nl: k{code}, en: k{code}}}" for code in range(1, 7))
    scale = f"SOORT: {{codes: {{{codes}}}, ordered: false}}"
    lines = [scale if line.startswith("SOORT:") else line for line in texts["scales.yaml"].split("\n")]
    assert scale in lines
    return {"scales.yaml": "\n".join(lines)}


def row(table: pd.DataFrame) -> pd.Series:
    (found,) = [one for _, one in table[table["decides"]].iterrows()]
    return found


def test_slopes_that_differ_have_a_spread_above_the_smallest_effect(tested, files) -> None:
    found = of(tested, planted(0.7), files=files)
    one = row(found.table)
    assert one["reason"] == ""
    assert one["term"] == "q1 by kind"
    assert one["std_ci_low"] > 0.05 == one["null_value"]
    assert one["p_value"] < 0.05
    slopes = found.tables["slopes"].set_index("group")
    assert (slopes.loc[["1.0", "3.0", "5.0"], "estimate"] < slopes["overall"].iloc[0]).all()
    assert (slopes.loc[["2.0", "4.0"], "estimate"] > slopes["overall"].iloc[0]).all()
    assert (
        np.abs(slopes["estimate"] - slopes["overall"]) < np.abs(slopes["alone"] - slopes["overall"])
    ).all()


def test_slopes_that_are_alike_do_not_decide(tested, files) -> None:
    found = of(tested, planted(0.0), files=files)
    one = row(found.table)
    assert one["p_value"] > 0.05
    assert one["std_ci_low"] == 0
    assert one["std_bound"] < one["std_ci_high"]
    differences = found.tables["heterogeneity"].iloc[0]
    assert differences["usual_low"] <= differences["slope"] <= differences["usual_high"]


def test_small_groups_are_left_out(tested, files) -> None:
    columns = planted(0.7)
    columns["kind"] = np.where(np.arange(WIDE) < 12, 6.0, columns["kind"])
    found = of(tested, columns, files=files)
    assert "6.0" not in set(found.tables["slopes"]["group"])
    assert row(found.table)["n"] == WIDE - 12
    assert found.tables["slopes"]["n"].min() >= 20


def test_the_column_with_most_groups_decides(tested, files) -> None:
    table = of(tested, planted(0.7), by="[sector, kind]", files=files).table.set_index("term")
    assert table["decides"].to_dict() == {"q1 by sector": False, "q1 by kind": True}
    assert table.loc["q1 by sector", "reason"] == "too few groups"


def test_what_does_not_vary_is_not_tested(tested, files) -> None:
    columns = planted(0.7) | {"q1": np.full(WIDE, 3.0)}
    assert row(of(tested, columns, files=files).table)["reason"] == "no variance"


def test_a_few_groups_are_too_few(tested) -> None:
    table = of(tested, drawn(3, 300)).table
    assert table["reason"].tolist() == ["too few groups"]
