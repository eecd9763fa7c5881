"""Means, shares, differences and variances against R's survey package (01_weighted, 20_glm_more)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.description import describe_means, difference_from_rest
from inspraak.estimation.design import LonelyStratumWarning, SurveyDesign, effective_n
from inspraak.estimation.distributions import t_quantile
from inspraak.estimation.independence import rao_scott
from inspraak.estimation.quantiles import describe_quantiles
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.shares import describe_shares
from inspraak.estimation.totals import describe_ratios, describe_totals

INDICES = ["PA", "QW", "TR", "EN", "PF", "IB"]
FACTS = ["PF", "growth", "age"]


@pytest.fixture(scope="module")
def weighted(reference):
    return reference.numbers("01_weighted")


@pytest.fixture(scope="module")
def more(reference):
    return reference.numbers("20_glm_more")


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def design(employers):
    return SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())


@pytest.fixture(scope="module")
def everyone(employers):
    return np.ones(len(employers), dtype=bool)


@pytest.fixture(scope="module")
def sectors(employers):
    names = sorted(employers["sector"].unique())
    return names, np.column_stack([(employers["sector"] == name).to_numpy() for name in names])


def together(frame, columns):
    """R's svymean over several variables uses the rows that answered all of them."""
    return frame[columns].where(frame[columns].notna().all(axis=1))


def test_means_standard_errors_and_design_effects(weighted, employers, design, everyone):
    means = describe_means(employers[INDICES], everyone, design, compared_with="population")
    for name, statistic in (("mean", means.estimate), ("se", means.std_error), ("deff", means.design_effect)):
        expected = [weighted[f"{name}.{index}"] for index in INDICES]
        assert_allclose(statistic[:, 0], expected, rtol=1e-8)


def test_means_of_domains(weighted, employers, design, sectors):
    names, domains = sectors
    means = describe_means(employers[INDICES], domains, design)
    for prefix, statistic in (("bymean", means.estimate), ("byse", means.std_error)):
        expected = [[weighted[f"{prefix}.{index}.{name}"] for name in names] for index in INDICES]
        assert_allclose(statistic, expected, rtol=1e-8)


def test_items_of_domains(weighted, employers, design, sectors):
    names, domains = sectors
    items = ["pa1", "en1", "ib4"]
    means = describe_means(employers[items], domains, design)
    for prefix, statistic in (("itmean", means.estimate), ("itse", means.std_error)):
        expected = [[weighted[f"{prefix}.{item}.{name}"] for name in names] for item in items]
        assert_allclose(statistic, expected, rtol=1e-8)


def test_logit_intervals_of_shares(weighted, reference, employers, design, everyone):
    shares = describe_shares(employers[reference.practices], everyone, design)
    for prefix, statistic in (("p", shares.estimate), ("lo", shares.ci_low), ("hi", shares.ci_high)):
        expected = [weighted[f"{prefix}.{practice}"] for practice in reference.practices]
        assert_allclose(statistic[:, 0], expected, rtol=1e-8)


def test_logit_intervals_of_domains_use_their_own_degrees_of_freedom(
    weighted, reference, employers, design, sectors
):
    names, domains = sectors
    shares = describe_shares(employers[reference.practices], domains, design, few_cases=0)
    for prefix, statistic in (("bylo", shares.ci_low), ("byhi", shares.ci_high)):
        expected = [[weighted[f"{prefix}.{p}.{name}"] for name in names] for p in reference.practices]
        assert_allclose(statistic, expected, rtol=1e-8)


def test_design_effects_with_and_without_replacement(more, employers, design, everyone):
    without = describe_means(employers[FACTS], everyone, design, compared_with="population")
    with_replacement = describe_means(employers[FACTS], everyone, design)
    assert_allclose(without.design_effect[:, 0], [more[f"deff.{name}"] for name in FACTS], rtol=1e-7)
    assert_allclose(
        with_replacement.design_effect[:, 0], [more[f"deffrepl.{name}"] for name in FACTS], rtol=1e-7
    )
    assert_allclose(design.n / effective_n(design.weights), more["deffkish"], rtol=1e-7)


def test_difference_from_the_rest(more, employers, design):
    services = (employers["sector"] == "services").to_numpy()
    row = difference_from_rest(employers["PF"], services, design).row(0, 0)
    names = {
        "estimate": "diff",
        "statistic": "t",
        "df": "df",
        "p_value": "p",
        "ci_low": "lo",
        "ci_high": "hi",
    }
    for ours, theirs in names.items():
        assert_allclose(row[ours], more[f"ttest.{theirs}"], rtol=1e-7, err_msg=ours)


def test_degrees_of_freedom(more, design):
    assert design.degrees_of_freedom(np.ones((design.n, 1), dtype=bool))[0] == more["degf"]


