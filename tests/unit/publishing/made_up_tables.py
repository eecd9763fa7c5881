"""Made-up published tables of a study, in the columns of the contract."""

import numpy as np
import pandas as pd

from inspraak.publishing.tables import TABLES, conform
from inspraak.study.study import Study

from .made_up_study import SECTORS, SIZES, WAVES


def published_tables(study: Study, *, seed: int = 68) -> dict[str, pd.DataFrame]:
    """Make every table of the first stage with plausible numbers, suppressed and small cells among them."""
    random = np.random.default_rng(seed)
    verdicts, estimates = _tested(study, random)
    weight = "establishment" if study.design is not None else "none"
    return {
        "sample": _sample(study),
        "missing": _missing(study, random),
        "weights": _weights(study, weight),
        "descriptives": _descriptives(study, random, weight),
        "trends": _trends(study, weight),
        "correlations": _correlations(study, random),
        "reliability": _reliability(study, random),
        "estimates": estimates,
        "verdicts": verdicts,
        "disclosure": pd.DataFrame(
            {"file": ["descriptives"] * 4, "cell": list("abcd"), "rule": ["primary"] * 4}
        ),
    }


def _sample(study: Study) -> pd.DataFrame:
    rows: list[tuple[str, str, str, int]] = []
    for wave in study.waves:
        n = WAVES[wave]
        removed = {
            "not_employer": 1,
            "duplicate": 7,
            "scope_unknown": 0,
            "out_of_scope": 12,
            "break_off": 31,
            "straight_lining": 9,
        }
        rows += [(wave, "invited", f"{sector}|{size}", 140) for sector in SECTORS for size in SIZES]
        rows += [(wave, "response", f"{sector}|{size}", 60) for sector in SECTORS for size in SIZES]
        rows.append((wave, "delivered", "", n + sum(removed.values())))
        rows += [(wave, "removed", reason, count) for reason, count in removed.items()]
        rows.append((wave, "analysed", "", n))
    return pd.DataFrame(rows, columns=["wave", "step", "reason", "n"])


