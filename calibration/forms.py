"""How often the contest of forms names the true form, and supports a conjunctive one: conditions without a survey."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.coverage import SEED, FloatArray, rate_interval
from calibration.processes import shared_out
from inspraak.estimation.condition_forms import CONJUNCTIVE, SINGLE, FormName, columns_of_forms
from inspraak.estimation.design import simple_design
from inspraak.estimation.form_contest import contest_forms
from inspraak.hypotheses.kinds.form_contest import CLEAR
from inspraak.hypotheses.verdicts import LEVEL
from inspraak.randomness import stream

REPLICATIONS, SAMPLE, DRAWS = 200, 493, 1_000
EXPLAINED = 0.10
LEAST = 0.68
"""Each form is named in at least this share of the samples in which it is the true one."""
MOST = 0.05
"""A conjunctive form is supported no more often where the true one is not conjunctive."""


@dataclass(frozen=True)
class Named:
    """Samples of one true form: how often each form was named, and how often a conjunctive one was supported."""

    form: FormName
    replications: int
    named: Counter[str]
    supported: int

    @property
    def interval(self) -> tuple[float, float]:
        """Give the exact 95 % interval of the rate at which the true form is named (Monte Carlo)."""
        return rate_interval(self.named[self.form], self.replications)

    @property
    def missed(self) -> tuple[str, ...]:
        """Name the bounds that are missed: those outside the 95 % interval of a rate."""
        faults = ["named"] if self.interval[1] < LEAST else []
        false = self.form not in CONJUNCTIVE
        if false and rate_interval(self.supported, self.replications)[0] > MOST:
            faults.append("supported")
        return tuple(faults)


def conditions_of(rng: np.random.Generator, n: int, *, items: int = 4) -> FloatArray:
    """Give three conditions that go together (r about .35), each the mean of answers of five steps, (3, n) in 0..1."""
    root = np.linalg.cholesky(np.full((3, 3), 0.35) + 0.65 * np.eye(3))
    latent = 0.8 * (root @ rng.normal(size=(3, n)))[:, np.newaxis] + 0.6 * rng.normal(size=(3, items, n))
    return np.asarray((np.clip(np.round(3.2 + 0.9 * latent), 1, 5).mean(axis=1) - 1) / 4)


def outcome_of(
    rng: np.random.Generator, conditions: FloatArray, form: FormName, *, r_squared: float = EXPLAINED
) -> FloatArray:
    """Give an outcome (n,) of which one form explains a share."""
    signal = columns_of_forms(conditions[np.newaxis])[form][0, 0]
    noise = np.sqrt(1 - r_squared) * rng.normal(size=signal.size)
    return np.asarray(signal * np.sqrt(r_squared) / signal.std() + noise)


def run(replications: int, processes: int, forms: Sequence[FormName] = SINGLE) -> list[Named]:
    """Let the forms contest samples of each true form, without controls."""
    jobs = [(form, number) for form in forms for number in range(replications)]
    with shared_out(processes) as pool:
        told = list(pool.map(replicate, jobs, chunksize=10))
    result = []
    for place, form in enumerate(forms):
        names, supported = zip(*told[place * replications : (place + 1) * replications])
        result.append(Named(form, replications, Counter(names), sum(supported)))
    return result


def replicate(job: tuple[FormName, int]) -> tuple[FormName, bool]:
    """Give the form that BIC names in one sample, and whether a conjunctive one is supported (as claims are)."""
    form, number = job
    rng = stream(SEED, "forms", form, str(number))
    conditions = conditions_of(rng, SAMPLE)
    outcome = outcome_of(rng, conditions, form)
    found = contest_forms(
        conditions, outcome, simple_design(SAMPLE), rng, covariance="classical", draws=DRAWS
    )
    supported = found.gain > 0 and found.gain_p < LEVEL and found.bic_difference >= CLEAR
    return found.best, bool(supported)
