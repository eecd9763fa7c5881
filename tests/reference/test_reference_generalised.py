"""Non-linear models and pooling against R (07_svyglm, 08_ordinal, 14_mice, 20_glm_more)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import LonelyStratumWarning, SurveyDesign, simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.marginal import average_marginal_effects
from inspraak.estimation.ordered_likelihood import OrderedLikelihood
from inspraak.estimation.ordinal import fit_ordinal
from inspraak.estimation.ordinal_marginal import ordinal_marginal_effects
from inspraak.estimation.pooling import pool
from inspraak.estimation.stack import check_regressions

BASE = ["PA", "QW", "TR", "dyn"]
CUTS = ["1|2", "2|3", "3|4", "4|5"]
CATEGORIES = [range(5, 10), range(10, 13)]  # sector, size


@pytest.fixture(scope="module")
def more(reference):
    return reference.numbers("20_glm_more")


@pytest.fixture(scope="module")
def employers(reference):
    frame = reference.employers()
    full = reference.employers(full=True)
    return frame.assign(
        share=(frame["PF"] - 1) / 4,
        count=full[reference.practices].sum(axis=1),
        count_gaps=frame[reference.practices].sum(axis=1, skipna=False),
        spread=np.round(np.exp(frame["dyn"] + 0.4 * frame["PF"])),
    )


@pytest.fixture(scope="module")
def terms(reference, employers):
    return reference.model_matrix(employers, BASE)


@pytest.fixture(scope="module")
def design(employers):
    return SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())


@pytest.fixture(scope="module")
def simple(employers):
    return simple_design(len(employers))


def held(numbers, prefix, names):
    return [numbers[f"{prefix}.{name}"] for name in names]


def test_logit(reference, employers, terms, design):
    numbers, (X, names) = reference.numbers("07_svyglm"), terms
    fit = fit_generalised(X, employers["growth"], design, family="logit")
    assert fit.converged.all()
    assert_allclose(fit.coefficients[0], held(numbers, "lb", names), rtol=1e-6)
    assert_allclose(fit.std_errors[0], held(numbers, "lse", names), rtol=1e-6)


def test_linear_models_too(reference, employers, terms, design):
    numbers, (X, names) = reference.numbers("07_svyglm"), terms
    fit = fit_generalised(X, employers["PF"], design, family="linear")
    assert_allclose(fit.coefficients[0], held(numbers, "b", names), rtol=1e-6)
    assert_allclose(fit.std_errors[0], held(numbers, "se", names), rtol=1e-6)
    wald = fit.wald([index for index, name in enumerate(names) if name.startswith("sector")])
    assert_allclose([wald.statistic, wald.p_value], [numbers["wald.F"], numbers["wald.p"]], rtol=1e-6)
    place = [names.index(name) for name in BASE]
    more = reference.numbers("20_glm_more")
    assert_allclose(fit.standardised[0, place], held(more, "beta.w", BASE), rtol=1e-7)


@pytest.mark.parametrize(
    ("outcome", "family", "prefix"),
    [
        ("share", "fractional_logit", "frac"),
        ("count", "poisson", "pois"),
        ("count_gaps", "poisson", "poisgap"),
    ],
)
def test_design_based(more, employers, terms, design, outcome, family, prefix):
    X, names = terms
    fit = fit_generalised(X, employers[outcome], design, family=family)
    assert_allclose(fit.coefficients[0], held(more, f"{prefix}.b", names), rtol=1e-7)
    assert_allclose(fit.std_errors[0], held(more, f"{prefix}.se", names), rtol=1e-7)
    for name, value in (("df", fit.df[0]), ("n", fit.n[0])):
        assert value == more.get(f"{prefix}.{name}", value)


@pytest.mark.parametrize(
    ("covariance", "suffix"), [("classical", "se"), ("HC0", "HC0"), ("HC1", "HC1"), ("HC3", "HC3")]
)
def test_poisson(more, employers, terms, simple, covariance, suffix):
    X, names = terms
    fit = fit_generalised(X, employers["count"], simple, family="poisson", covariance=covariance)
    assert_allclose(fit.coefficients[0], held(more, "upois.b", names), rtol=1e-7)
    assert_allclose(fit.std_errors[0], held(more, f"upois.{suffix}", names), rtol=1e-7)
    assert_allclose(fit.log_likelihood[0], more["upois.ll"], rtol=1e-7)
    assert_allclose(fit.dispersion[0], more["upois.pearson_disp"], rtol=1e-7)


@pytest.mark.parametrize("covariance", ["HC0", "HC1", "HC3"])
def test_an_overdispersed_poisson(reference, more, employers, simple, covariance):
    X, names = reference.model_matrix(employers, BASE[:3])
    fit = fit_generalised(X, employers["spread"], simple, family="poisson", covariance=covariance)
    assert_allclose(fit.coefficients[0], held(more, "skpois.b", names), rtol=1e-7)
    assert_allclose(fit.std_errors[0], held(more, f"skpois.{covariance}", names), rtol=1e-7)


@pytest.mark.parametrize(("covariance", "suffix"), [("classical", "se"), ("HC0", "HC0"), ("HC1", "HC1")])
def test_negative_binomial(reference, more, employers, simple, covariance, suffix):
    X, names = reference.model_matrix(employers, BASE[:3])
    fit = fit_generalised(X, employers["spread"], simple, family="negative_binomial", covariance=covariance)
    assert_allclose(fit.coefficients[0], held(more, "nb.b", names), rtol=1e-5)
    assert_allclose(fit.std_errors[0], held(more, f"nb.{suffix}", names), rtol=1e-5)
    assert_allclose([fit.theta[0], 1 / fit.theta[0]], [more["nb.theta"], more["nb.alpha"]], rtol=1e-5)
    assert_allclose(fit.theta_std_error[0], more["nb.setheta"], rtol=1e-5)
    assert_allclose(fit.log_likelihood[0], more["nb.ll"], rtol=1e-5)
    assert fit.n[0] == more["nb.n"]
    poisson = fit_generalised(X, employers["spread"], simple, family="poisson")
    ratio = 2 * (fit.log_likelihood[0] - poisson.log_likelihood[0])
    assert_allclose(ratio, more["nb.lr_alpha0"], rtol=1e-5)


@pytest.mark.parametrize(
    ("outcome", "family", "prefix"), [("share", "fractional_logit", "frac"), ("growth", "logit", "logit")]
)
def test_average_marginal_effects(more, employers, terms, design, outcome, family, prefix):
    X, names = terms
    fit = fit_generalised(X, employers[outcome], design, family=family)
    effects = average_marginal_effects(fit, X, employers[outcome], design, categories=CATEGORIES)
    for key, values in (
        ("ame", effects.estimates),
        ("ame.se", effects.std_errors),
        ("ame.seu", effects.unconditional_std_errors),
    ):
        assert_allclose(values[0, 1:], held(more, f"{prefix}.{key}", names[1:]), rtol=1e-7, err_msg=key)
    assert np.isnan(effects.estimates[0, 0])


def test_unweighted_marginal_effects(more, employers, terms, simple):
    X = terms[0][:, :5]
    fit = fit_generalised(X, employers["growth"], simple, family="logit", covariance="classical")
    effects = average_marginal_effects(fit, X, employers["growth"], simple)
    assert_allclose(effects.estimates[0, 1:], held(more, "marginsu.ame", BASE), rtol=1e-7)
    # margins differentiates numerically, steps of 1e-7: its errors carry six digits (ours against steps: unit tests)
    assert_allclose(effects.std_errors[0, 1:], held(more, "marginsu.se", BASE), rtol=1e-6)


@pytest.fixture(scope="module")
def ordered(reference, terms):
    X, names = terms
    kept = [place for place, name in enumerate(names) if place and not name.startswith("size")]
    return reference.numbers("08_ordinal"), X[:, kept], [names[place] for place in kept]


def test_ordered_logit(employers, ordered, simple):
    numbers, X, names = ordered
    fit = fit_ordinal(X, employers["pf1"], simple, covariance="classical")
    assert_allclose(fit.coefficients[0], held(numbers, "b", names), rtol=1e-5)
    assert_allclose(fit.coefficients[0], held(numbers, "clm.b", names), rtol=1e-5)
    assert_allclose(fit.std_errors[0], held(numbers, "se", names), rtol=1e-5)
    assert_allclose(fit.thresholds[0], held(numbers, "b", CUTS), rtol=1e-5)
    assert_allclose(fit.threshold_std_errors[0], held(numbers, "se", CUTS), rtol=1e-5)
    assert_allclose(fit.log_likelihood[0], numbers["ll"], rtol=1e-7)


def test_ordered_logit_under_a_design(employers, ordered):
    """R's svyolr stops its search 4e-5 standard errors short of the maximum: one Newton step from it is ours."""
    numbers, X, names = ordered
    complete = ~np.isnan(X).any(axis=1) & employers["pf1"].notna().to_numpy()
    X, y = X[complete], employers["pf1"].to_numpy()[complete]
    design = SurveyDesign(
        employers["w"].to_numpy()[complete], employers["stratum"].to_numpy()[complete], lonely="adjust"
    )
    fit = fit_ordinal(X, y, design)
    assert_allclose(fit.std_errors[0], held(numbers, "svy.se", names), rtol=1e-5)
    assert_allclose(fit.threshold_std_errors[0], held(numbers, "svy.se", CUTS), rtol=1e-5)
    theirs = np.array([held(numbers, "svy.b", [*names, *CUTS])])
    distance = np.abs(fit.parameters - theirs) / np.sqrt(np.diagonal(fit.parameter_covariance[0]))
    assert distance.max() < 5e-5
    stack = next(iter(check_regressions(X, y, design, None).stacks()))
    likelihood = OrderedLikelihood.of(stack, fit.levels)
    assert likelihood.log_likelihood(fit.parameters)[0] > likelihood.log_likelihood(theirs)[0]
    slope, information = likelihood.evaluate(theirs)
    assert_allclose(
        fit.parameters[0], theirs[0] + np.linalg.solve(information[0], slope[0]), rtol=1e-5, atol=1e-9
    )


