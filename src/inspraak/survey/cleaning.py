"""Decide which delivered rows are analysed, with every row and every answer accounted for."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.errors import Problem, UserError
from inspraak.study.codebook import routing_order
from inspraak.study.design import Limits
from inspraak.study.problems import Gathered
from inspraak.study.scales import STRUCTURAL
from inspraak.study.study import Study
from inspraak.survey.accounts import (
    account_for_answers,
    account_for_rows,
    assert_accounted,
    warn_of_uncomputable,
)
from inspraak.survey.deriving import derive_variables
from inspraak.survey.harmonising import Harmonised, matches
from inspraak.survey.matching import recognise_employers
from inspraak.survey.plausibility import FEWEST
from inspraak.survey.weighting import strata_of

BoolArray = npt.NDArray[np.bool_]
SAID = ("dont_know", "refused", "not_applicable")
"""Reasons that a respondent gave: the question was reached."""
MOST_TOLD = 5
"""Rows of one employer that a message names."""


@dataclass(frozen=True)
class Cleaned:
    """One wave, cleaned: answers, reasons and the two accounts.

    `responses`: employer, items, variables, stratum; `reasons`: as in `Harmonised`; `sample`: step, reason, n
    (every delivered row once); `missing`: item (or a variable that arithmetic can fail for) and one count per reason
    (every analysed row once).
    """

    responses: pd.DataFrame
    reasons: pd.DataFrame
    sample: pd.DataFrame
    missing: pd.DataFrame


@dataclass
class _Ledger:
    """Which rows are still in, and how many left for which reason."""

    open: BoolArray
    removed: dict[str, int] = field(default_factory=dict)

    def remove(self, reason: str, rows: BoolArray) -> None:
        """Take the rows that are still in and match out under one reason."""
        leaving = self.open & rows
        self.removed[reason] = self.removed.get(reason, 0) + int(leaving.sum())
        self.open = self.open & ~rows


def clean_wave(study: Study, wave: str, harmonised: Harmonised) -> Cleaned:
    """Clean one wave; raises `UserError` for several rows of an employer unless a rule is declared, and for values
    that cannot be recoded or recognised.

    Values outside the bounds of their scale are set to missing (`impossible`); routed questions become
    `not_asked`; the empty answers after a respondent's last one become `break_off`.
    """
    values, reasons = _without_impossible(study, harmonised)
    values, reasons = _routed(study, wave, values, reasons)
    reasons = _broken_off(study, values, reasons)
    gathered = Gathered()
    with gathered.noting():
        variables = derive_variables(study, wave, values)
    with gathered.noting():
        employers = recognise_employers(study, wave, values, harmonised.rows)
        duplicates = _duplicates(study, harmonised, reasons, employers)
    gathered.refuse()
    strata = strata_of(study, values, variables)
    ledger = _judge_rows(study, harmonised, values, reasons, variables, duplicates, strata)
    kept = ledger.open
    if not kept.any():
        counts = ", ".join(f"{reason}: {n}" for reason, n in ledger.removed.items() if n)
        raise UserError(Problem("study.yaml", f"wave {wave}", f"no row left ({counts})", "at least one"))
    responses = pd.concat([employers.rename("employer"), values, variables, strata.rename("stratum")], axis=1)
    cleaned = Cleaned(
        responses=responses[kept].reset_index(drop=True),
        reasons=reasons[kept].reset_index(drop=True),
        sample=account_for_rows(study, wave, harmonised.delivered, ledger.removed, strata[kept]),
        missing=account_for_answers(study, wave, responses[kept], reasons[kept]),
    )
    assert_accounted(cleaned.sample, cleaned.missing, len(cleaned.responses))
    warn_of_uncomputable(study, cleaned.missing)
    return cleaned


def _without_impossible(study: Study, harmonised: Harmonised) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set values outside their bounds, and parts that do not add up, to missing."""
    values, reasons = harmonised.values.copy(), harmonised.reasons.copy()
    for item in values.columns:
        number = study.scale_of(item).number
        if number is None:
            continue
        outside = values[item].notna() & ~values[item].between(*number.limits)
        reasons.loc[outside, item] = "impossible"
        values.loc[outside, item] = np.nan
    for check in study.cleaning.checks:
        parts = [item for item in check.sum if item in values]
        answered = values[parts].notna().all(axis=1) if len(parts) == len(check.sum) else False
        off = answered & ((values[parts].sum(axis=1) - check.equals).abs() > check.tolerance)
        reasons.loc[off, parts] = "impossible"
        values.loc[off, parts] = np.nan
    return values, reasons


