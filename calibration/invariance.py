"""How often scales that measure alike are called incomparable, and how often an item that differs is found.

`python -m calibration.invariance` draws answers from a known model of ten scales of two to four items in groups, and
writes docs/calibration_invariance.md; `--replications` makes a trial run that is only printed. CHANCE is the rule of
the run, LIMITS that of the changes of fit alone (Chen 2007).
"""

import argparse
import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.coverage import SEED, FloatArray, rate_interval
from inspraak.estimation.arrays import IntArray
from inspraak.estimation.factor_invariance import Method, Tolerance
from inspraak.estimation.scale_comparison import compare_scale
from inspraak.measurement.sparse_categories import join_sparse
from inspraak.randomness import stream

DOCUMENT = Path(__file__).parent.parent / "docs" / "calibration_invariance.md"
REPLICATIONS, PROCESSES = 60, 2
SIZES = (3, 2, 3, 2, 2, 3, 3, 3, 4, 3)
SCALE = np.repeat(np.arange(len(SIZES)), SIZES)
MEMBERS = SCALE[:, np.newaxis] == np.arange(len(SIZES))
LOADING, RELATED, MISSING = 0.7, 0.4, 0.03
CUTS = np.array([-1.6, -0.7, 0.1, 1.1])
GROUPS = {"three waves": (400, 560, 835), "five small groups": (100, 150, 200, 250, 300)}
CHANCE, LIMITS = Tolerance(), Tolerance(chance=1.0)
PLANTED = {"an intercept 0.4 SD higher": (0.0, 0.4), "a loading of .35": (-0.35, 0.0)}
"""Added to loading and intercept of the second item of a scale, in the second group."""
OF_THREE, OF_FOUR = 5, 8
"""Scales in which an item is planted."""


@dataclass(frozen=True)
class Trial:
    """Some groups, what is planted ("" nothing), and the rule."""

    groups: str
    planted: str
    rule: Tolerance


TRIALS = (
    *(Trial(groups, "", rule) for groups in GROUPS for rule in (CHANCE, LIMITS)),
    *(Trial(groups, planted, CHANCE) for groups in GROUPS for planted in PLANTED),
)


def draw(
    rng: np.random.Generator, sizes: Iterable[int], item: int | None, planted: str
) -> tuple[FloatArray, IntArray]:
    """Draw five answers to each item; factors differ between groups in mean and spread, `item` in what is planted."""
    parts, codes = [], []
    for group, n in enumerate(sizes):
        common, own = rng.standard_normal((n, 1)), rng.standard_normal((n, len(SIZES)))
        factor = np.sqrt(RELATED) * common + np.sqrt(1 - RELATED) * own
        turn = (np.arange(len(SIZES)) + group) % 3 - 1
        factor = factor * (1 + 0.1 * turn) + 0.2 * turn
        loading, intercept = np.full(SCALE.size, LOADING), np.zeros(SCALE.size)
        if item is not None and group == 1:
            loading[item] += PLANTED[planted][0]
            intercept[item] += PLANTED[planted][1]
        noise = np.sqrt(1 - LOADING**2) * rng.standard_normal((n, SCALE.size))
        response = factor[:, SCALE] * loading + intercept + noise
        answers = 1.0 + (response[:, :, np.newaxis] > CUTS).sum(axis=2)
        parts.append(np.where(rng.random(answers.shape) < MISSING, np.nan, answers))
        codes.append(np.full(n, group, dtype=np.int64))
    return np.concatenate(parts), np.concatenate(codes)


def replicate(job: tuple[Trial, int]) -> Counter[tuple[int, str]]:
    """Count the verdicts of one replication by the number of items of the scale; `found`: the planted item alone."""
    trial, number = job
    counts: Counter[tuple[int, str]] = Counter()
    for scale in (OF_THREE, OF_FOUR) if trial.planted else range(len(SIZES)):
        item = int(np.flatnonzero(scale == SCALE)[1]) if trial.planted else None
        rng = stream(SEED, "invariance", trial.groups, trial.planted, str(item), str(number))
        answers, groups = draw(rng, GROUPS[trial.groups], item, trial.planted)
        values, _ = join_sparse(answers, groups)
        found = compare_scale(
            values, MEMBERS, scale, groups=groups, method=Method("WLSMV", tolerance=trial.rule)
        )
        assert found is not None
        verdict: str = found.invariance.verdict
        released = [int(found.columns[place]) for place in found.invariance.levels[-1].released]
        if verdict == "partial" and released == [item]:
            verdict = "found"
        counts[SIZES[scale], verdict] += 1
    return counts


def table(replications: int) -> str:
    """Give the rates of all trials as a table in Markdown, with 95 % intervals of what matters."""
    jobs = [(trial, number) for trial in TRIALS for number in range(replications)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        counts = list(pool.map(replicate, jobs, chunksize=4))
    lines = [
        "| groups | planted | rule | items | scales | yes | partial | no | not testable | item found | 95 % |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for trial in TRIALS:
        total = sum((part for (of, _), part in zip(jobs, counts) if of == trial), Counter[tuple[int, str]]())
        for size in sorted({size for size, _ in total}):
            lines.append(_line(trial, size, {word: n for (of, word), n in total.items() if of == size}))
    return "\n".join(lines)


def _line(trial: Trial, size: int, verdicts: dict[str, int]) -> str:
    n = sum(verdicts.values())
    found = verdicts.get("found", 0)
    partial = verdicts.get("partial", 0) + found
    of_interest = found if trial.planted else partial + verdicts.get("no", 0)
    low, high = rate_interval(of_interest, n)
    rates = [verdicts.get("yes", 0), partial, verdicts.get("no", 0), verdicts.get("not testable", 0)]
    cells = [
        trial.groups,
        trial.planted or "nothing",
        "limits alone" if trial.rule is LIMITS else "limits, p < .05",
    ]
    cells += [str(size), str(n), *(f"{rate / n:.3f}" for rate in rates)]
    cells += [f"{found / n:.3f}" if trial.planted else "", f"{low:.3f}-{high:.3f}"]
    return f"| {' | '.join(cells)} |"


TEXT = """# Comparability of scales, tried on answers from a known model

Ten scales of two, three and four items (loadings .7, correlations of scales .4, five answers, 3 % missing), whose
means and spreads differ between groups; WLSMV. {replications} replications, made by `python -m
calibration.invariance`. `item found`: that item alone was released. The interval is of `partial` and `no` together
where nothing differs, and of `item found` where an item does. `limits alone` are Chen's (2007), without asking
whether chance makes such changes.

"""


def main() -> None:
    """Run the trials, print and (after a full run) write the table."""
    parser = argparse.ArgumentParser(
        prog="python -m calibration.invariance", description="Rates of verdicts."
    )
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    replications = parser.parse_args().replications
    text = TEXT.format(replications=replications) + table(replications) + "\n"
    print(text)
    if replications >= REPLICATIONS:
        DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    main()