def test_an_ordered_logit_of_two_levels_is_a_logit(employers, terms, design):
    X, _ = terms
    above = (employers["pf1"] > 3).astype(float).where(employers["pf1"].notna())
    logit = fit_generalised(X, above, design, family="logit")
    ordinal = fit_ordinal(X[:, 1:], above, design)
    assert_allclose(ordinal.coefficients[0], logit.coefficients[0, 1:], rtol=1e-7)
    assert_allclose(ordinal.std_errors[0], logit.std_errors[0, 1:], rtol=1e-7)
    assert_allclose(ordinal.thresholds[0], -logit.coefficients[0, :1], rtol=1e-7)
    assert ordinal.df[0] == logit.df[0]
    one = average_marginal_effects(logit, X, above, design, categories=CATEGORIES)
    sets = [[term - 1 for term in terms] for terms in CATEGORIES]
    two = ordinal_marginal_effects(ordinal, X[:, 1:], above, design, categories=sets)
    for ours, theirs in (
        (two.or_more, one.estimates),
        (two.or_more_std_errors, one.std_errors),
        (two.or_more_unconditional_std_errors, one.unconditional_std_errors),
    ):
        assert_allclose(ours[0, 1], theirs[0, 1:], rtol=1e-7)


def test_pooled_estimates(reference):
    numbers = reference.numbers("14_mice")
    names = ["PA", "QW", "TR", "dyn", "size"]
    sets = [
        frame for _, frame in pd.read_csv(reference.folder / "data" / "mice_stack_493.csv.gz").groupby(".imp")
    ]
    X = np.array([np.column_stack([np.ones(len(frame)), frame[names]]) for frame in sets])
    Y = np.column_stack([frame["PF"] for frame in sets])
    fit = fit_generalised(X, Y, simple_design(len(Y)), family="linear", covariance="classical")
    pooled = pool(fit.coefficients, fit.std_errors**2, df=fit.df[0])
    assert pooled.imputations == 20
    for key, values in (
        ("b", pooled.estimate),
        ("se", pooled.std_error),
        ("df", pooled.df),
        ("p", pooled.p_value),
        ("riv", pooled.relative_increase),
        ("fmi", pooled.missing_information),
        ("lambda", pooled.share_between),
    ):
        assert_allclose(values, held(numbers, key, ["(Intercept)", *names]), rtol=1e-8, err_msg=key)


