"""Within slopes, lagged models and decompositions of change against R's plm, lm and svyglm (31_panel_more)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.change_decomposition import decompose_by_groups, decompose_by_turnover
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.panel import panel_design
from inspraak.estimation.within_employer import lagged_slopes, within_slopes

SECTORS = ["care", "industry", "logistics", "public", "services", "trade"]


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("31_panel_more")


@pytest.fixture(scope="module")
def rows(reference):
    return pd.read_csv(reference.folder / "data" / "panel_493.csv")


@pytest.fixture(scope="module")
def members(rows):
    return rows[rows.groupby("id")["wave"].transform("size") == 2]


def unweighted(rows):
    return SurveyDesign(np.ones(len(rows)), np.zeros(len(rows), dtype=int), rows["id"].to_numpy())


def weighted(rows):
    waves = [rows[rows["wave"] == wave] for wave in (1, 2)]
    designs = [SurveyDesign(wave["w"].to_numpy(), wave["stratum"].to_numpy()) for wave in waves]
    design = panel_design(designs, [wave["id"] for wave in waves], [wave["stratum"] for wave in waves])
    return pd.concat(waves), design


def columns(rows, x, y):
    return rows[[x]].to_numpy().T, rows[y].to_numpy(), rows["id"].to_numpy(), rows["wave"].to_numpy()


@pytest.mark.parametrize(("wave_effects", "name", "terms"), [(False, "individual", 1), (True, "twoways", 2)])
def test_within_slopes(numbers, rows, members, wave_effects, name, terms):
    """plm's HC0 is clustered by unit without a factor; ours has g / (g - 1) (n - 1) / (n - terms)."""
    for frame in (members, rows):
        found = within_slopes(
            *columns(frame, "pa", "pf"), unweighted(frame), covariance="cluster", wave_effects=wave_effects
        )
        assert (found.n, found.employers) == (390, numbers["n_pairs"])
        assert_allclose(found.slope.estimate, numbers[f"plm.{name}.b"], rtol=1e-8)
        factor = 195 / 194 * 389 / (390 - terms)
        assert_allclose(found.slope.std_error, numbers[f"plm.{name}.hc0"] * np.sqrt(factor), rtol=1e-8)
    if not wave_effects:
        assert_allclose(found.slope.std_error, numbers["plm.individual.sss"], rtol=1e-8)
        assert_allclose(found.slope.estimate, numbers["plm.unbalanced.b"], rtol=1e-8)


@pytest.mark.parametrize(("x", "y"), [("pa", "pf"), ("pf", "pa")])
@pytest.mark.parametrize(("covariance", "suffix"), [("classical", ".se"), ("HC3", ".hc3")])
def test_lagged_slopes(numbers, members, x, y, covariance, suffix):
    found = lagged_slopes(*columns(members, x, y), unweighted(members), covariance=covariance)
    expected = f"lag.{y}2"
    ours = [found.slope.estimate[0], found.carry_over.estimate]
    assert_allclose(ours, [numbers[f"{expected}.{name}1"] for name in (x, y)], rtol=1e-8)
    errors = [found.slope.std_error[0], found.carry_over.std_error]
    assert_allclose(errors, [numbers[f"{expected}{suffix}.{name}1"] for name in (x, y)], rtol=1e-8)
    assert_allclose(found.standardised.estimate, numbers[f"{expected}.beta.{x}1"], rtol=1e-8)
    assert found.n == found.employers == numbers["n_pairs"]


@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
def test_lagged_slopes_under_the_design(numbers, members):
    frame, design = weighted(members)
    found = lagged_slopes(*columns(frame, "pa", "pf"), design)
    ours = [found.slope.estimate[0], found.carry_over.estimate]
    assert_allclose(ours, [numbers[f"lag.svy.{name}1"] for name in ("pa", "pf")], rtol=1e-8)
    errors = [found.slope.std_error[0], found.carry_over.std_error]
    assert_allclose(errors, [numbers[f"lag.svy.se.{name}1"] for name in ("pa", "pf")], rtol=1e-8)


@pytest.fixture(scope="module")
def changed(rows):
    """As in R, the second wave without the units of industry whose number is divisible by three."""
    frame = rows[(rows["wave"] == 1) | (rows["sector"] != "industry") | (rows["id"] % 3 != 0)]
    return weighted(frame)


@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
def test_turnover(numbers, changed):
    frame, design = changed
    later = (frame["wave"] == 2).to_numpy()
    found = decompose_by_turnover(frame["pa"].to_numpy(), later, frame["id"].to_numpy(), design)
    expected = [numbers[f"change.{part}"] for part in ("total", "panel", "entry", "exit")]
    assert_allclose(found.parts.estimate, expected, rtol=1e-8)
    assert_allclose([found.entered, found.left], [numbers["change.f2"], numbers["change.d1"]], rtol=1e-8)


@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
def test_kitagawa(numbers, changed):
    frame, design = changed
    later = (frame["wave"] == 2).to_numpy()
    found = decompose_by_groups(frame["pa"].to_numpy(), later, frame["sector"].to_numpy(str), design)
    expected = [numbers[f"{part}"] for part in ("change.total", "kitagawa.composition", "kitagawa.rate")]
    assert_allclose(found.parts.estimate, expected, rtol=1e-8)
    assert found.groups.tolist() == SECTORS
    for ours, name in ((found.composition, "comp"), (found.rate, "rate")):
        assert_allclose(
            ours.estimate, [numbers[f"kitagawa.{name}.{sector}"] for sector in SECTORS], rtol=1e-8
        )
