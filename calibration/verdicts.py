"""How often the declared rule gives which verdict where truth is known: false support, power, wrong contradictions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from calibration.coverage import rate_interval
from calibration.processes import shared_out
from calibration.surveys import judge_survey
from calibration.truths import Holds, world
from inspraak.hypotheses.verdicts import judge_claims
from inspraak.study.kinds import OVER_WAVES
from inspraak.study.parts import Part

REPLICATIONS = 200
MOST = 0.05
"""A claim that is not true may be supported, and one that is not the contrary of the truth contradicted, this often."""
WORDS = ("supported", "contradicted", "equivalent to nil", "inconclusive", "not testable")
Effect = tuple[str, str, str]
"""Claim, part and outcome of an estimate that decides."""


@dataclass(frozen=True)
class Replication:
    """What one survey told: by claim the verdict, and the one without adjustment for the number of claims.

    `effects` are the standardised estimates that decide, `forms` the form that BIC names, by claim.
    """

    verdicts: dict[str, str]
    alone: dict[str, str]
    effects: dict[Effect, float]
    forms: dict[str, str]


@dataclass(frozen=True)
class Rates:
    """How often one claim got each verdict in one scenario; `alone` counts support without adjustment."""

    claim: str
    kind: str
    holds: Holds
    replications: int
    words: Counter[str]
    alone: int

    def rate(self, word: str) -> float:
        """Give how often the claim got a verdict."""
        return self.words[word] / self.replications

    def interval(self, word: str) -> tuple[float, float]:
        """Give the exact 95 % interval of that rate (Monte Carlo)."""
        return rate_interval(self.words[word], self.replications)

    @property
    def missed(self) -> tuple[str, ...]:
        """Name the bounds that are missed: the 95 % interval of a rate that may be 5 % lies wholly above it."""
        wrong = [] if self.holds == "true" else ["supported"]
        wrong += [] if self.holds == "additive" else ["contradicted"]
        return tuple(word for word in wrong if self.interval(word)[0] > MOST)


@dataclass(frozen=True)
class Found:
    """One scenario: rates by claim, mean effects by claim, part and outcome, and how often each form was named."""

    name: str
    rates: tuple[Rates, ...]
    effects: dict[Effect, float]
    forms: dict[str, Counter[str]]


def run(names: Sequence[str], replications: int, processes: int) -> list[Found]:
    """Draw and judge the surveys of some scenarios; what is found depends on names and numbers alone."""
    jobs = [(name, number) for name in names for number in range(replications)]
    with shared_out(processes) as pool:
        told = list(pool.map(replicate, jobs, chunksize=5))
    return [
        count(name, told[place * replications : (place + 1) * replications])
        for place, name in enumerate(names)
    ]


def replicate(job: tuple[str, int]) -> Replication:
    """Judge one survey of a scenario by the declared rule."""
    here = world(job[0])
    judged = judge_survey(here, job[1])
    single = {name: claim.model_copy(update={"family": "none"}) for name, claim in here.study.claims.items()}
    alone = judge_claims(replace(here.study, claims=single), judged.estimates)
    decisive = judged.estimates[judged.estimates["decides"]]
    keys = decisive[["hypothesis", "part", "outcome"]].itertuples(index=False, name=None)
    best = judged.forms[judged.forms["best"].astype(bool)]
    return Replication(
        verdicts=dict(zip(judged.verdicts["hypothesis"], judged.verdicts["verdict"])),
        alone=dict(zip(alone["hypothesis"], alone["verdict"])),
        effects={key: value for key, value in zip(keys, decisive["std_estimate"]) if value == value},
        forms=dict(zip(best["hypothesis"], best["form"])),
    )


def count(name: str, told: Sequence[Replication]) -> Found:
    """Count the verdicts of the replications of one scenario."""
    here = world(name)
    rates = tuple(
        Rates(
            claim,
            "; ".join(dict.fromkeys(part.kind for part in declared.parts.values() if _decides(part))),
            here.holds[claim],
            len(told),
            Counter(one.verdicts[claim] for one in told if claim in one.verdicts),
            sum(one.alone.get(claim) == "supported" for one in told),
        )
        for claim, declared in here.study.claims.items()
    )
    keys = dict.fromkeys(
        key for one in told for key in one.effects if _decides(here.study.claims[key[0]].parts[key[1]])
    )
    effects = {key: [one.effects[key] for one in told if key in one.effects] for key in keys}
    forms: dict[str, Counter[str]] = {}
    for one in told:
        for claim, form in one.forms.items():
            forms.setdefault(claim, Counter())[form] += 1
    return Found(name, rates, {key: sum(values) / len(values) for key, values in effects.items()}, forms)


def _decides(part: Part) -> bool:
    """Tell whether a part decides in one wave."""
    return part.necessary and part.kind not in OVER_WAVES