def _missing(study: Study, random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for wave in study.waves:
        for number, item in enumerate(study.asked(wave)):
            asked = WAVES[wave] if number % 7 else WAVES[wave] - 120
            unknown, refused = int(random.integers(0, 60)), int(random.integers(0, 9))
            rows.append(
                (wave, item, asked, asked - unknown - refused, unknown, refused, 0, WAVES[wave] - asked)
            )
    names = ["n_asked", "n_answered", "n_dont_know", "n_refused", "n_not_applicable", "n_not_asked"]
    return pd.DataFrame(rows, columns=["wave", "item", *names])


def _weights(study: Study, weight: str) -> pd.DataFrame:
    rows = [
        (wave, weight, WAVES[wave], 68880.0, 1.2, 201.0, 0.71, 1.504, WAVES[wave] / 1.504, 0, True)
        for wave in study.waves
    ]
    names = [
        "wave",
        "weight",
        "n",
        "sum",
        "p01",
        "p99",
        "cv",
        "design_effect",
        "effective_n",
        "trimmed",
        "converged",
    ]
    return pd.DataFrame(rows, columns=names)


def _descriptives(study: Study, random: np.random.Generator, weight: str) -> pd.DataFrame:
    groups = [("", "")] + [("sector5", sector) for sector in SECTORS] + [("size4", size) for size in SIZES]
    rows: list[list[object]] = []
    for wave in study.waves:
        for group_by, group in groups:
            n = WAVES[wave] if not group_by else {"logistics": 24, "250+": 8}.get(group, WAVES[wave] // 5)
            for measure in study.measured(wave):
                mean = float(random.normal(58, 9))
                rows.append(_row(random, wave, measure, "mean", "", group_by, group, weight, n, mean, 1.1))
            for name, item in study.asked(wave).items():
                scale = study.scale_of(name)
                if not item.substantive or scale.text:
                    continue
                if scale.number is not None:
                    rows.append(_row(random, wave, name, "mean", "", group_by, group, weight, n, 7.25, 0.4))
                    rows.append(
                        _row(random, wave, name, "quantile", "0.5", group_by, group, weight, n, 4.0, 0.4)
                    )
                    continue
                shares = random.dirichlet([1, 2, 4, 4, 2])
                for code, share in zip(scale.codes or {}, shares):
                    rows.append(
                        _row(
                            random, wave, name, "share", f"{code:g}", group_by, group, weight, n, share, 0.02
                        )
                    )
                both = float(shares[3:].sum())
                rows.append(
                    _row(random, wave, name, "share", "positive", group_by, group, weight, n, both, 0.02)
                )
    columns = TABLES["descriptives"].columns[: len(rows[0])]
    return conform("descriptives", pd.DataFrame(rows, columns=list(columns)))


def _row(
    random: np.random.Generator, wave: str, measure: str, statistic: str, category: str, group_by: str,
    group: str, weight: str, n: int, estimate: float, error: float,
) -> list[object]:  # fmt: skip
    key = [wave, measure, statistic, category, group_by, group, weight]
    if n < 10:
        return [*key, *[np.nan] * 10, "suppressed"]
    rest: list[object] = [np.nan] * 3
    if group_by:
        cohens_d = float(random.normal(0, 0.18))
        rest = [cohens_d * 18, float(np.exp(-((cohens_d * 12) ** 2))), cohens_d]
    low, high = estimate - 1.96 * error, estimate + 1.96 * error
    return [*key, n, estimate, error, low, high, n - 20, 1.4, *rest, "small" if n < 30 else ""]


def _trends(study: Study, weight: str) -> pd.DataFrame:
    """Changes of the indices of all employers: some do not compare, and the middle wave deviates."""
    rows = []
    for number, measure in enumerate(study.indices):
        for first, second, sign in (("2014", "2018", 1), ("2018", "2022", -1)):
            change = sign * (13.0 - number % 5)
            row = {"measure": measure, "from_wave": first, "to_wave": second, "group_by": "", "group": "",
                   "weight": weight, "n_from": WAVES[first], "n_to": WAVES[second], "estimate": change,
                   "std_error": 1.4, "standardised": change / 20, "p_value": 1e-9, "comparable": True, "reason": "",
                   "plausibility": "spike", "implausible_wave": "2018", "flag": ""}  # fmt: skip
            if number % 3 == 2:
                why = (
                    "other items: q0_2_0; other scale: q0_2_1"
                    if sign > 0
                    else "measured against its own wave"
                )
                row |= {"comparable": False, "reason": why, "plausibility": "", "implausible_wave": ""}
            rows.append(row)
    return conform("trends", pd.DataFrame(rows))


def _correlations(study: Study, random: np.random.Generator) -> pd.DataFrame:
    rows = []
    names = list(study.indices)
    for wave in study.waves:
        for first, x in enumerate(names):
            for y in names[first + 1 :]:
                r = float(np.clip(random.normal(0.2, 0.17), -0.9, 0.9))
                p = float(np.exp(-abs(r) * 22))
                rows.append((wave, x, y, WAVES[wave] - 30, r, r - 0.08, r + 0.08, p, min(1.0, p * 9)))
    names = ["wave", "x", "y", "n", "estimate", "ci_low", "ci_high", "p_value", "p_adjusted"]
    return pd.DataFrame(rows, columns=names)


def _reliability(study: Study, random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for wave in study.waves:
        for name, index in study.measured(wave).items():
            alpha = float(random.uniform(0.55, 0.9)) if index.type == "reflective" else np.nan
            ends = (alpha - 0.04, alpha + 0.03)
            rows.append(
                (wave, name, 3, WAVES[wave], alpha, *ends, alpha + 0.02, alpha + 0.03, 0.5, 0.012, 0.034)
            )
    names = [
        "n_items",
        "n",
        "alpha",
        "alpha_low",
        "alpha_high",
        "omega",
        "omega_categorical",
        "ave",
        "floor",
        "ceiling",
    ]
    return pd.DataFrame(rows, columns=["wave", "index", *names])


SIZES_OF_EFFECTS = {"supported": 0.24, "contradicted": -0.22, "equivalent to nil": 0.01, "inconclusive": 0.08}
P_VALUES = {"supported": 0.0003, "contradicted": 0.012, "equivalent to nil": 0.81, "inconclusive": 0.31}


def _tested(study: Study, random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    verdicts: list[dict[str, object]] = []
    estimates: list[dict[str, object]] = []
    for wave in study.waves:
        for name, claim in study.claims.items():
            part = next(iter(claim.parts.values()))
            verdict, reason = str(random.choice(list(P_VALUES), p=[0.35, 0.1, 0.1, 0.45])), ""
            if part.kind not in ("regression", "association"):
                declared = part.kind == "untested"
                reason = "no question carries it" if declared else f"kind not available: {part.kind}"
            row = {
                "hypothesis": name,
                "wave": wave,
                "kind": claim.kind,
                "family": claim.family,
                "reason": reason,
            }
            if reason:
                verdicts.append({**row, "verdict": "not testable", "strong": "False", "family_size": 0})
                continue
            p = P_VALUES[verdict]
            size = sum(other.family == claim.family for other in study.claims.values())
            found = {"verdict": verdict, "strong": str(verdict == "supported"), "family_size": size}
            verdicts.append({**row, **found, "p_value": p, "p_adjusted": p, "detectable_effect": 0.15})
            value = SIZES_OF_EFFECTS[verdict] + float(random.normal(0, 0.02))
            for outcome in part.columns["y"]:
                about = {"hypothesis": name, "wave": wave, "part": "", "kind": part.kind, "outcome": outcome}
                estimates.append(about | {"term": part.columns["x"][0], **_estimate(value, p, WAVES[wave])})
    return conform("verdicts", pd.DataFrame(verdicts)), conform("estimates", pd.DataFrame(estimates))


def _estimate(value: float, p: float, n: int) -> dict[str, object]:
    return {
        "n": n - 41,
        "estimate": value * 0.9,
        "std_error": 0.045,
        "p_value": p,
        "decides": "True",
        "std_estimate": value,
        "std_ci_low": value - 0.09,
        "std_ci_high": value + 0.09,
        "natural_estimate": value * 12,
        "natural_unit": "points",
        "controls": "log_size, sector5",
        "reason": "",
    }