def test_strata_with_one_unit_and_other_designs(more, employers):
    """The linear family keeps the design's rules: lonely strata, finite populations, clusters."""
    X = np.column_stack([np.ones(len(employers)), employers[["PA", "QW"]]])
    names = ["(Intercept)", "PA", "QW"]
    w, strata, region = (employers[name].to_numpy() for name in ("w", "stratum", "region"))
    finite = SurveyDesign(w, strata, population=employers["Nh"].to_numpy())
    fit = fit_generalised(X, employers["PF"], finite, family="linear")
    assert_allclose(fit.std_errors[0], held(more, "fpc.glm.se", names), rtol=1e-7)
    clustered = SurveyDesign(w, np.zeros(len(w), dtype=int), region)
    X = np.column_stack([X, employers[["TR", "dyn"]]])
    fit = fit_generalised(X, employers["PF"], clustered, family="linear")
    assert_allclose(fit.std_errors[0], held(more, "clu.glm.se", [*names, "TR", "dyn"]), rtol=1e-7)
    assert fit.df[0] == more["clu.glm.df"]
    alone = (strata == more["lonely.stratum"]) & employers["stratum"].duplicated().to_numpy()
    for rule in ("adjust", "average", "certainty"):
        with pytest.warns(LonelyStratumWarning):
            one = SurveyDesign(w[~alone], strata[~alone], lonely=rule)
        fit = fit_generalised(X[~alone, :3], employers["PF"][~alone], one, family="linear")
        assert_allclose(fit.std_errors[0], held(more, f"lonely.{rule}.glm.se", names), rtol=1e-7)
