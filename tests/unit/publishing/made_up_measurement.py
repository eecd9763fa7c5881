"""Made-up tables of scales and models, in the columns of the contract: small, and with every verdict and status."""

import itertools

import pandas as pd

from inspraak.publishing.tables import conform
from inspraak.study.study import Study

from .made_up_study import WAVES

Tables = dict[str, pd.DataFrame]
VERDICTS = ("yes", "partial", "no", "not testable")
LEVELS = ("configural", "metric", "scalar")


def measurement_tables(study: Study) -> Tables:
    """Make reliability, item statistics, models, pairs, comparability, scorings and method of every wave."""
    tables: Tables = {
        "reliability": _reliability(study),
        "item_statistics": _item_statistics(study),
        "fit": _fit(study),
        "loadings": _loadings(study),
        "discriminant": _discriminant(study),
        "invariance": _invariance(study),
        "scorings": _scorings(study),
        "method": _method(study),
    }
    return {name: conform(name, frame) for name, frame in tables.items()}


def compared(study: Study, tables: Tables) -> Tables:
    """Give descriptives and trends with the verdict on every reflective index: yes, partial, no, not testable, ..."""
    verdict = verdicts(study)
    descriptives, trends = tables["descriptives"], tables["trends"]
    grouped = (descriptives["group_by"] != "") & descriptives["measure"].isin(list(verdict))
    return tables | {
        "descriptives": descriptives.assign(
            comparable=descriptives["measure"].map(verdict).where(grouped, "").fillna("")
        ),
        "trends": trends.assign(invariance=trends["measure"].map(verdict).fillna("")),
    }


def verdicts(study: Study) -> dict[str, str]:
    """Give a verdict to each reflective index, every verdict in turn."""
    return dict(zip(_scales(study), itertools.cycle(VERDICTS)))


def _scales(study: Study) -> list[str]:
    return [name for name, index in study.indices.items() if index.type == "reflective"]


