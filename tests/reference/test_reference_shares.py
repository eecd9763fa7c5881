"""Korn & Graubard's intervals against R: survey 4.1-1, for which 01 and 20 hold no number.

des <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = d)    # emp_493.csv, 9 = NA
d$low <- as.numeric(d$pa1 == 1); d$few <- as.numeric(d$en1 == 1)
svyciprop(~low, subset(des, !is.na(low) & sector == "care"), method = "beta")
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.shares import describe_shares

# share, lower, upper
NUMBERS = {
    ("pr1", ""): (0.4253407311523798, 0.36929385363404954, 0.48284629055068695),
    ("pr1", "industry"): (0.39910235209992506, 0.27451127787666268, 0.53405375786963516),
    ("low", ""): (0.088106149138336073, 0.058054770271899259, 0.12693889630371247),
    ("low", "care"): (0.072124284682374529, 0.014465289480863347, 0.20008541520714807),
    ("low", "industry"): (0.081313933822825105, 0.023520163938402481, 0.19175835917297435),
    ("low", "logistics"): (0.21184756994254564, 0.082038215114828936, 0.405322562558183),
    ("low", "services"): (0.1102167310522803, 0.047334150767064875, 0.20927837550378625),
    ("few", ""): (0.098262198513141746, 0.066767944861650691, 0.1381181134743128),
    ("few", "care"): (0.057549690841230461, 0.0068249671928472767, 0.19479480950457484),
    ("few", "public"): (0.055401734154786997, 0.0075956775720547676, 0.17936936185794972),
    ("few", "trade"): (0.063451086889670161, 0.020315162515228358, 0.1440282767652532),
}
# here the effective n is above n: R goes on with it, ours stops at n
BEYOND_N = {
    ("low", "public"): (0.015654912742014339, 0.14651499001810064),
    ("low", "trade"): (0.0088679469363363676, 0.088588217483207443),
    ("few", "logistics"): (0.010975213728126513, 0.11253886861100526),
}


@pytest.fixture(scope="module")
def employers(reference):
    frame = reference.employers()
    for name, item in (("low", "pa1"), ("few", "en1")):
        frame[name] = np.where(frame[item].isna(), np.nan, frame[item] == 1)
    return frame


@pytest.fixture(scope="module")
def design(employers):
    return SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())


def shares(employers, design, cell, **options):
    name, sector = cell
    inside = np.ones(len(employers), bool) if not sector else (employers["sector"] == sector).to_numpy()
    return describe_shares(employers[name], inside, design, **options)


@pytest.mark.parametrize("cell", NUMBERS)
def test_intervals_of_korn_and_graubard(employers, design, cell):
    found = shares(employers, design, cell, few_cases=np.inf)
    assert found.interval[0, 0] == "korn_graubard"
    assert_allclose([found.estimate[0, 0], found.ci_low[0, 0], found.ci_high[0, 0]], NUMBERS[cell], rtol=1e-8)


@pytest.mark.parametrize("cell", BEYOND_N)
def test_an_effective_n_beyond_n_counts_as_n_and_makes_the_interval_wider_than_that_of_r(
    employers, design, cell
):
    found, (low, high) = shares(employers, design, cell), BEYOND_N[cell]
    assert found.interval[0, 0] == "korn_graubard"
    assert found.ci_low[0, 0] < low
    assert found.ci_high[0, 0] > high


@pytest.mark.parametrize(
    ("cell", "method"),
    [(("pr1", ""), "logit"), (("low", ""), "logit"), (("low", "care"), "korn_graubard")],
)
def test_which_interval_a_share_gets(employers, design, cell, method):
    assert shares(employers, design, cell).interval[0, 0] == method
