"""Test of kind `shares_ranking`: are some answers given clearly more than others, and which."""

from collections.abc import Sequence

import numpy as np

from inspraak.estimation.coefficients import wald_test
from inspraak.estimation.rank_sets import RankedShares, rank_shares
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.modelling import MINIMUM_N
from inspraak.hypotheses.result import NO_VARIANCE, OUTSIDE_MODEL, TOO_FEW, Detail, Estimate
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import SharesRanking
from inspraak.study.outcomes import two_values_of
from inspraak.study.parts import Part


def test_shares_ranking(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give the difference between the largest and the smallest share, and in the table `ranks` every share in order.

    What decides is Wald's test that all shares are equal. The largest and smallest are chosen by the data, so that
    their difference is on the large side and has no interval; it is standardised as two shares are, by the SD of a
    yes or no at their mean. Shares have intervals that hold together, and the ranks they may have (`rank_sets`).
    """
    assert isinstance(part, SharesRanking)
    term, reason = ", ".join(part.items), not_asked(data, part)
    if not reason and any(two_values_of(data.study, name) is None for name in part.items):
        reason = OUTSIDE_MODEL
    if reason:
        return [Estimate(label, part.kind, "", term, reason=reason)]
    answers = np.stack([_yes(data, name) for name in part.items], axis=1)
    included = data.domain(part.domain)
    known = (included[:, np.newaxis] & ~np.isnan(answers)).sum(axis=2)
    if known.min() < MINIMUM_N:
        return [Estimate(label, part.kind, "", term, n=int(known.min()), reason=TOO_FEW)]
    found = rank_shares(
        answers, data.test_design, data.stream(part), included=included, draws=data.repetitions.draws
    )
    return [_apart(data, label, part, found), *_ranks(data, label, part.items, found)]


def _yes(data: WaveData, name: str) -> np.ndarray:
    """Give 1 for the answer that counts most, 0 for the other, (m, n)."""
    no, yes = two_values_of(data.study, name) or (0.0, 1.0)
    return (data.column(name) - no) / (yes - no)


def _apart(data: WaveData, label: str, part: SharesRanking, found: RankedShares) -> Estimate:
    """Compare the largest share with the smallest; the p-value is that of the test that all are equal."""
    n, p = int(found.n.min()), len(part.items)
    high, low = int(np.argmax(found.share)), int(np.argmin(found.share))
    term = f"{part.items[high]} vs {part.items[low]}"
    differences = np.eye(p)[1:] - np.eye(p)[0]
    covariance = differences @ found.covariance @ differences.T
    test = wald_test(differences @ found.share, covariance, found.df)
    if np.isnan(test.p_value):
        return Estimate(label, part.kind, "", ", ".join(part.items), n=n, reason=NO_VARIANCE)
    apart, middle = float(found.share[high] - found.share[low]), float(found.share[[high, low]].mean())
    return Estimate(
        label, part.kind, "", term, n=n,
        imputations=data.imputations if data.imputations > 1 else 0,
        estimate=apart, statistic=test.statistic, df=test.df2, p_value=test.p_value,
        std_estimate=apart / float(np.sqrt(middle * (1 - middle))),
        natural_estimate=100 * apart, natural_unit="percentage points",
    )  # fmt: skip


def _ranks(data: WaveData, label: str, items: Sequence[str], found: RankedShares) -> list[Detail]:
    columns = {
        "share": found.share, "std_error": found.std_error, "ci_low": found.ci_low, "ci_high": found.ci_high,
    }  # fmt: skip
    ranks = {"rank": found.ranks.rank, "rank_low": found.ranks.rank_low, "rank_high": found.ranks.rank_high}
    imputations = data.imputations if data.imputations > 1 else 0
    rows: list[dict[str, object]] = [
        {"item": name, "n": int(found.n[place]), "imputations": imputations}
        for place, name in enumerate(items)
    ]
    for place, row in enumerate(rows):
        row |= {column: float(values[place]) for column, values in columns.items()}
        row |= {column: int(values[place]) for column, values in ranks.items()}
    return [Detail(label, "ranks", row) for row in rows]
