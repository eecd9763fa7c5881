"""How well the SD of slopes between groups is told, by the number of groups and what the truth is.

`python -m calibration.slopes` draws surveys whose slopes differ between groups as they are said to, and writes
docs/calibration_slopes.md; `--replications` makes a trial run that is only printed.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from calibration.coverage import SEED, FloatArray, rate_interval
from inspraak.estimation.design import simple_design
from inspraak.estimation.random_slopes import fit_random_slopes
from inspraak.randomness import stream

DOCUMENT = Path(__file__).parent.parent / "docs" / "calibration_slopes.md"
REPLICATIONS, PROCESSES = 400, 2
SAMPLES = ((4, 493), (5, 493), (10, 493), (12, 1_000))
SPREADS = (0.0, 0.05, 0.10, 0.20)
MISSING = (0.0, 0.25)
"""Share of outcomes that are missing at random, and then drawn five times from their true distribution."""
SETS = 5
SMALLEST = 0.05
SLOPE, LEVELS, WITHIN = 0.3, 0.2, 0.9


@dataclass(frozen=True)
class Trial:
    """A number of groups and of employers, the SD of slopes, and the share of outcomes that are missing."""

    groups: int
    n: int
    spread: float
    missing: float


@dataclass(frozen=True)
class Answer:
    """What one sample said: is the truth inside, is the SD above the smallest effect, below it, above nil."""

    held: bool
    above: bool
    below: bool
    differ: bool


TRIALS = tuple(
    Trial(groups, n, spread, missing)
    for missing, (groups, n), spread in product(MISSING, SAMPLES, SPREADS)
    if not missing or groups == 10
)


def draw(rng: np.random.Generator, trial: Trial) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw x (n,), outcomes (m, n) and groups (n,); groups are of unequal size."""
    size = np.linspace(1.0, 2.5, trial.groups)
    group = rng.choice(trial.groups, trial.n, p=size / size.sum())
    x = rng.standard_normal(trial.n)
    slopes = SLOPE + trial.spread * rng.standard_normal(trial.groups)
    expected = slopes[group] * x + (LEVELS * rng.standard_normal(trial.groups))[group]
    given = expected + WITHIN * rng.standard_normal(trial.n)
    if not trial.missing:
        return x, given[np.newaxis], group
    gap = rng.random(trial.n) < trial.missing
    drawn = expected + WITHIN * rng.standard_normal((SETS, trial.n))
    return x, np.where(gap, drawn, given), group


def replicate(job: tuple[Trial, int]) -> Answer:
    """Draw one survey and fit it; the spread is compared on the scale on which it was drawn."""
    trial, number = job
    rng = stream(
        SEED, "slopes", *(str(part) for part in (trial.groups, trial.n, trial.spread, trial.missing, number))
    )
    x, y, group = draw(rng, trial)
    found = fit_random_slopes(np.broadcast_to(x, y.shape), y, group, simple_design(trial.n))
    standard = found.sd_x / found.sd_y
    return Answer(
        held=found.spread_low <= trial.spread <= found.spread_high,
        above=found.spread_low * standard > SMALLEST,
        below=found.spread_bound * standard < SMALLEST,
        differ=found.p_value < 0.05,
    )


def table(replications: int) -> str:
    """Give the rates of all trials as a table in Markdown."""
    jobs = [(trial, number) for trial in TRIALS for number in range(replications)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        answers = list(pool.map(replicate, jobs, chunksize=10))
    lines = [
        "| groups | employers | SD of slopes | missing | interval holds it | 95 % | differ, p < .05 | said above .05 "
        "| said below .05 |",
        "| ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |",
    ]
    for trial in TRIALS:
        own = [answer for (of, _), answer in zip(jobs, answers) if of == trial]
        counts = [
            sum(getattr(answer, name) for answer in own) for name in ("held", "differ", "above", "below")
        ]
        held, differ, above, below = (f"{count / len(own):.3f}" for count in counts)
        low, high = rate_interval(counts[0], len(own))
        cells = (
            str(trial.groups), f"{trial.n:,}", f"{trial.spread:.2f}", f"{trial.missing:.0%}", held,
            f"{low:.3f}-{high:.3f}", differ, above, below,
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


TEXT = """# Slopes that differ between groups, tried on surveys from a known model

A slope of .3 on average, levels of groups with an SD of .2, groups of unequal size; {replications} replications, made
by `python -m calibration.slopes`. `said above .05` is the rule of a supported claim: the lower end of the 95 % profile
interval beyond the smallest effect of interest. It is false where the SD of slopes is 0 or .05. `said below .05` is the
rule of slopes that are alike: the upper end of the 90 % interval below it. Of data with missing outcomes five sets were
drawn.

"""


def main() -> None:
    """Run the trials, print and (after a full run) write the table."""
    parser = argparse.ArgumentParser(prog="python -m calibration.slopes", description="SD of slopes.")
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
