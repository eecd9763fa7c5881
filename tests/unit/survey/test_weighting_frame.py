"""How far respondents are from their population, and what is told of the spread of weights."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspraak.errors import UserError
from inspraak.survey.frame import judge_frame
from inspraak.survey.weight_bins import FEWEST, weight_bins


def margins(**response_shares: float) -> pd.DataFrame:
    """Margins of which each category is half of the population."""
    half = {"wave": "2020", "population_share": 0.5}
    rows = [
        {**half, "weight": weight, "margin": "size", "category": name, "response_share": share}
        for weight in ("establishment", "employee")
        for name, share in response_shares.items()
    ]
    empty = {**half, "weight": "establishment", "margin": "stratum", "category": "a|b", "response_share": 0.0}
    return pd.DataFrame([*rows, empty])


def test_only_establishments_are_judged_and_only_above_the_limit(caplog) -> None:
    flagged = judge_frame(margins(small=0.61, middle=0.59, large=0.39), publish="warn", largest_gap=0.10)
    assert flagged["flag"].tolist() == ["gap", "", "gap", "", "", "", "empty"]
    assert "wave 2020, margin size, category 'small': 61.0 % of the respondents and 50.0 %" in caplog.text


def test_strict_names_margin_and_category() -> None:
    with pytest.raises(UserError) as error:
        judge_frame(margins(small=0.61, large=0.39), publish="strict", largest_gap=0.10)
    assert len(error.value.problems) == 2
    assert "wave 2020: margin size, category 'large': found 39.0 % of the respondents and 50.0 %" in str(
        error.value
    )
    assert "at most 10 percentage points (frame.largest_gap in config.yaml), or publish: warn" in str(
        error.value
    )
    assert set(judge_frame(margins(small=0.55), publish="strict", largest_gap=0.1)["flag"]) == {"", "empty"}


def test_no_margins_have_no_flags() -> None:
    nothing = margins(small=0.5).iloc[:0]
    assert judge_frame(nothing, publish="strict", largest_gap=0.1)["flag"].tolist() == []


@given(
    weights=st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.1, 3.0, 40.0]), min_size=1, max_size=120).filter(any),
    scale=st.sampled_from([1.0, 7.0, 1000.0]),
)
def test_bins_hold_ten_units_and_all_of_them(weights: list[float], scale: float) -> None:
    weight = np.array(weights)
    bins = weight_bins(weight * scale)
    positive = weight[weight > 0]
    if positive.size < FEWEST:
        assert bins.empty
        return
    assert bins["n"].min() >= FEWEST
    assert bins["n"].sum() == positive.size
    assert bins["share"].sum() == pytest.approx(1)
    assert (bins["high"] > bins["low"]).all()
    assert (bins["low"].to_numpy()[1:] >= bins["high"].to_numpy()[:-1]).all()
    doublings = np.log2(bins[["low", "high"]].to_numpy()) * 4
    assert np.allclose(doublings, np.rint(doublings))


def test_bins_by_hand() -> None:
    # mean 1.5: 2/3 and 4/3 of it are 2.34 and -1.66 quarters of a doubling away
    bins = weight_bins(np.array([1.0] * 20 + [2.0] * 20))
    assert bins["n"].tolist() == [20, 20]
    assert bins["low"].tolist() == pytest.approx([2**-0.75, 2**0.25])
    # mean 211 / 23: twenty weights lie at 0.109 of it (a whole bin), three at 6.98, which must go with them
    joined = weight_bins(np.array([1.0] * 20 + [64.0] * 3))
    assert joined.to_numpy().tolist() == [[1 / 16, 8, 23, 1]]
