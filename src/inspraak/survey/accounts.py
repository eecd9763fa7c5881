"""The two accounts of a cleaned wave: what became of every delivered row, and of every answer."""

import logging
from collections.abc import Mapping

import pandas as pd

from inspraak.study.scales import REASONS
from inspraak.study.study import Study
from inspraak.study.tables import read_counts
from inspraak.survey.deriving import FAILURES, without_value

log = logging.getLogger(__name__)
ROW_REASONS = (
    "not_employer", "duplicate", "scope_unknown", "out_of_scope", "no_stratum", "break_off",
    "failed_attention", "straight_lining", "impossible_values",
)  # fmt: skip
"""Why a delivered row is not analysed, in the order in which the reasons are tried."""
NOT_COMPUTABLE = "n_not_computable"
"""Count of the rows for which arithmetic has no value of a variable."""


def account_for_rows(
    study: Study, wave: str, delivered: int, removed: Mapping[str, int], strata: pd.Series
) -> pd.DataFrame:
    """Account for every delivered row: wave, step, reason, n; before that invited and response per stratum, if known.

    `strata` are those of the analysed rows, `removed` counts the others by reason. The response are the analysed rows:
    who answered and was removed counts among the invited only. A stratum that the file of the invited does not have
    stands with its response alone, and that is told in the log, as is a stratum with more response than invited.
    """
    rows: list[tuple[str, str, int]] = []
    file = study.waves[wave].invited
    if file is not None:
        invited = read_counts(study, file, "invited")
        responded = strata.value_counts().sort_index()
        for stratum in dict.fromkeys([*invited, *responded.index]):
            n = int(responded.get(stratum, 0))
            if stratum in invited:
                rows.append(("invited", stratum, int(invited[stratum])))
            rows.append(("response", stratum, n))
            if n > invited.get(stratum, 0):
                asked = f"{invited[stratum]:g} invited" if stratum in invited else "no row for it"
                log.warning("%s: stratum '%s': %s and %d analysed in wave %s", file, stratum, asked, n, wave)
    rows += [("delivered", "", delivered)]
    rows += [("removed", reason, removed.get(reason, 0)) for reason in ROW_REASONS]
    rows += [("analysed", "", len(strata))]
    return pd.DataFrame(rows, columns=["step", "reason", "n"]).assign(wave=wave)


def account_for_answers(
    study: Study, wave: str, responses: pd.DataFrame, reasons: pd.DataFrame
) -> pd.DataFrame:
    """Count, per item, the answers and the reasons of the missing ones among the analysed rows.

    A variable that arithmetic can fail for (a logarithm, a ratio) has a row too: `n_no_answer` counts the rows in
    which a part of it is missing, `n_not_computable` those in which all parts are there and it has no value.
    """
    counts = pd.DataFrame({"item": list(reasons.columns)})
    counts["n_asked"] = (reasons != "not_asked").sum().to_numpy()
    counts["n_answered"] = (reasons == "").sum().to_numpy()
    for reason in REASONS:
        counts[f"n_{reason}"] = (reasons == reason).sum().to_numpy()
    counts[NOT_COMPUTABLE] = 0
    n, rows = len(responses), []
    for name, failed in without_value(study, responses).items():
        computed = int(responses[name].notna().sum())
        row = {"item": name, "n_asked": n, "n_answered": computed, NOT_COMPUTABLE: failed}
        rows.append({**row, "n_no_answer": n - computed - failed})
    computable = pd.DataFrame(rows, columns=counts.columns).fillna(0)
    joined = pd.concat([counts, computable.astype(counts.dtypes)], ignore_index=True)
    return joined.assign(wave=wave)


def warn_of_uncomputable(study: Study, missing: pd.DataFrame) -> None:
    """Tell in the log of every variable that has no value for some employers although all its parts are there."""
    for row in missing[missing[NOT_COMPUTABLE] > 0].to_dict("records"):
        variable = study.variables[row["item"]]
        why = FAILURES[variable.operation]
        advice = f"; log1p: {variable.log}, the logarithm of 1 + {variable.log}, has one from 0 on"
        log.warning(
            "study.yaml: variables.%s: wave %s: no value for %d of %d employers (%s): they fall out of whatever "
            "uses it%s",
            row["item"], row["wave"], row[NOT_COMPUTABLE], row["n_asked"], why,
            advice if variable.log is not None else "",
        )  # fmt: skip


def assert_accounted(sample: pd.DataFrame, missing: pd.DataFrame, analysed: int) -> None:
    """Stop the run where a row or an answer is lost: that would be a fault of the program, not of the user."""
    n = sample.set_index(["step", "reason"])["n"]
    if n["delivered"].sum() != n["removed"].sum() + n["analysed"].sum():
        raise AssertionError("a delivered row is neither analysed nor removed under one reason")
    if n["analysed"].sum() != analysed:
        raise AssertionError("the number of analysed rows is not the number of rows")
    counted = missing[["n_answered", *(f"n_{reason}" for reason in REASONS), NOT_COMPUTABLE]].sum(axis=1)
    if not (counted == analysed).all():
        raise AssertionError("an answer is neither given nor missing under one reason")