def test_totals(more, employers, design, everyone, sectors):
    names, domains = sectors
    facts = describe_totals(employers[["growth", "age"]], everyone, design)
    grown = describe_totals(employers["growth"], domains, design)
    sizes = describe_totals(np.ones(design.n), domains, design)
    for found, key in ((facts, "{}.growth"), (facts, "{}.age")):
        column = 0 if key.endswith("growth") else 1
        assert_allclose(found.estimate[column, 0], more[key.format("total")], rtol=1e-7)
        assert_allclose(found.std_error[column, 0], more[key.format("total.se")], rtol=1e-7)
    for found, middle, last in ((grown, "by", ""), (sizes, "sector", "sector")):
        for part, theirs in ((found.estimate, ""), (found.std_error, ".se")):
            expected = [more[f"total.{middle}{theirs}.{last}{name}"] for name in names]
            assert_allclose(part[0], expected, rtol=1e-7)
    scores = design.weights[:, np.newaxis] * employers[["growth", "age"]].to_numpy()
    covariance = design.covariance_of_totals(scores)
    assert_allclose(np.sqrt(np.diag(covariance)), facts.std_error[:, 0], rtol=1e-7)


def test_ratio_of_totals(more, reference, employers, design, everyone):
    count = reference.employers(full=True)[reference.practices].sum(axis=1)
    ratio = describe_ratios(count, employers["age"], everyone, design)
    assert_allclose(ratio.estimate[0, 0], more["ratio.est"], rtol=1e-7)
    assert_allclose(ratio.std_error[0, 0], more["ratio.se"], rtol=1e-7)


@pytest.mark.parametrize(
    ("correction", "theirs"),
    [("second_order", "F"), ("first_order", "Chisq"), ("wald", "Wald"), ("adjusted_wald", "adjWald")],
)
@pytest.mark.parametrize("second", ["pr2", "sector"])
def test_independence_of_two_answers(more, employers, design, correction, theirs, second):
    codes = employers[second] if second == "pr2" else employers[second].astype("category").cat.codes
    found = rao_scott(employers["pr1"], codes.astype(float), design, correction=correction)
    key, statistic = f"chi.pr1.{second}.{theirs}", found.statistic
    if correction == "first_order":
        # R multiplies the statistic by the rows of the design, answered or not
        statistic *= design.n / found.n
        assert_allclose(statistic, more[f"chi.pr1.{second}.saddlepoint.stat"], rtol=1e-7)
        assert (found.df1, found.df2) == (more[f"{key}.df"], np.inf)
    else:
        assert_allclose([found.df1, found.df2], [more[f"{key}.df.1"], more[f"{key}.df.2"]], rtol=1e-7)
    assert_allclose([statistic, found.p_value], [more[f"{key}.stat"], more[f"{key}.p"]], rtol=1e-7)


@pytest.mark.parametrize(
    ("rule", "theirs"),
    [("adjust", "adjust"), ("average", "average"), ("certainty", "certainty"), ("certainty", "remove")],
)
def test_strata_with_one_unit(more, employers, rule, theirs):
    alone = employers["stratum"] == more["lonely.stratum"]
    frame = employers[~(alone & employers["stratum"].duplicated())]
    assert len(frame) == more["lonely.n"]
    with pytest.warns(LonelyStratumWarning, match=rule):
        design = SurveyDesign(frame["w"].to_numpy(), frame["stratum"].to_numpy(), lonely=rule)
    everyone = np.ones(len(frame), dtype=bool)
    means = describe_means(together(frame, ["PF", "growth"]), everyone, design)
    for prefix, statistic in ((f"lonely.{theirs}", means.estimate), (f"lonely.{theirs}.se", means.std_error)):
        assert_allclose(statistic[:, 0], [more[f"{prefix}.PF"], more[f"{prefix}.growth"]], rtol=1e-7)
    assert design.degrees_of_freedom(everyone[:, np.newaxis])[0] == more[f"lonely.{theirs}.degf"]
    scores = (frame["w"] * frame["growth"]).to_numpy()[:, np.newaxis]
    total_error = np.sqrt(design.variance_of_totals(scores)[0])
    assert_allclose(total_error, more[f"lonely.{theirs}.total.se"], rtol=1e-7)
    terms = np.column_stack([np.ones(len(frame)), frame[["PA", "QW"]]])
    fit = fit_linear(terms, frame["PF"], design)
    expected = [more[f"lonely.{theirs}.glm.se.{name}"] for name in ("(Intercept)", "PA", "QW")]
    assert_allclose(fit.std_errors[0], expected, rtol=1e-7)