def _reliability(study: Study) -> pd.DataFrame:
    rows = []
    for wave in study.waves:
        for place, (name, index) in enumerate(study.indices.items()):
            row = {"wave": wave, "index": name, "type": index.type, "n_items": 3, "n": WAVES[wave], "floor": 0.01,
                   "ceiling": 0.03, "icc": 0.04, "icc_by": "sector5", "vif": 1.4, "note": ""}  # fmt: skip
            if index.type == "formative":
                rows.append(row | {"overlap": 0.31})
                continue
            omega = (0.86, 0.74, 0.58, None)[place // 2 % 4]
            row |= {"alpha": 0.72, "alpha_low": 0.68, "alpha_high": 0.76, "ave": 0.55, "alpha_listwise": 0.71}
            if omega is None:
                row |= {"note": "improper"}
            else:
                row |= {"omega": omega, "omega_low": omega - 0.04, "omega_high": omega + 0.03}
            rows.append(row)
    return pd.DataFrame(rows)


def _item_statistics(study: Study) -> pd.DataFrame:
    rows = [
        {"wave": wave, "index": name, "item": item, "n": WAVES[wave], "mean": 3.2, "sd": 0.9, "item_rest": 0.51,
         "alpha_if_dropped": 0.6, "floor": 0.04, "ceiling": 0.1}
        for wave in study.waves
        for name in _scales(study)
        for item in study.indices[name].items
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _fit(study: Study) -> pd.DataFrame:
    rows = []
    for wave, cfi, rmsea, status in zip(
        study.waves, (0.97, 0.88, 0.92), (0.04, 0.11, 0.07), 3 * ["converged"]
    ):
        for name, model in study.models.items():
            row = {"wave": wave, "model": name, "structure": model.structure, "declared": True, "estimator": "WLSMV",
                   "missing": "pairwise", "weight": "none", "n": WAVES[wave], "parameters": 21, "status": status,
                   "reason": "", "chi2": 61.2, "df": 24, "p_value": 0.0003, "cfi": cfi, "tli": cfi - 0.02,
                   "rmsea": rmsea, "rmsea_low": rmsea - 0.01, "rmsea_high": rmsea + 0.01, "srmr": 0.05}  # fmt: skip
            rows.append(row)
            rival = {"structure": "one_factor", "declared": False, "cfi": cfi - 0.12, "delta_cfi": -0.12}
            rows.append(row | rival)
            rows.append(
                row | {"structure": "second_order", "declared": False, "status": "improper", "cfi": None}
            )
    return pd.DataFrame(rows)


def _loadings(study: Study) -> pd.DataFrame:
    rows = []
    for lower, wave in enumerate(study.waves):
        for name, model in study.models.items():
            for factor, items in model.factors.items():
                for place, item in enumerate(items):
                    value = 0.86 - 0.2 * place - 0.03 * lower
                    rows.append(
                        {"wave": wave, "model": name, "structure": model.structure, "factor": factor, "item": item,
                         "estimator": "WLSMV", "n": WAVES[wave], "status": "converged", "estimate": value,
                         "std_error": 0.03, "ci_low": value - 0.06, "ci_high": value + 0.06, "p_value": 1e-9,
                         "standardised": value, "standardised_low": value - 0.06, "standardised_high": value + 0.06}
                    )  # fmt: skip
    return pd.DataFrame(rows)


def _discriminant(study: Study) -> pd.DataFrame:
    rows = []
    for wave in study.waves:
        for name, model in study.models.items():
            for place, (x, y) in enumerate(itertools.combinations(model.factors, 2)):
                value = 0.91 if place == 0 else 0.42
                rows.append(
                    {"wave": wave, "model": name, "x": x, "y": y, "n": WAVES[wave], "htmt": value,
                     "htmt_low": value - 0.05, "htmt_high": value + 0.05, "correlation": value - 0.02,
                     "correlation_low": value - 0.07, "correlation_high": value + 0.03,
                     "correlation_marker": value - 0.09, "correlation_method": None}
                )  # fmt: skip
    return pd.DataFrame(rows)


def _invariance(study: Study) -> pd.DataFrame:
    rows = []
    for index, verdict in verdicts(study).items():
        for grouping in ("wave", *study.groups):
            for level in LEVELS:
                holds = verdict in ("yes", "partial") or level != "scalar"
                untested = verdict == "not testable"
                rows.append(
                    {"model": "scales", "index": index, "grouping": grouping, "groups": 3, "left_out": "",
                     "level": level, "estimator": "WLSMV", "n": 1480, "employers": "one wave each",
                     "cfi": None if untested else 0.97, "rmsea": None if untested else 0.04,
                     "delta_cfi": None if untested else -0.004, "delta_rmsea": None if untested else 0.002,
                     "holds": "" if untested else str(holds), "status": "converged",
                     "released": study.indices[index].items[0] if verdict == "partial" and level == "scalar" else "",
                     "reason": "just identified" if untested else "", "comparable": verdict}
                )  # fmt: skip
    return pd.DataFrame(rows)


def _scorings(study: Study) -> pd.DataFrame:
    values = {"mean": 1.0, "z_mean": 0.998, "factor": 0.97}
    rows = [
        {"wave": wave, "index": name, "scoring": scoring, "chosen": scoring == "mean", "n": WAVES[wave],
         "rank_correlation": value, "note": ""}
        for wave in study.waves
        for name in _scales(study)
        for scoring, value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _method(study: Study) -> pd.DataFrame:
    shares = {"harman": 0.31, "baseline": None, "marker_constrained": 0.04}
    rows = [
        {"wave": wave, "model": name, "step": step, "status": "converged", "reason": "", "chi2": 80.0, "df": 31,
         "cfi": 0.96, "rmsea": 0.05, "variance_share": share, "p_difference": 0.002}
        for wave in study.waves
        for name in study.models
        for step, share in shares.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)
