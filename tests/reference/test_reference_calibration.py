"""Raking, linear and logit calibration and their variances against R's survey package (02_raking)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.calibrated_design import CalibratedDesign, calibrated
from inspraak.estimation.calibration import Margin, calibrate
from inspraak.estimation.description import describe_means, difference_from_rest
from inspraak.estimation.design import SurveyDesign, effective_n
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.shares import describe_shares

# survey 4.1-1, with d$w2 <- d$w * 66000 / sum(d$w):
# des <- svydesign(ids = ~1, strata = ~stratum, weights = ~w2, data = d)
# x <- calibrate(des, ~sector + size, pop, calfun, bounds, epsilon = 1e-12, maxit = 500)
# weights(x)[1:4]; svymean(~age, x); svytotal(~growth, x); svyby(~age, ~region, x, svymean)["2", ];
# svyglm(age ~ growth + dyn, x); svyciprop(~growth, x, method = "logit"); svyttest(age ~ I(sector == "care"), x)
BOUNDED = {
    ("linear", (0.9, 1.1)): {
        "weights": [43.6400500986464, 296.063414006495, 152.688203804555, 163.779342361636],
        "mean": (23.7448906949614, 0.790524202762054),
        "total": (35981.210875106, 1774.74870551841),
        "region": (20.0063361462594, 3.13384405308175),
        "b": [25.3462465064619, -2.86034280022498, -0.89319548496664],
        "se": [1.34476382542363, 1.60874276873994, 0.704769283659461],
        "share": (0.54516986141416, 0.492019185455564, 0.597310852717525),
        "care": (0.98835764902302, 0.396839423215278, 0.69166677530847),
    },
    ("logit", (0.9, 1.1)): {
        "weights": [43.6218273509699, 295.86595886525, 152.591938501941, 164.164738451632],
        "mean": (23.745154494102, 0.790829203676432),
        "total": (35976.031879822, 1774.7704072815),
        "region": (19.9991862864512, 3.13088602951959),
        "b": [25.3488201163897, -2.86499538998714, -0.893293023988879],
        "se": [1.34537068864144, 1.60922259083818, 0.705208767933445],
        "share": (0.545091391790168, 0.49194096169008, 0.597233895488496),
        "care": (0.99052689182079, 0.397828505892937, 0.690938004069485),
    },
}


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("02_raking")


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def design(employers):
    return SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())


@pytest.fixture(scope="module")
def margins(reference, employers):
    made = []
    for name in ("sector", "size"):
        population = pd.read_csv(reference.folder / "data" / f"pop_493_{name}.csv").set_index(name)["Freq"]
        made.append(Margin(population.index.get_indexer(employers[name]), population.to_numpy(dtype=float)))
    return made


@pytest.fixture(scope="module")
def everyone(employers):
    return np.ones(len(employers), dtype=bool)


def test_raked_weights(numbers, employers, margins):
    raked = calibrate(employers["w"], margins)
    assert raked.converged
    assert_allclose(raked.weights[:20], [numbers[f"w.rake.{k}"] for k in range(1, 21)], rtol=1e-9)
    assert_allclose(raked.weights[:20], [numbers[f"w.calrake.{k}"] for k in range(1, 21)], rtol=1e-12)
    ratio = raked.weights / employers["w"]
    assert_allclose([ratio.min(), ratio.max()], [numbers["g.min"], numbers["g.max"]], rtol=1e-9)
    assert_allclose(effective_n(raked.weights), numbers["kish"], rtol=1e-9)


def test_linearly_calibrated_weights(numbers, employers, margins):
    linear = calibrate(employers["w"], margins, method="linear")
    assert_allclose(linear.weights[:20], [numbers[f"w.greg.{k}"] for k in range(1, 21)], rtol=1e-12)


@pytest.mark.parametrize(("method", "name"), [("raking", "calrake"), ("linear", "greg")])
def test_means_and_residual_variances(numbers, employers, design, margins, everyone, method, name):
    weighted = calibrated(design, calibrate(design.weights, margins, method=method))
    means = describe_means(employers[["PA", "PF"]], everyone, weighted)
    for statistic, values in (("mean", means.estimate), ("se", means.std_error)):
        expected = [numbers[f"{name}.{statistic}.{index}"] for index in ("PA", "PF")]
        assert_allclose(values[:, 0], expected, rtol=1e-10)


@pytest.mark.parametrize("case", list(BOUNDED), ids=lambda case: case[0])
def test_bounded_calibration(employers, design, margins, everyone, case):
    method, bounds = case
    expected = BOUNDED[case]
    calibration = calibrate(design.weights, margins, method=method, bounds=bounds)
    assert calibration.converged
    assert_allclose(calibration.weights[:4], expected["weights"], rtol=1e-9)
    weighted = calibrated(design, calibration)
    domains = np.column_stack([everyone, employers["region"] == 2])
    means = describe_means(employers["age"], domains, weighted)
    found = np.column_stack([means.estimate[0], means.std_error[0]])
    assert_allclose(found, [expected["mean"], expected["region"]], rtol=1e-8)
    scores = (weighted.weights * employers["growth"].to_numpy())[:, np.newaxis]
    total = scores.sum(), weighted.variance_of_totals(scores)[0] ** 0.5
    assert_allclose(total, expected["total"], rtol=1e-8)
    share = describe_shares(employers["growth"], everyone, weighted)
    assert_allclose(
        [share.estimate, share.ci_low, share.ci_high], np.reshape(expected["share"], (3, 1, 1)), rtol=1e-8
    )
    care = difference_from_rest(employers["age"], (employers["sector"] == "care").to_numpy(), weighted).row(
        0, 0
    )
    assert_allclose([care["estimate"], care["statistic"], care["p_value"]], expected["care"], rtol=1e-8)


@pytest.mark.parametrize("case", list(BOUNDED), ids=lambda case: case[0])
def test_regression_under_a_calibrated_design(employers, design, margins, case):
    method, bounds = case
    weighted = calibrated(design, calibrate(design.weights, margins, method=method, bounds=bounds))
    terms = np.column_stack([np.ones(len(employers)), employers[["growth", "dyn"]]])
    fit = fit_linear(terms, employers["age"], weighted)
    assert_allclose(fit.coefficients[0], BOUNDED[case]["b"], rtol=1e-8)
    assert_allclose(fit.std_errors[0], BOUNDED[case]["se"], rtol=1e-8)
    assert fit.df[0] == 467


def test_what_the_margins_fix_has_no_variance(employers, design, margins):
    weighted = calibrated(design, calibrate(design.weights, margins))
    assert isinstance(weighted, CalibratedDesign)
    sectors = margins[0].categories[:, np.newaxis] == np.arange(6)
    scores = weighted.weights[:, np.newaxis] * sectors
    assert (np.sqrt(weighted.variance_of_totals(scores)) < 1e-10 * scores.sum(axis=0)).all()