def test_finite_population_correction(more, employers, everyone):
    design = SurveyDesign(
        employers["w"].to_numpy(), employers["stratum"].to_numpy(), population=employers["Nh"].to_numpy()
    )
    means = describe_means(together(employers, FACTS), everyone, design)
    assert_allclose(means.estimate[:, 0], [more[f"fpc.mean.{name}"] for name in FACTS], rtol=1e-7)
    assert_allclose(means.std_error[:, 0], [more[f"fpc.se.{name}"] for name in FACTS], rtol=1e-7)
    scores = (employers["w"] * employers["growth"]).to_numpy()[:, np.newaxis]
    assert_allclose(design.variance_of_totals(scores)[0] ** 0.5, more["fpc.total.se"], rtol=1e-7)
    terms = np.column_stack([np.ones(len(employers)), employers[["PA", "QW"]]])
    expected = [more[f"fpc.glm.se.{name}"] for name in ("(Intercept)", "PA", "QW")]
    assert_allclose(fit_linear(terms, employers["PF"], design).std_errors[0], expected, rtol=1e-7)


def test_clusters(more, employers, everyone):
    design = SurveyDesign(
        employers["w"].to_numpy(), np.zeros(len(employers), dtype=int), employers["region"].to_numpy()
    )
    means = describe_means(together(employers, FACTS), everyone, design)
    assert_allclose(means.std_error[:, 0], [more[f"clu.se.{name}"] for name in FACTS], rtol=1e-7)
    assert means.df[0, 0] == more["clu.degf"]
    columns = ["PA", "QW", "TR", "dyn"]
    fit = fit_linear(np.column_stack([np.ones(len(employers)), employers[columns]]), employers["PF"], design)
    expected = [more[f"clu.glm.se.{name}"] for name in ("(Intercept)", *columns)]
    assert_allclose(fit.std_errors[0], expected, rtol=1e-7)
    assert fit.df[0] == more["clu.glm.df"]


def test_clusters_within_strata(more, employers, everyone):
    design = SurveyDesign(
        employers["w"].to_numpy(), employers["stratum"].to_numpy(), employers["region"].to_numpy()
    )
    means = describe_means(together(employers, FACTS), everyone, design)
    assert_allclose(means.std_error[:, 0], [more[f"clunest.se.{name}"] for name in FACTS], rtol=1e-7)
    assert design.degrees_of_freedom(everyone[:, np.newaxis])[0] == more["clunest.degf"]


def quantile_numbers(found):
    return {"est": found.estimate, "lo": found.ci_low, "hi": found.ci_high, "se": found.std_error}


@pytest.mark.parametrize("theirs", ["math", "school", "hf2", "hf7"])
def test_quantiles_with_their_intervals(more, employers, design, everyone, theirs):
    """`hf2` is the rule that is called `school` here."""
    rule = "school" if theirs == "hf2" else theirs
    found = describe_quantiles(employers[["PF", "age"]], everyone, design, rule=rule)
    for name, ours in quantile_numbers(found).items():
        expected = [[more[f"q.{v}.{theirs}.p{p}.{name}"] for p in (25, 50, 75)] for v in ("PF", "age")]
        assert_allclose(ours[:, 0], expected, rtol=1e-7 if name == "est" else 1e-6, err_msg=name)


@pytest.mark.parametrize("interval", ["beta", "xlogit"])
def test_other_intervals_of_a_median(more, employers, design, everyone, interval):
    found = describe_quantiles(employers["age"], everyone, design, levels=(0.5,), interval=interval)
    for name, ours in quantile_numbers(found).items():
        expected = more[f"q.age.math.p50.{interval}.{name}"]
        assert_allclose(ours, [[[expected]]], rtol=1e-7 if name == "est" else 1e-6, err_msg=name)


def test_ends_where_a_test_just_rejects(more, employers, design, everyone):
    """R carries the two ends through the unweighted share below them, and back through the weighted function."""
    age = employers["age"].to_numpy()
    found = describe_quantiles(age, everyone, design, levels=(0.5,), interval="score")
    shares = [(age < end[0, 0, 0]).mean() for end in (found.ci_low, found.ci_high)]
    low, high = describe_quantiles(age, everyone, design, levels=shares).estimate[0, 0]
    std_error = (high - low) / (2 * t_quantile(0.975, found.df[0, 0]))
    ours = [found.estimate[0, 0, 0], low, high, std_error]
    expected = [more[f"q.age.math.p50.score.{name}"] for name in ("est", "lo", "hi", "se")]
    assert_allclose(ours, expected, rtol=1e-6)


def test_a_rank_test_is_a_difference_of_estimated_ranks(more, employers, design):
    """svyranktest: the weighted midrank of each answer, compared between the group and the rest."""
    answered = employers["PF"].notna()
    rows = employers[answered].sort_values("PF", kind="stable")  # the rank of ties depends on their order
    middle = rows["w"].cumsum() - rows["w"] / 2
    ranks = middle.groupby(rows["PF"]).transform("mean").reindex(employers.index) / rows["w"].sum()
    services = (employers["sector"] == "services").to_numpy()
    row = difference_from_rest(ranks, services, design).row(0, 0)
    for ours, theirs in {"statistic": "t", "df": "df", "p_value": "p"}.items():
        assert_allclose(row[ours], more[f"ranktest.{theirs}"], rtol=1e-7, err_msg=ours)
