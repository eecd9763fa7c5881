"""The truth table, as Markdown."""

from collections.abc import Iterable, Sequence

from calibration import forms
from calibration.coverage import SEED
from calibration.forms import EXPLAINED, LEAST, SAMPLE, Named
from calibration.surveys import PRECISION
from calibration.truths import declared_truths
from calibration.verdicts import MOST, WORDS, Found, Rates
from inspraak.estimation.condition_forms import SINGLE

HEAD = f"""# Do the verdicts tell the truth?

`make calibrate` draws surveys of the default study from a truth that is known, does with each what the workflow does
with a wave (clean, weigh, impute {PRECISION.imputations} times, score, test; {PRECISION.draws:,} draws: precision
`quick`), and judges the confirmatory claims by the declared rule, Holm included. {{replications}} surveys of each
scenario, each of one wave of 493 employers, drawn and weighted as the study says, with gaps and without mess.
Seed {SEED}, a stream for each scenario and replication. `calibration/truths.yaml` says what a scenario changes in the
truth of the study (`studies/werkgevers/truth.yaml`); parts of claims that compare waves are left out.

Asked: a claim that is not true is supported in {MOST:.0%} of the surveys at most, and contradicted in {MOST:.0%} at
most unless the contrary is true (`additive`: the sum, no conjunctive form). `partly`: some of the outcomes that a claim
needs hold and others are nil, so that the claim does not. A bound is missed only where the 95 % interval of the rate
(Monte Carlo, exact) lies wholly above it. Support of claims that are true is power: it is told, nothing is asked of it.
`alone`: support without Holm, the claim judged as if it were the only one. A claim that needs several outcomes is
supported where each is found; where none is true that would take several chances at once, so that its rate lies far
below the level. `partly` is the harder trial.
"""


def table(found: Sequence[Found], named: Sequence[Named], replications: int) -> str:
    """Give the document: rates of verdicts, mean effects, and the contest of forms."""
    lines = [HEAD.format(replications=f"{replications:,}")]
    for one in found:
        lines += _scenario(one)
    if len(found) > 1:
        lines += _effects(found)
    if found:
        lines += _forms_of_surveys(found)
    if named:
        lines += _contest(named)
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _scenario(one: Found) -> list[str]:
    scenario = declared_truths().scenarios[one.name]
    lines = [
        f"## Scenario `{one.name}`: {scenario.title}",
        "",
        scenario.tells + ("" if scenario.asked else " Nothing is asked of its rates."),
        "",
        _row(["claim", "kind", "holds", "supported", "95 %", "alone", *WORDS[1:], "verdict"]),
        _row(["---"] * 3 + ["---:", "---", "---:"] + ["---:"] * 4 + ["---"]),
    ]
    for rates in one.rates:
        low, high = rates.interval("supported")
        lines.append(
            _row(
                [
                    rates.claim,
                    rates.kind,
                    rates.holds,
                    _percent(rates.rate("supported")),
                    f"{_percent(low)} to {_percent(high)}",
                    _percent(rates.alone / rates.replications),
                    *(_percent(rates.rate(word)) for word in WORDS[1:]),
                    _verdict(rates, asked=scenario.asked),
                ]
            )
        )
    return [*lines, ""]


def _verdict(rates: Rates, *, asked: bool) -> str:
    if rates.words["not testable"] == rates.replications:
        return "not tried"
    if not asked:
        return "not asked"
    if rates.missed:
        return " and ".join(f"{word} too often" for word in rates.missed)
    return "power" if rates.holds == "true" else "as asked"


def _effects(found: Sequence[Found]) -> list[str]:
    """Give the mean estimate of every outcome that decides, scenario by scenario."""
    keys = dict.fromkeys(key for one in found for key in one.effects)
    lines = [
        "## Mean estimates",
        "",
        "Of every part and outcome that decides, in standard deviations (`form_contest`: gain in R2). Method variance",
        "moves what is rated on both sides, and not shares of employees and facts: claims that need outcomes of both",
        "sorts (H12, H20) are kept from support by the latter. A claim of one rated outcome alone would not be.",
        "",
        _row(["claim", "part", "outcome", *(f"`{one.name}`" for one in found)]),
        _row(["---"] * 3 + ["---:"] * len(found)),
    ]
    for claim, part, outcome in keys:
        values = [one.effects.get((claim, part, outcome)) for one in found]
        said = ["" if value is None else f"{value:+.3f}" for value in values]
        lines.append(_row([claim, part, outcome, *said]))
    return [*lines, ""]


def _forms_of_surveys(found: Sequence[Found]) -> list[str]:
    claims = dict.fromkeys(claim for one in found for claim in one.forms)
    lines = [
        "## Forms named in the surveys",
        "",
        "By least BIC, with the controls of the claim, on scores of a few answers each.",
        "",
        _row(["claim", "scenario", *SINGLE]),
        _row(["---"] * 2 + ["---:"] * len(SINGLE)),
    ]
    for claim in claims:
        for one in found:
            counts = one.forms.get(claim)
            if counts:
                lines.append(
                    _row(
                        [
                            claim,
                            f"`{one.name}`",
                            *(_percent(counts[form] / counts.total()) for form in SINGLE),
                        ]
                    )
                )
    return [*lines, ""]


def _contest(named: Sequence[Named]) -> list[str]:
    lines = [
        "## Contest of forms",
        "",
        f"Three conditions (r about .35, each the mean of four answers of five steps), {SAMPLE} employers without a",
        f"design, no controls; one form explains {EXPLAINED:.0%} of the outcome. {named[0].replications:,} samples of",
        f"each. Asked: BIC names the true form in {LEAST:.0%} of the samples at least, and where the true form is not",
        f"conjunctive one that is gets supported in {forms.MOST:.0%} at most, alone.",
        "",
        _row(["true form", *SINGLE, "95 % of the true one", "conjunctive supported", "verdict"]),
        _row(["---", *["---:"] * len(SINGLE), "---", "---:", "---"]),
    ]
    for one in named:
        low, high = one.interval
        words = {"named": "named too seldom", "supported": "supported too often"}
        lines.append(
            _row(
                [
                    one.form,
                    *(_percent(one.named[form] / one.replications) for form in SINGLE),
                    f"{_percent(low)} to {_percent(high)}",
                    _percent(one.supported / one.replications),
                    " and ".join(words[fault] for fault in one.missed) or "as asked",
                ]
            )
        )
    return [*lines, ""]
