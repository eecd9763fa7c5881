"""Turn estimates into verdicts by one declared rule; nothing is decided by hand."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.distributions import t_quantile
from inspraak.estimation.multiplicity import benjamini_hochberg, holm
from inspraak.hypotheses.confounding import weakest_e_value
from inspraak.hypotheses.result import NO_RESULT
from inspraak.study.claims import Claim
from inspraak.study.kinds import WITHOUT_SIGN
from inspraak.study.study import Study

LEVEL = 0.05
"""A claim is decided below this adjusted p."""
POWER = 0.80
"""The detectable effect is the one that is found this often."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on one claim in one wave, before adjustment and after."""

    hypothesis: str
    wave: str
    kind: str
    family: str
    reason: str
    p_value: float
    as_claimed: bool
    unmet: str
    equivalent: bool
    strong: bool
    detectable_effect: float
    e_value: float

    def word(self, p_adjusted: float) -> str:
        """Give the first verdict that fits (statistical decision rule of the project).

        supported: adjusted p < .05 and every sign as claimed; contradicted: adjusted p < .05 with another sign, both
        only where every extra condition of the kinds holds; equivalent to nil: every 90 % interval inside plus or minus
        the smallest effect of interest (two one-sided tests, Schuirmann 1987); else inconclusive. A claim with a reason
        is not testable.
        """
        if self.reason:
            return "not testable"
        if p_adjusted < LEVEL and not self.unmet:
            return "supported" if self.as_claimed else "contradicted"
        return "equivalent to nil" if self.equivalent else "inconclusive"


def judge_claims(study: Study, estimates: pd.DataFrame) -> pd.DataFrame:
    """Give one row per claim and wave: p of the claim, adjusted within its family and wave, and the verdict.

    What compares waves stands in the wave `all`, and is adjusted with the other claims of that wave. A claim with parts
    of both sorts is judged in each wave by the parts tested there, and in `all` by those over waves; where none of its
    necessary parts is tested it has no row. The p of a claim is the largest p of its necessary parts. Confirmatory
    claims are adjusted by Holm, exploratory ones by Benjamini and Hochberg, claims of no family not at all. Claims that
    cannot be tested count in no family. A verdict that an extra condition alone holds back says so as its `reason`.
    """
    tables = [_judge_wave(study, wave, rows) for wave, rows in estimates.groupby("wave", sort=False)]
    columns = [*_ROW, "family_size", "p_adjusted", "verdict"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


_ROW = ("hypothesis", "wave", "kind", "family", "reason", "p_value", "strong", "detectable_effect", "e_value")


def _judge_wave(study: Study, wave: object, estimates: pd.DataFrame) -> pd.DataFrame:
    by_claim = dict(iter(estimates.groupby("hypothesis", sort=False)))
    verdicts = [
        _weigh(claim, str(wave), by_claim[name])
        for name, claim in study.claims.items()
        if name in by_claim and _is_judged(claim, by_claim[name])
    ]
    table = pd.DataFrame(
        [{name: getattr(verdict, name) for name in _ROW} for verdict in verdicts], columns=list(_ROW)
    )
    p = table["p_value"].to_numpy(dtype=float)
    adjusted, size = p.copy(), np.where(np.isnan(p), 0, 1)
    for family, adjust in (("confirmatory", holm), ("exploratory", benjamini_hochberg)):
        members = (table["family"] == family).to_numpy()
        if members.any():
            adjusted[members] = adjust(p[members])
            size[members] = int((~np.isnan(p[members])).sum())
    held_back = [
        verdict.unmet if value < LEVEL else verdict.reason for verdict, value in zip(verdicts, adjusted)
    ]
    words = [verdict.word(value) for verdict, value in zip(verdicts, adjusted)]
    strong = [verdict.strong and word == "supported" for verdict, word in zip(verdicts, words)]
    return table.assign(family_size=size, p_adjusted=adjusted, verdict=words, strong=strong, reason=held_back)


def _is_judged(claim: Claim, estimates: pd.DataFrame) -> bool:
    """Tell whether a necessary part of a claim is tested in this wave, or none is necessary at all."""
    necessary = {label for label, part in claim.parts.items() if part.necessary}
    return not necessary or bool(necessary & set(estimates["part"]))


def _against(estimates: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Mark the rows of which a positive estimate speaks against a claim of sign +."""
    return (
        estimates["against"].to_numpy(dtype=bool)
        if "against" in estimates
        else np.zeros(len(estimates), bool)
    )


def _weigh(claim: Claim, wave: str, estimates: pd.DataFrame) -> Verdict:
    """Join the necessary parts of one claim: its p, its signs, its intervals, or why it cannot be tested."""
    decisive = np.array([claim.parts[part].necessary for part in estimates["part"]])
    necessary = estimates[decisive & estimates["decides"].to_numpy(dtype=bool)]
    reasons = list(dict.fromkeys(reason for reason in necessary["reason"] if reason))
    parts = [claim.parts[part] for part in necessary["part"]]
    sign = np.array([-1.0 if part.sign == "-" and part.kind not in WITHOUT_SIGN else 1.0 for part in parts])
    sign = np.where(_against(necessary), -sign, sign)
    smallest = np.array([part.smallest_effect for part in parts])
    estimate = necessary["std_estimate"].to_numpy(dtype=float)
    null_value = necessary["null_value"].to_numpy(dtype=float)
    error = necessary["std_std_error"].to_numpy(dtype=float)
    df = necessary["df"].to_numpy(dtype=float)
    p = necessary["p_value"].to_numpy(dtype=float)
    if not reasons and (not p.size or np.isnan(p).any()):
        reasons = [NO_RESULT]
    testable = not reasons
    unmet = dict.fromkeys(text for text in necessary["unmet_condition"] if text)
    half = t_quantile(0.95, df) * error
    bound = necessary["std_bound"].to_numpy(dtype=float)
    furthest = np.where(np.isnan(bound), np.abs(estimate) + half, bound)
    lower = np.where(sign > 0, necessary["std_ci_low"], -necessary["std_ci_high"].to_numpy(dtype=float))
    detectable = (t_quantile(0.975, df) + t_quantile(POWER, df)) * error
    return Verdict(
        hypothesis=claim.name,
        wave=wave,
        kind=claim.kind,
        family=claim.family,
        reason="; ".join(reasons),
        p_value=float(p.max()) if testable else np.nan,
        as_claimed=bool(testable and ((estimate - null_value) * sign > 0).all()),
        unmet="; ".join(unmet),
        equivalent=bool(testable and (furthest < smallest).all()),
        strong=bool(testable and (lower > smallest).all()),
        detectable_effect=float(detectable.max()) if testable else np.nan,
        e_value=weakest_e_value(necessary, [part.kind for part in parts]) if testable else np.nan,
    )