def _routed(
    study: Study, wave: str, values: pd.DataFrame, reasons: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mark answers to questions that were not for this employer as structurally missing, gates before the others."""
    values, reasons = values.copy(), reasons.copy()
    asked = study.asked(wave)
    for name in routing_order(study.codebook):
        item = asked.get(name)
        if item is None or item.asked_if is None or any(gate not in values for gate in item.asked_if.names):
            continue
        off = ~item.asked_if.holds({gate: values[gate] for gate in item.asked_if.names})
        values.loc[off, name] = np.nan if study.scale_of(name).text is None else None
        reasons.loc[off, name] = "not_asked"
    return values, reasons


def _broken_off(study: Study, values: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    """Call the empty answers after the last one that was given `break_off`, where the study has break-offs."""
    if study.cleaning.break_off is None:
        return reasons
    items = [item for item in values.columns if study.codebook[item].substantive]
    empty = (reasons[items] == "no_answer") | reasons[items].isin(STRUCTURAL)
    trailing = empty.iloc[:, ::-1].cummin(axis=1).iloc[:, ::-1]
    marked = reasons.copy()
    marked[items] = reasons[items].mask(trailing & (reasons[items] == "no_answer"), "break_off")
    return marked


def _judge_rows(
    study: Study,
    harmonised: Harmonised,
    values: pd.DataFrame,
    reasons: pd.DataFrame,
    variables: pd.DataFrame,
    duplicates: BoolArray,
    strata: pd.Series,
) -> _Ledger:
    """Take out each row under the first reason that fits, in the order of ROW_REASONS."""
    cleaning, scope = study.cleaning, study.survey.scope
    ledger = _Ledger(np.ones(len(values), dtype=bool), dict(harmonised.removed))
    ledger.remove("duplicate", duplicates)
    columns = {**{name: values[name] for name in values}, **{name: variables[name] for name in variables}}
    known = {name: columns[name] for name in scope if name in columns}
    unknown = [column.isna().to_numpy() for column in known.values()]
    ledger.remove("scope_unknown", _any(unknown, len(values)))
    outside = [~_within(column, scope[name]) for name, column in known.items()]
    ledger.remove("out_of_scope", _any(outside, len(values)))
    ledger.remove("no_stratum", strata.isna().to_numpy())
    if cleaning.break_off is not None:
        ledger.remove("break_off", _answered_share(study, reasons) < cleaning.break_off)
    failed = [
        (values[item].notna() & ~matches(values[item], [right])).to_numpy()
        for item, right in cleaning.attention.items()
        if item in values
    ]
    ledger.remove("failed_attention", _any(failed, len(values)))
    ledger.remove("straight_lining", _straight_lining(study, values))
    if cleaning.impossible is not None:
        ledger.remove("impossible_values", _impossible(study, reasons) >= cleaning.impossible)
    return ledger


def _any(rows: list[BoolArray], n: int) -> BoolArray:
    return np.any(rows, axis=0) if rows else np.zeros(n, dtype=bool)


def _within(column: pd.Series, limits: Limits) -> BoolArray:
    inside = np.ones(len(column), dtype=bool)
    if limits.at_least is not None:
        inside &= (column >= limits.at_least).to_numpy(dtype=bool)
    if limits.at_most is not None:
        inside &= (column <= limits.at_most).to_numpy(dtype=bool)
    if limits.in_ is not None:
        inside &= matches(column, limits.in_)
    if limits.not_in is not None:
        inside &= ~matches(column, limits.not_in)
    return inside


def _duplicates(
    study: Study, harmonised: Harmonised, reasons: pd.DataFrame, employers: pd.Series
) -> BoolArray:
    """Mark the rows of an employer that are not kept: identical ones always, others by the declared rule."""
    if study.survey.employer is None:
        return np.zeros(len(employers), dtype=bool)
    cells = pd.concat([harmonised.values, harmonised.reasons.add_suffix("!")], axis=1)
    identical = cells.assign(employer=employers).duplicated(keep="first").to_numpy()
    left = employers[~identical]
    repeated = left[left.duplicated(keep=False)]
    rule = study.cleaning.duplicates
    if rule == "refuse" and len(repeated):
        raise UserError(_repeated(harmonised.rows, repeated))
    if len(employers) >= FEWEST and employers.nunique() * 2 < len(employers):
        found = f"no more than {employers.nunique()} identifiers in {len(employers)} rows"
        expected = "the item that tells employers apart: about one row for each"
        raise UserError(Problem("study.yaml", f"employer ({study.survey.employer.item})", found, expected))
    answered = (reasons.loc[left.index] == "").sum(axis=1)
    rank = {
        "first": -left.index.to_numpy(),
        "last": left.index.to_numpy(),
        "most_complete": answered.to_numpy(),
    }
    order = pd.DataFrame({"employer": left, "rank": rank.get(rule, answered.to_numpy())})
    best = order.sort_values(["employer", "rank"], ascending=[True, False], kind="stable")
    kept = set(best.drop_duplicates("employer").index)
    return np.asarray([bool(same) or row not in kept for row, same in zip(employers.index, identical)])


def _repeated(rows: pd.Series, repeated: pd.Series) -> list[Problem]:
    problems = []
    for _, group in repeated.groupby(repeated, sort=False):
        places = [str(place).rpartition(", ") for place in rows[group.index]]
        file = places[0][0]
        told = [row if path == file else f"{row} of {path}" for path, _, row in places[:MOST_TOLD]]
        where = " and ".join(told) + (f" and {len(places) - MOST_TOLD} more" * (len(places) > MOST_TOLD))
        expected = "one row per employer, or a rule under cleaning.duplicates (first, last, most_complete)"
        problems.append(
            Problem(file, where, f"{len(group)} rows of one employer with other answers", expected)
        )
    return problems


def _answered_share(study: Study, reasons: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Give the share of the substantive items asked that got a response (an answer, don't know, refusal)."""
    items = [item for item in reasons.columns if study.codebook[item].substantive]
    asked = ~reasons[items].isin(["not_asked"])
    reached = (reasons[items].isin(["", *SAID, "impossible", "suppressed"]) & asked).sum(axis=1)
    return (reached / asked.sum(axis=1).clip(lower=1)).to_numpy(dtype=float)


def _impossible(study: Study, reasons: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Count the impossible values of each row; parts that do not add up are one mistake together."""
    impossible = reasons == "impossible"
    count = impossible.sum(axis=1)
    for check in study.cleaning.checks:
        parts = [item for item in check.sum if item in reasons]
        count -= impossible[parts].all(axis=1) * max(len(parts) - 1, 0)
    return count.to_numpy(dtype=np.int64)


def _straight_lining(study: Study, values: pd.DataFrame) -> BoolArray:
    """Mark rows with one and the same code throughout enough batteries."""
    rule = study.cleaning.straight_lining
    if rule is None:
        return np.zeros(len(values), dtype=bool)
    flat = np.zeros(len(values), dtype=int)
    for battery in rule.batteries.values():
        answers = values[[item for item in battery if item in values]]
        same = (answers.nunique(axis=1) == 1) & (answers.notna().sum(axis=1) >= rule.minimum_items)
        flat += same.to_numpy(dtype=int)
    return flat >= rule.batteries_needed
