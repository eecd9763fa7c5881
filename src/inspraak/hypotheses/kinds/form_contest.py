"""Test of kind `form_contest`: does y go together with the conditions jointly, or with their sum."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from inspraak.estimation.condition_forms import CONJUNCTIVE, FORMS
from inspraak.estimation.form_contest import FormContest as Contest
from inspraak.estimation.form_contest import contest_forms
from inspraak.estimation.lacking import lacking_where_high
from inspraak.estimation.shares import share_intervals
from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.result import BIC_TOO_CLOSE, NO_VARIANCE, OUTSIDE_MODEL, Detail, Estimate
from inspraak.hypotheses.samples import Sample, on_own_scale, sample_of
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import FormContest
from inspraak.study.parts import Part

CLEAR = 6.0
"""BIC difference from which one form is strongly preferred to another (Raftery 1995, Sociological Methodology 25)."""


def test_form_contest(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give how much better the best conjunctive form foretells y than the mean of the conditions; `forms` beside it.

    Conditions are on 0..1 between the declared ends of their scales. What decides is the gain in R2 out of sample,
    with the one-sided p of the side that it is on: of the best of all conjunctive forms above zero, of the additive
    form over every one of them below. A side counts where the BIC, too, prefers it by 6; else the estimate has an
    `unmet_condition`.
    """
    assert isinstance(part, FormContest)
    term = f"forms of {', '.join(part.conditions)}"
    reason = not_asked(data, part)
    scaled = {} if reason else {name: on_own_scale(data, name, top=1.0) for name in part.conditions}
    columns = {name: np.clip(values, 0.0, 1.0) for name, values in scaled.items() if values is not None}
    if not reason and len(columns) < len(part.conditions):
        reason = OUTSIDE_MODEL
    if reason:
        return [Estimate(label, part.kind, part.y, term, reason=reason)]
    products = 2 ** len(columns) - 1 - len(columns)  # of the loosest form, beyond the conditions
    sample = sample_of(data, label, part, part.y, columns, more=products)
    shared = sample.shared
    if sample.reason:
        return [Estimate(**shared, term=term, reason=sample.reason)]
    found = contest_forms(
        np.stack(list(columns.values()), axis=1),
        sample.outcome,
        data.test_design,
        data.stream(part),
        controls=sample.held,
        included=sample.used,
        covariance=data.covariance,
        draws=data.repetitions.draws,
    )
    if np.isnan([found.gain_p, found.loss_p, found.bic_difference]).any():
        return [Estimate(**shared, term=term, reason=NO_VARIANCE)]
    shared["imputations"] = data.imputations if data.imputations > 1 else 0
    lacking = _lacking(data, np.stack(list(columns.values()), axis=1), sample, part, shared)
    return [_gain(found, part, shared), *lacking, *_forms(found, part, shared)]


def _gain(found: Contest, part: FormContest, shared: dict[str, Any]) -> Estimate:
    ahead = found.gain > 0
    outside = dict(zip(FORMS, found.out_of_sample_r_squared))
    best = max(CONJUNCTIVE, key=lambda name: outside[name])
    clear = (found.bic_difference if ahead else -found.bic_difference) >= CLEAR
    return Estimate(
        **shared,
        term=f"{best} of {', '.join(part.conditions)}",
        estimate=found.gain,
        std_error=found.gain_error,
        df=np.inf,
        ci_low=found.gain_low,
        ci_high=found.gain_high,
        std_estimate=found.gain,
        std_std_error=found.gain_error,
        std_ci_low=found.gain_low,
        std_ci_high=found.gain_high,
        natural_estimate=100 * found.gain,
        natural_ci_low=100 * found.gain_low,
        natural_ci_high=100 * found.gain_high,
        natural_unit="percentage points",
        p_value=found.gain_p if ahead else found.loss_p,
        unmet_condition="" if clear else BIC_TOO_CLOSE,
    )


def _lacking(
    data: WaveData, conditions: FloatArray, sample: Sample, part: FormContest, shared: dict[str, Any]
) -> Iterator[Estimate]:
    """Give, of the employers with y above its median, the share with a condition below its P25: any, and each."""
    found = lacking_where_high(conditions, sample.outcome, data.test_design, included=sample.used)
    share, names = found.share, [*part.conditions, f"any of {', '.join(part.conditions)}"]
    n = np.full(len(names), found.n)
    low, high, _ = share_intervals(share.estimate, share.std_error, n=n, df=share.df)
    for place in (len(names) - 1, *range(len(names) - 1)):
        numbers = {
            "estimate": float(share.estimate[place]),
            "ci_low": float(low[place]),
            "ci_high": float(high[place]),
        }
        natural = {f"natural_{name}": 100 * value for name, value in numbers.items()}
        yield Estimate(
            **(shared | {"n": found.n, "controls": "", **numbers, **natural}),
            term=f"lacking {names[place]}",
            n_fewest=float(found.fewest[place]),
            std_error=float(share.std_error[place]),
            df=float(share.df[place]),
            fmi=float(share.missing_information[place]),
            natural_unit="percentage points",
            decides=False,
        )


def _forms(found: Contest, part: FormContest, shared: dict[str, Any]) -> Iterator[Detail]:
    """Give every form in the order of the contest; `delta_bic` is the BIC beyond that of the best of one column."""
    lowest = float(found.bic[FORMS.index(found.best)])
    for place, name in enumerate(FORMS):
        values = {
            "outcome": part.y, "form": name, "n": shared["n"], "imputations": shared["imputations"],
            "coefficients": int(found.parameters[place]), "r2": float(found.r_squared[place]),
            "r2_out": float(found.out_of_sample_r_squared[place]), "bic": float(found.bic[place]),
            "delta_bic": float(found.bic[place]) - lowest, "best": name == found.best,
        }  # fmt: skip
        yield Detail(shared["part"], "forms", values)
