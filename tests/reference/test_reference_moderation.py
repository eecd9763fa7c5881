"""Interactions against R's lm, sandwich, emmeans and svyglm (12_threeway, 24_moderation_more)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.moderation import fit_moderation

USED = ["PF", "PA", "QW", "TR", "dyn"]


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


def sectors(employers):
    return [employers["sector"] == name for name in sorted(employers["sector"].unique())[1:]]


def moderate(employers, design, **options):
    """24: PA by dyn on PF, with QW, TR and sector held constant."""
    return fit_moderation(
        employers["PA"].to_numpy(),
        [employers["dyn"].to_numpy()],
        employers["PF"].to_numpy(),
        design,
        controls=np.array([employers["QW"], employers["TR"], *sectors(employers)], dtype=float),
        **options,
    )


@pytest.mark.parametrize(("covariance", "name"), [("classical", "const"), ("HC3", "HC3")])
def test_two_way(reference, employers, covariance, name):
    numbers = reference.numbers("24_moderation_more")
    found = moderate(employers, simple_design(len(employers)), covariance=covariance)
    terms = ("pc", "dc", "pc:dc")
    assert found.n == numbers["n"]
    assert_allclose(found.terms.each.estimate, [numbers[f"b.{term}"] for term in terms], rtol=1e-8)
    assert_allclose(found.terms.each.std_error, [numbers[f"se.{name}.{term}"] for term in terms], rtol=1e-8)
    assert_allclose(found.deviations[1], numbers["sd_dyn"], rtol=1e-8)
    assert_allclose(found.slopes.df, numbers["df"])
    low, high = found.slopes.intervals()
    for place, at in enumerate(("low", "mid", "high")):
        ours = [
            found.slopes.estimate,
            found.slopes.std_error,
            found.slopes.statistic,
            found.slopes.p_value,
            low,
            high,
        ]
        theirs = [numbers[f"slope.{name}.{at}.{part}"] for part in ("est", "se", "t", "p", "lo", "hi")]
        assert_allclose([values[place] for values in ours], theirs, rtol=1e-8)


@pytest.mark.parametrize(("covariance", "name"), [("classical", "const"), ("HC3", "HC3")])
def test_johnson_neyman(reference, employers, covariance, name):
    numbers = reference.numbers("24_moderation_more")
    (region,) = moderate(employers, simple_design(len(employers)), covariance=covariance).regions
    assert region.significant == ("outside" if numbers[f"jn.{name}.sig_outside"] else "inside")
    assert_allclose(
        [region.low, region.high], [numbers[f"jn.raw.{name}.{bound}"] for bound in (1, 2)], rtol=1e-8
    )
    assert_allclose(region.share, numbers[f"jn.share_sig.{name}"], rtol=1e-8)
    assert not region.low_within_data
    assert region.high_within_data
    assert [part.sign for part in region.regions] == [-1, 1]
    assert region.regions[0].share == 0


def test_two_groups(reference, employers):
    numbers = reference.numbers("24_moderation_more")
    large = employers["size"].isin(["100-249", "250+"]).to_numpy(dtype=float)
    found = fit_moderation(
        employers["PA"].to_numpy(),
        [large],
        employers["PF"].to_numpy(),
        simple_design(len(employers)),
        controls=employers[["QW", "TR", "dyn"]].to_numpy().T,
        covariance="HC3",
        at=[[0, 1]],
    )
    names = ("bin.small", "bin.large")
    assert_allclose(found.slopes.estimate, [numbers[f"{name}.est"] for name in names], rtol=1e-8)
    assert_allclose(found.slopes.std_error, [numbers[f"{name}.se"] for name in names], rtol=1e-8)
    difference = found.slope_difference([0], [1])
    assert_allclose(
        [difference.estimate, difference.std_error],
        [numbers["bin.diff.est"], numbers["bin.diff.se"]],
        rtol=1e-8,
    )
    assert found.regions == ()


def test_three_way(reference, employers):
    numbers = reference.numbers("12_threeway")
    own = employers[["AB", "MO", "OP"]]
    sd = own.std()
    at = [own[name].mean() + sd[name] * np.array([-1, 1]) for name in ("MO", "OP")]
    found = fit_moderation(
        own["AB"].to_numpy(),
        own[["MO", "OP"]].to_numpy().T,
        employers["IB"].to_numpy(),
        simple_design(len(employers)),
        controls=np.array(sectors(employers), dtype=float),
        covariance="classical",
        centres=own.mean().to_numpy(),
        at=at,
    )
    terms = ("AB", "MO", "OP", "AB:MO", "AB:OP", "MO:OP", "AB:MO:OP")
    assert_allclose(found.terms.each.estimate, [numbers[f"b.{term}"] for term in terms], rtol=1e-8)
    assert_allclose(found.terms.each.std_error, [numbers[f"se.{term}"] for term in terms], rtol=1e-8)
    assert_allclose(found.interaction.estimate, numbers["b.AB:MO:OP"], rtol=1e-8)
    # emtrends goes through MO first
    assert_allclose(
        found.slopes.estimate.T.ravel(), [numbers[f"slope.{place}"] for place in range(1, 5)], rtol=1e-8
    )
    assert_allclose(
        found.slopes.std_error.T.ravel(), [numbers[f"slope.se.{place}"] for place in range(1, 5)], rtol=1e-8
    )
    assert len(found.regions) == 2


def test_design_based(employers):
    """R 4.2.2, survey 4.1-1, pc and dc centred at the mean of the 423 complete rows:

    D <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = d);
    m <- svyglm(PF ~ pc * dc + QW + TR + factor(sector), D);
    q <- update(m, . ~ . + I(pc^2) + I(dc^2)); regTermTest(q, ~I(pc^2) + I(dc^2)). Simple slopes at -1, 0, 1 times
    1.028405347936882 and Johnson-Neyman bounds at 60 and 20 % by the formulas of 24_moderation_more.R.
    """
    complete = employers[USED].dropna()
    design = SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())
    centres = complete[["PA", "dyn"]].mean().to_numpy()
    at = [centres[1] + 1.028405347936882 * np.array([-1, 0, 1])]
    found = moderate(employers, design, centres=centres, at=at)
    assert_allclose(
        found.terms.each.estimate[[0, 2]], [0.080597046175889892, 0.022547522872274125], rtol=1e-8
    )
    assert_allclose(
        found.terms.each.std_error[[0, 2]], [0.073799838786440877, 0.061505347540436378], rtol=1e-8
    )
    assert_allclose(
        found.slopes.estimate, [0.057409053071314012, 0.080597046175889892, 0.10378503928046577], rtol=1e-8
    )
    assert_allclose(
        found.slopes.std_error, [0.089358149190895686, 0.073799838786440877, 0.10444947565267063], rtol=1e-8
    )
    assert_allclose(found.slopes.df, 389)
    assert found.regions[0].significant == "nowhere"
    assert found.regions[0].share == 0
    bounds = {
        0.6: ("inside", -0.65063620990450854, 1.8564329002395041),
        0.2: ("outside", -11.308697459656344, -2.0488344552288136),
    }
    for level, (where, low, high) in bounds.items():
        region = moderate(employers, design, centres=centres, level=level).regions[0]
        assert region.significant == where
        assert_allclose([region.low - centres[1], region.high - centres[1]], [low, high], rtol=1e-8)
    curvature = found.curvature
    assert curvature.squared == (0, 1)
    assert_allclose(curvature.squares.estimate, [0.0823742342676899858, -0.0243357070005992930], rtol=1e-8)
    assert_allclose(curvature.squares.std_error, [0.058590035743380182, 0.035890236031474794], rtol=1e-8)
    product = curvature.product
    assert_allclose(
        [product.estimate, product.std_error], [0.0225826043346862189, 0.060536751925791825], rtol=1e-8
    )
    assert_allclose(
        [curvature.joint.statistic, curvature.joint.p_value],
        [1.21292890671975528, 0.29845289112487466],
        rtol=1e-8,
    )
    assert curvature.joint.df2 == 387
