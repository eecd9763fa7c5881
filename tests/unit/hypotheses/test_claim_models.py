"""The declared model of a claim is the one that is fitted: against statsmodels, and sandwiches written out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

import inspraak.hypotheses.kinds.regression as regression
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.modelling import fit_model
from inspraak.hypotheses.predictors import predictors_of

from .conftest import N, drawn

KEYS = "x: A, controls: [log_size, kind]"
FAMILIES = {
    "logit": (sm.families.Binomial(), "gate"),
    "fractional_logit": (sm.families.Binomial(), "share"),
    "poisson": (sm.families.Poisson(), "n_ideas"),
}


RARE = "too few with another answer"


def logistic(eta):
    return 1 / (1 + np.exp(-eta))


def matrix(found, outcome: str, *, constant: bool = True) -> pd.DataFrame:
    """x, controls and intercept of the claim, the weight, and y as answered; complete cases."""
    frame = pd.DataFrame({"A": found.scores["A"], "log_size": found.responses["log_size"]})
    frame["kind2"], frame["kind3"] = ((found.responses["kind"] == code).astype(float) for code in (2, 3))
    if constant:
        frame["constant"] = 1.0
    frame["y"] = found.responses[outcome]
    if outcome == "share":
        frame["y"] = frame["y"].map({0.0: 0.0, 1.0: 0.6, 2.0: 1.0})
    return frame.assign(weight=found.responses["weight"]).dropna()


def spread(values, weights) -> float:
    """Weighted standard deviation, n - 1 in the denominator."""
    share, n = weights / weights.sum(), len(values)
    return float(np.sqrt(share @ (values - share @ values) ** 2 * n / (n - 1)))


def stratified(scores: pd.DataFrame, responses: pd.DataFrame):
    """Variance of the totals of scores, rows without one counting as zero in their stratum."""
    whole = scores.reindex(responses.index, fill_value=0.0)
    total = np.zeros((scores.shape[1],) * 2)
    for _, stratum in whole.groupby(responses["stratum"]):
        centred = (stratum - stratum.mean()).to_numpy()
        total += len(stratum) / (len(stratum) - 1) * centred.T @ centred
    return total


@pytest.mark.parametrize("model", FAMILIES)
def test_with_a_design_models_are_weighted_likelihood_with_the_stratified_sandwich(tested, model) -> None:
    family, outcome = FAMILIES[model]
    found = tested(f"{KEYS}, y: {outcome}, model: {model}", design=True)
    row, frame = found.table.iloc[0], matrix(found, outcome)
    weights, y, X = frame.pop("weight"), frame.pop("y"), frame
    fit = sm.GLM(y, X, family=family, freq_weights=weights).fit(tol=1e-12)
    mean = fit.fittedvalues
    slope = mean * (1 - mean) if model != "poisson" else mean
    bend = slope * (1 - 2 * mean) if model != "poisson" else mean
    inverse = np.linalg.inv(X.T @ X.mul(weights * slope, axis=0))
    influence = X.mul(weights * (y - mean), axis=0) @ inverse
    error = np.sqrt(stratified(influence, found.responses)[0, 0])
    df = len(frame) - 2 + 1 - 5
    assert (row["reason"], row["model"], row["n"], row["df"]) == ("", model, len(frame), df)
    assert row["estimate"] == pytest.approx(fit.params["A"], rel=1e-7)
    assert row["std_error"] == pytest.approx(error, rel=1e-6)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(fit.params["A"] / error, df), rel=1e-5)

    share, b = weights / weights.sum(), fit.params
    effect = b["A"] * (share @ slope)
    gradient = b["A"] * (X.T @ (share * bend)) + (share @ slope) * (X.columns == "A")
    moved = influence @ gradient.to_numpy() + share * (b["A"] * slope - effect)
    effect_error = np.sqrt(stratified(moved.to_frame(), found.responses)[0, 0])
    sd_x, sd_y = spread(frame["A"], weights), spread(y, weights)
    assert row["std_estimate"] == pytest.approx(effect * sd_x / sd_y, rel=1e-6)
    assert row["std_std_error"] == pytest.approx(effect_error * sd_x / sd_y, rel=1e-6)
    half = stats.t.ppf(0.975, df)
    assert row["std_ci_low"] == pytest.approx((effect - half * effect_error) * sd_x / sd_y, rel=1e-6)
    natural = [row[name] for name in ("natural_estimate", "natural_ci_low", "natural_ci_high")]
    if model == "poisson":
        assert row["natural_unit"] == "rate ratio"
        ends = b["A"] + np.array([0, -half, half]) * error
        np.testing.assert_allclose(natural, np.exp(ends * sd_x), rtol=1e-6)
    else:
        assert row["natural_unit"] == "percentage points"
        ends = effect + np.array([0, -half, half]) * effect_error
        np.testing.assert_allclose(natural, 100 * ends * sd_x, rtol=1e-6)


def test_without_a_design_a_logit_has_hc3_and_effects_that_hold_the_rows_fixed(tested) -> None:
    found = tested(f"{KEYS}, y: gate, model: logit")
    row, frame = found.table.iloc[0], matrix(found, "gate").drop(columns="weight")
    y, X = frame["y"], frame.drop(columns="y")
    fit = sm.Logit(y, X).fit(disp=0, tol=1e-12)
    slope = fit.predict() * (1 - fit.predict())
    inverse = np.linalg.inv(X.T @ X.mul(slope, axis=0))
    leverage = np.einsum("ij,jk,ik->i", X, inverse, X) * slope
    influence = X.mul((y - fit.predict()) / (1 - leverage), axis=0) @ inverse
    covariance = (influence.T @ influence).to_numpy()
    assert row["estimate"] == pytest.approx(fit.params["A"], rel=1e-7)
    assert row["std_error"] == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-6)
    effects = fit.get_margeff(at="overall")
    gradient = fit.params["A"] * (X.T @ (slope * (1 - 2 * fit.predict()))) / N
    gradient["A"] += slope.mean()
    scale = X["A"].std() / y.std()
    assert row["std_estimate"] == pytest.approx(effects.margeff[0] * scale, rel=1e-6)
    error = np.sqrt(gradient.to_numpy() @ covariance @ gradient.to_numpy())
    assert row["std_std_error"] == pytest.approx(error * scale, rel=1e-6)
    assert row["natural_estimate"] == pytest.approx(100 * effects.margeff[0] * X["A"].std(), rel=1e-6)


def test_a_negative_binomial_is_fitted_by_maximum_likelihood(tested) -> None:
    columns = drawn()
    noise = np.random.default_rng(1).gamma(1.5, 1 / 1.5, N)
    columns["n_ideas"] = np.rint(columns["n_ideas"] * noise)
    found = tested(f"{KEYS}, y: n_ideas, model: negative_binomial", columns)
    row, frame = found.table.iloc[0], matrix(found, "n_ideas").drop(columns="weight")
    fit = sm.NegativeBinomial(frame["y"], frame.drop(columns="y")).fit(disp=0, maxiter=2000)
    assert (row["model"], row["natural_unit"]) == ("negative_binomial", "rate ratio")
    assert row["estimate"] == pytest.approx(fit.params["A"], rel=1e-4)
    assert row["natural_estimate"] == pytest.approx(np.exp(fit.params["A"] * frame["A"].std()), rel=1e-4)
    effect = fit.params["A"] * fit.predict().mean()
    assert row["std_estimate"] == pytest.approx(effect * frame["A"].std() / frame["y"].std(), rel=1e-4)


@pytest.mark.parametrize(
    ("outcome", "unit", "scores"),
    [("q1", "scale points", None), ("share", "percentage points", [0, 60, 100])],
)
def test_an_ordered_logit_has_proportional_odds_and_effects_on_the_mean_score(
    tested, outcome, unit, scores
) -> None:
    found = tested(f"x: q2, y: {outcome}, controls: [log_size], model: ordered_logit")
    frame = found.responses[["q2", "log_size", outcome]].dropna().astype(float)
    fit = OrderedModel(frame[outcome], frame[["q2", "log_size"]], distr="logit").fit(
        method="bfgs", disp=0, gtol=1e-8
    )
    row = found.table.iloc[0]
    levels = np.array(scores or sorted(frame[outcome].unique()), dtype=float)
    y = frame[outcome].map(dict(zip(sorted(frame[outcome].unique()), levels)))
    assert (row["model"], row["natural_unit"], row["reason"]) == ("ordered_logit", unit, "")
    assert row["estimate"] == pytest.approx(fit.params["q2"], rel=1e-4)

    def mean(shift: float) -> float:
        moved = frame[["q2", "log_size"]].assign(q2=frame["q2"] + shift)
        return float((fit.model.predict(fit.params, exog=moved) @ levels).mean())

    effect = (mean(1e-4) - mean(-1e-4)) / 2e-4
    assert row["natural_estimate"] == pytest.approx(effect * frame["q2"].std(), rel=1e-4)
    assert row["std_estimate"] == pytest.approx(effect * frame["q2"].std() / y.std(), rel=1e-4)
    assert np.sign(row["std_ci_low"]) == np.sign(row["ci_low"])


def test_an_index_is_a_share_of_its_scale(tested) -> None:
    """So are an item of ordered codes and a variable with a range, in their own units."""
    files = {"indices.yaml": "Q: {label: {nl: Q, en: Q}, theme: work, type: formative, items: [q2]}\n"}
    index, item = (
        tested(f"x: q1, y: {y}, model: fractional_logit", files=files).table.iloc[0] for y in ("Q", "q2")
    )
    assert index["natural_estimate"] == pytest.approx(25 * item["natural_estimate"])  # 0-100 against 1-5
    assert (index["natural_unit"], item["natural_unit"]) == ("points", "scale points")
    for name in ("estimate", "p_value", "std_estimate"):
        assert index[name] == pytest.approx(item[name])
    ranged = tested("x: q1, y: log_ideas, model: fractional_logit").table.iloc[0]
    linear = tested("x: q1, y: log_ideas").table.iloc[0]
    assert ranged["natural_estimate"] == pytest.approx(linear["natural_estimate"], rel=0.1)


def test_in_a_logit_the_higher_answer_is_yes(tested, texts) -> None:
    """Whatever the two answers count for, the estimate is the same."""
    plain = tested("x: q1, y: gate, model: logit").table.iloc[0]
    scales = texts["scales.yaml"].replace("missing: {-8: dont_know}}", "values: {0: -5, 1: 20}}", 1)
    other = tested("x: q1, y: gate, model: logit", files={"scales.yaml": scales}).table.iloc[0]
    pd.testing.assert_series_equal(plain, other)


@pytest.mark.parametrize("model", ["logit", "fractional_logit", "ordered_logit", "poisson", "linear"])
def test_the_unit_of_x_changes_nothing_but_the_coefficient(tested, model) -> None:
    y = {"logit": "gate", "ordered_logit": "q2", "poisson": "n_ideas"}.get(model, "share")
    keys = f"x: q1, y: {y}, model: {model}"
    files = {"indices.yaml": "Q: {label: {nl: Q, en: Q}, theme: work, type: formative, items: [q1]}\n"}
    item, index = (
        tested(keys.replace("q1", x, 1), design=True, files=files).table.iloc[0] for x in ("q1", "Q")
    )
    assert index["estimate"] == pytest.approx(item["estimate"] / 25)
    for name in ("statistic", "df", "std_estimate", "std_std_error", "natural_estimate", "natural_ci_high"):
        assert index[name] == pytest.approx(item[name], rel=1e-6)


@dataclass(frozen=True)
class Imputed(WaveData):
    """A wave of several data sets."""

    sets: tuple[WaveData, ...] = ()

    @property
    def imputations(self) -> int:
        """How many."""
        return len(self.sets)

    def column(self, name: str, *, without: frozenset[str] = frozenset()) -> FloatArray:
        """The columns of all, below each other."""
        return np.concatenate([one.column(name, without=without) for one in self.sets])

    def dummies(self, name: str) -> FloatArray:
        """The dummies of all."""
        return np.concatenate([one.dummies(name) for one in self.sets])

    def domain(self, condition) -> BoolArray:
        """The domains of all."""
        return np.concatenate([one.domain(condition) for one in self.sets])


@pytest.mark.parametrize(
    ("model", "outcome"),
    [
        ("linear", "share"), ("logit", "gate"), ("fractional_logit", "share"), ("ordered_logit", "q2"),
        ("poisson", "n_ideas"), ("negative_binomial", "n_ideas"),
    ],
)  # fmt: skip
def test_imputations_are_pooled_by_rubins_rules(tested, model, outcome) -> None:
    """Coefficients, standardised and natural effects each by themselves; the domain differs between imputations."""
    keys = f'x: q1, y: {outcome}, model: {model}, controls: [log_size, kind], domain: "share >= 0"'
    rng = np.random.default_rng(5)
    sets, singles = [], []
    for _ in range(4):
        columns = drawn()
        for name in ("q1", outcome):
            gaps = rng.random(N) < 0.15
            columns[name] = np.where(gaps, rng.permutation(columns[name]), columns[name])
        found = tested(keys, columns, design=True)
        sets.append(found.data)
        singles.append(found.table.iloc[0])
    first = sets[0]
    data = Imputed(first.study, "2020", first.responses, first.reasons, first.scores, sets=tuple(sets))
    pooled = regression.test_regression(data, "", first.study.claims["H1"].parts[""])[0]
    assert (pooled.reason, pooled.imputations, pooled.model) == ("", 4, model)
    assert pooled.n == min(row["n"] for row in singles)
    complete_df = min(row["df"] for row in singles)

    def rubin(name: str, error: str) -> tuple[float, float, float, float]:
        q = np.array([row[name] for row in singles])
        u = np.array([row[error] for row in singles]) ** 2
        within, between = u.mean(), q.var(ddof=1)
        total = within + 1.25 * between
        share = 1.25 * between / total
        old, observed = 3 / share**2, (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        df = old * observed / (old + observed)
        increase = 1.25 * between / within
        return q.mean(), np.sqrt(total), df, (increase + 2 / (df + 3)) / (increase + 1)

    estimate, error, df, fmi = rubin("estimate", "std_error")
    np.testing.assert_allclose(
        [pooled.estimate, pooled.std_error, pooled.df, pooled.fmi], [estimate, error, df, fmi], rtol=1e-8
    )
    assert pooled.p_value == pytest.approx(2 * stats.t.sf(abs(estimate / error), df))
    estimate, error, df, _ = rubin("std_estimate", "std_std_error")
    half = stats.t.ppf(0.975, df) * error
    np.testing.assert_allclose(
        [pooled.std_estimate, pooled.std_std_error, pooled.std_ci_low, pooled.std_ci_high],
        [estimate, error, estimate - half, estimate + half],
        rtol=1e-8,
    )
    said = [row["natural_estimate"] for row in singles]
    expected = np.exp(np.log(said).mean()) if pooled.natural_unit == "rate ratio" else np.mean(said)
    assert pooled.natural_estimate == pytest.approx(expected)
    assert pooled.natural_ci_low < expected < pooled.natural_ci_high


@pytest.mark.parametrize(
    ("keys", "change", "reason"),
    [
        ("x: q1, y: gate, model: logit", {"gate": [1.0] * N}, "no variance"),
        ("x: q1, y: gate, model: logit", {"gate": [0.0] * 9 + [1.0] * (N - 9)}, RARE),
        ("x: gate, y: q1", {"gate": [1.0] * 9 + [0.0] * (N - 9)}, RARE),
        ("x: [q2, gate], y: q1, model: ordered_logit", {"gate": [0.0] * 9 + [1.0] * (N - 9)}, RARE),
        ("x: q1, y: n_ideas, model: poisson", {"n_ideas": [0.0] * (N - 9) + [1.0, 2, 3] * 3}, RARE),
        ("x: q1, y: gate, model: logit", {"gate": 1.0 * (np.array(drawn()["q1"]) > 3)}, "separated: q1"),
        (
            "x: q1, y: gate, model: logit, controls: [kind]",
            {"gate": np.where(np.array(drawn()["kind"]) == 2, 1, drawn()["gate"])},
            "separated: kind",
        ),
        ("x: q1, y: q2, model: ordered_logit", {"q2": drawn()["q1"]}, "separated"),
        ("x: q1, y: q2, model: ordered_logit", {"q2": [3.0] * N}, "no variance"),
        ("x: q1, y: n_ideas, model: poisson", {"n_ideas": [0.0] * N}, "no variance"),
        ("x: [q1, q2], y: n_ideas, model: poisson", {"q2": drawn()["q1"]}, "collinear"),
        ("x: [q1, q2], y: gate, model: logit", {"q2": drawn()["q1"]}, "collinear"),
        ("x: [q1, q3], y: q2, model: ordered_logit", {"q3": 6 - np.array(drawn()["q1"])}, "collinear"),
        ("x: q1, y: n_ideas, model: negative_binomial", {"n_ideas": [0.5, 1, 2] * 50}, "outcome outside the model"),
        ("x: q1, y: n_ideas, model: poisson", {"n_ideas": [4.0] * 20 + [np.nan] * (N - 20)}, "too few employers"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("design", [False, True])
def test_why_there_is_no_estimate(tested, keys, change, reason, design) -> None:
    columns = drawn()
    table = tested(keys, {**columns, **change}, design=design).table
    assert set(table["reason"]) == {reason}
    assert (
        table[["estimate", "p_value", "std_estimate", "std_std_error", "natural_estimate"]]
        .isna()
        .all(axis=None)
    )
    assert (table["model"] != "").all()


def test_the_fewest_on_one_side_stand_beside_the_estimate(tested) -> None:
    """Of a yes or no the rarer answer, of the outcome or the term; disclosure control reads it."""
    columns = drawn() | {"gate": [1.0] * 12 + [0.0] * (N - 12)}
    table = tested("x: [gate, q2], y: q1", columns).table.set_index("term")
    assert (table["reason"] == "").all()
    answers = pd.DataFrame({name: columns[name] for name in ("gate", "q1", "q2")}).dropna()
    counted = {
        name: min((answers[name] != answers[name].min()).sum(), (answers[name] != answers[name].max()).sum())
        for name in answers
    }
    for term in ("gate", "q2"):
        assert table.loc[term, "n_fewest"] == min(counted[term], counted["q1"])
    assert table.loc["gate", "n_fewest"] <= 12


def test_one_imputation_without_an_estimate_is_enough(tested) -> None:
    good, bad = (
        tested("x: q1, y: gate, model: logit", {**drawn(), **change}).data
        for change in ({}, {"gate": 1.0 * (np.array(drawn()["q1"]) > 3)})
    )
    data = Imputed(good.study, "2020", good.responses, good.reasons, good.scores, sets=(good, bad, good))
    assert (
        regression.test_regression(data, "", good.study.claims["H1"].parts[""])[0].reason == "separated: q1"
    )


def test_an_outcome_of_too_many_values_has_no_order_to_speak_of(tested) -> None:
    indices = (
        "Q: {label: {nl: Q, en: Q}, theme: work, type: formative, items: [q1, log_ideas]}\n"
        "Z: {label: {nl: Z, en: Z}, theme: work, type: formative, items: [q2]}\n"
    )
    columns = {**drawn(), "n_ideas": np.arange(N, dtype=float) % 60}
    files = {"indices.yaml": indices}
    assert tested("x: q2, y: Q, model: ordered_logit", columns, files=files).table["reason"].tolist() == [
        "outcome outside the model"
    ]
    assert tested("x: q1, y: Z, model: ordered_logit", columns, files=files).table["reason"].tolist() == [""]


def test_a_multinomial_model_is_no_model_of_slopes(tested) -> None:
    data = tested("x: q1, y: share").data
    predictors = predictors_of(data, {"q1": data.column("q1")}, ())
    with pytest.raises(ValueError, match="multinomial"):
        fit_model(data, "share", "multinomial", predictors)


def test_a_table_without_a_row_takes_no_types_away() -> None:
    from inspraak.hypotheses.result import Estimate, estimate_table

    row = {"hypothesis": "H1", "wave": "2020", **Estimate("", "regression", n=40, estimate=0.5).row()}
    joined = pd.concat([estimate_table([row]), estimate_table([])], ignore_index=True)
    assert joined[["n", "estimate", "decides"]].dtypes.astype(str).tolist() == ["int64", "float64", "bool"]
