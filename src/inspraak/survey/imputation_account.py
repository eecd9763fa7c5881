"""How the imputation of a wave went: the account of every item, its chains, what was imputed beside what was given."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from inspraak.estimation.imputation import Imputations
from inspraak.study.study import Study
from inspraak.survey.imputable import Candidate, FloatArray
from inspraak.survey.imputation_model import ImputationModel

PARTS = 5
"""Numbers are compared in so many parts of their answers, as many answers in each."""
SETTLED = 1.2
"""Chains have settled where their scale reduction factor is no larger."""
COLUMNS = (
    "wave", "item", "n_answered", "n_missing", "n_structural", "n_imputed", "imputations", "method", "reason",
    "predictors", "statistic", "category", "observed", "imputed", "difference", "scale_reduction", "converged",
)  # fmt: skip
"""Columns of the account; imputation.csv holds those that tell no mean."""
TRACED = ("wave", "item", "imputation", "cycle", "n", "mean")
SPREAD = ("wave", "item", "category", "n_answered", "n_imputed", "observed", "imputed", "low", "high")


def account_of(
    wave: str,
    study: Study,
    found: Sequence[Candidate],
    answers: Mapping[str, FloatArray],
    items: Sequence[Candidate],
    model: ImputationModel | None,
    filled: Imputations | None,
) -> pd.DataFrame:
    """Give one row per item that was asked: what is missing, what was imputed and how, or why not.

    `observed` and `imputed` are unweighted: the mean of the answers as they count, or of an unordered item the share
    of the `category` that was given most; `difference` is imputed less observed, in SD of the answers given.
    `scale_reduction` is that of the chain means (Gelman & Rubin 1992, Statistical Science 7, 457-472): near 1 where
    the imputations are as different as the cycles of one of them.
    """
    places = {item.name: place for place, item in enumerate(items)}
    rows: list[dict[str, object]] = []
    for item in found:
        row: dict[str, object] = {
            "wave": wave,
            "item": item.name,
            "n_answered": int((~item.gaps & ~item.structural).sum()),
            "n_missing": int(item.gaps.sum()),
            "n_structural": int(item.structural.sum()),
            "n_imputed": 0,
            "method": "none",
            "reason": item.reason if item.gaps.any() else "no_gaps",
        }
        if item.name in answers:
            row |= {
                "n_imputed": row["n_missing"],
                "imputations": len(answers[item.name]),
                "method": item.method,
            }
            row |= _compared(study, item, answers[item.name])
            if item.name in places and model is not None and filled is not None:
                place = places[item.name]
                factor = scale_reduction(filled.chain_mean[:, :, place])
                crowded = "crowded" if model.crowded[place] and not item.reason else item.reason
                row |= {"predictors": int(model.columns[place]), "reason": crowded}
                row |= {
                    "scale_reduction": factor,
                    "converged": bool(factor <= SETTLED) if np.isfinite(factor) else "",
                }
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def scale_reduction(means: FloatArray) -> float:
    """Give the potential scale reduction factor of chains (cycles, m); NaN for fewer than two of either.

    The root of ((T - 1) W / T + B / T) / W, with W the mean variance within chains of T cycles and B / T the variance
    of their means; 1 where nothing varies (Gelman & Rubin 1992). R: coda::gelman.diag without its correction for m.
    """
    cycles, m = means.shape
    if cycles < 2 or m < 2:
        return float("nan")
    within, between = float(means.var(axis=0, ddof=1).mean()), float(means.mean(axis=0).var(ddof=1))
    if within == 0:
        return 1.0 if between == 0 else float("inf")
    return float(np.sqrt((cycles - 1) / cycles + between / within))


def traces_of(wave: str, items: Sequence[Candidate], filled: Imputations | None) -> pd.DataFrame:
    """Give the mean of the imputed cells in every cycle: wave, item, imputation, cycle, n, mean.

    In standard deviations of the answers that were given, from their mean, on the scale of the model; of an unordered
    item the share of its commonest category likewise.
    """
    columns: dict[str, list[object]] = {name: [] for name in TRACED}
    for place, item in enumerate(items if filled is not None else ()):
        n = int(item.gaps.sum())
        if not n or filled is None:
            continue
        known = item.values[~np.isnan(item.values)]
        if item.unordered:
            codes, counts = np.unique(known, return_counts=True)
            known = (known == codes[counts.argmax()]).astype(float)
        means = (filled.chain_mean[:, :, place] - known.mean()) / known.std()
        cycles, m = means.shape
        columns["item"] += [item.name] * means.size
        columns["imputation"] += list(range(1, m + 1)) * cycles
        columns["cycle"] += np.repeat(np.arange(1, cycles + 1), m).tolist()
        columns["n"] += [n] * means.size
        columns["mean"] += means.ravel().tolist()
    columns["wave"] = [wave] * len(columns["item"])
    return pd.DataFrame(columns).astype({"wave": str, "item": str, "mean": float})


def distributions_of(
    wave: str, found: Sequence[Candidate], answers: Mapping[str, FloatArray]
) -> pd.DataFrame:
    """Give the shares of each category among the answers given and those imputed.

    wave, item, category, n_answered, n_imputed, observed, imputed (the mean of the imputations), low and high (the
    least and the most of them). A number is cut into PARTS at quantiles of the answers given, so that nobody's answer
    is told; its categories are the parts, 1 for the lowest.
    """
    columns: dict[str, list[object]] = {name: [] for name in SPREAD}
    for item in found:
        if item.name not in answers or item.levels.size < 2:
            continue
        given = item.given[~np.isnan(item.given)]
        names, observed, imputed = _shares(item, given, answers[item.name])
        columns["item"] += [item.name] * len(names)
        columns["category"] += names
        columns["n_answered"] += [given.size] * len(names)
        columns["n_imputed"] += [answers[item.name].shape[1]] * len(names)
        columns["observed"] += observed.tolist()
        columns["imputed"] += imputed.mean(axis=0).tolist()
        columns["low"] += imputed.min(axis=0).tolist()
        columns["high"] += imputed.max(axis=0).tolist()
    columns["wave"] = [wave] * len(columns["item"])
    return pd.DataFrame(columns).astype(dict.fromkeys(("wave", "item", "category"), str))


def _shares(
    item: Candidate, given: FloatArray, imputed: FloatArray
) -> tuple[list[str], FloatArray, FloatArray]:
    """Give categories, their shares among the answers given (c,) and in each imputation (m, c)."""
    if item.number:
        edges = np.quantile(given, np.arange(1, PARTS) / PARTS, method="inverted_cdf")
        places = range(PARTS)
        names = [str(place + 1) for place in places]
        of_given, of_imputed = (np.searchsorted(edges, values, side="left") for values in (given, imputed))
    else:
        levels = np.sort(item.levels)
        places = range(levels.size)
        names = [f"{level:g}" for level in levels]
        of_given, of_imputed = (np.searchsorted(levels, values) for values in (given, imputed))
    observed = np.array([(of_given == place).mean() for place in places])
    return names, observed, np.column_stack([(of_imputed == place).mean(axis=1) for place in places])


def _compared(study: Study, item: Candidate, imputed: FloatArray) -> dict[str, object]:
    """Give the mean of the answers given and imputed, or the share of the commonest category, and how they differ."""
    given = item.given[~np.isnan(item.given)]
    scale, category = study.scale_of(item.name), ""
    if item.unordered:
        codes, counts = np.unique(given, return_counts=True)
        commonest = codes[counts.argmax()]
        category = f"{commonest:g}"
        given, imputed = (given == commonest).astype(float), (imputed == commonest).astype(float)
    elif scale.codes is not None:
        given, imputed = (_counted(values, scale.code_values) for values in (given, imputed))
    observed, filled, spread = float(given.mean()), float(imputed.mean()), float(given.std())
    return {
        "statistic": "share" if item.unordered else "mean",
        "category": category,
        "observed": observed,
        "imputed": filled,
        "difference": (filled - observed) / spread if spread > 0 else 0.0,
    }


def _counted(codes: FloatArray, values: Mapping[float, float]) -> FloatArray:
    """Turn codes into what they count for."""
    order = np.sort(np.array(list(values), dtype=float))
    return np.array([values[code] for code in order.tolist()])[np.searchsorted(order, codes)]
