"""The declared truth of a simulated study: what truth.yaml says about employers, answers and delivery."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from inspraak.study.declarations import Declared, Name
from inspraak.survey.simulation.equations import (
    Allocation,
    Answer,
    Category,
    Equation,
    Method,
    Share,
    Term,
    WaveName,
    adds_up,
)


class Sample(Declared):
    """Who is asked and who answers."""

    employers: dict[WaveName, int]
    """Number of employers per wave that can be analysed, after cleaning."""
    returning: Share = 1 / 3
    """Share of the employers of one wave that answer again in the next."""
    power: float = Field(default=0.5, ge=0, le=1)
    """Allocation over strata: proportional to population ** power (1: proportional, 0: equal)."""
    oversampling: dict[Name, dict[Category, float]] = Field(default_factory=dict)
    """Stratum variable, category and the factor by which its share of the sample is raised."""
    minimum: int = Field(default=2, ge=0)
    """Fewest employers in a stratum."""
    relative_response: dict[Name, dict[Category, float]] = Field(default_factory=dict)
    """Stratum variable, category and the factor by which those who were invited answer more often."""
    response: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Share of those asked that answer; where a wave declares who was invited, that file decides."""
    selection: tuple[Term, ...] = ()
    """What makes answering likelier: slopes in log odds per SD."""


class Stability(Declared):
    """Default correlation of noise between successive waves of one employer."""

    facts: Share = 1.0
    """Of facts."""
    latents: Share = 0.6
    """Of latents."""
    items: Share = 0.3
    """Of items: what is particular to one question."""


class Identifier(Declared):
    """How the identifiers of employers look."""

    prefix: str = "E"
    """What they begin with."""
    digits: int = Field(default=6, ge=4, le=12)
    """Digits after it."""


class Gap(Declared):
    """How often one kind of non-answer occurs. The most special rate counts: item, then scale, then rate."""

    rate: Share = 0.0
    """For every substantive item whose scale has a code for it."""
    scales: dict[Name, Share] = Field(default_factory=dict)
    """For substantive items on a scale."""
    items: dict[Name, Share] = Field(default_factory=dict)
    """For an item."""
    terms: tuple[Term, ...] = ()
    """Who does so more: slopes on the liability, whose total SD stays 1."""


class Gaps(Declared):
    """Missing answers of employers that can be analysed."""

    dont_know: Gap = Gap()
    """Says so."""
    refused: Gap = Gap()
    """Does not want to say."""
    not_applicable: Gap = Gap()
    """Says that it does not apply."""
    no_answer: Gap = Gap()
    """Leaves it empty."""
    late_break_off: Share = 0.0
    """Share of employers that stop near the end of the questionnaire."""
    stops: tuple[Share, Share] = (0.7, 0.98)
    """Where these stop, as a share of the substantive items."""


class Mess(Declared):
    """Rows and cells, counted exactly, that cleaning should find in one wave, besides `sample.employers`."""

    identical_duplicates: int = Field(default=0, ge=0)
    """Rows that are delivered twice."""
    second_entries: int = Field(default=0, ge=0)
    """Employers that answered a second time, with other and fewer answers."""
    break_offs: int = Field(default=0, ge=0)
    """Employers that stop early."""
    failed_attention: int = Field(default=0, ge=0)
    """Employers that miss an attention check."""
    straight_liners: int = Field(default=0, ge=0)
    """Employers that give one code throughout the batteries."""
    impossible_rows: int = Field(default=0, ge=0)
    """Employers with so many impossible values that the row is removed."""
    out_of_scope: int = Field(default=0, ge=0)
    """Employers below the lower limit of the study's scope."""
    impossible_values: int = Field(default=0, ge=0)
    """Single impossible values, each in another row that is kept."""
    total_rows: int = Field(default=0, ge=0)
    """Rows with totals, at the end."""

    @property
    def removed(self) -> int:
        """Number of employers beyond those that can be analysed."""
        fresh = (self.break_offs, self.failed_attention, self.straight_liners, self.impossible_rows)
        return sum(fresh) + self.out_of_scope


class Delivery(Declared):
    """Habits of the agency in one wave."""

    labels: tuple[Name, ...] = ()
    """Items whose cells hold the Dutch label instead of the code."""
    titles: tuple[str, ...] = ()
    """Lines above the header, where it is not the first row."""


class ClaimTruth(Declared):
    """Whether a claim of the study holds by construction.

    `effect` is what a very large survey of the first wave that tests the claim would find, on the study's own
    scores, with its controls, without gaps. In SD: the slope; for a moderation the product's; for a mediation
    the indirect one; for a response surface the slope along the line of incongruence; for a contrast the
    difference; for heterogeneity the SD of slopes; for a trend the change from the first wave to the last. Of
    several outcomes or parts it is the one nearest to nil. Positive is as the claim says.
    """

    holds: Literal[True, "nil", "opposite", "additive", "partly", "described", "untested"]
    """true; nil (its effect is zero); opposite; additive (the sum, no conjunctive form); partly (some needed
    outcomes or parts hold, others are nil, so that the claim as a whole does not hold); described (nothing to
    hold or fail); untested."""
    effect: float | None = None
    """Expected effect in SD, see above; left out where the claim has none."""
    note: str = ""
    """Which terms of the truth make it so."""


class Truth(Declared):
    """Everything that truth.yaml declares."""

    sample: Sample
    """Who answers."""
    identifier: Identifier = Identifier()
    """How employers are numbered."""
    stability: Stability = Stability()
    """Default stability of noise."""
    marginals: dict[str, dict[float, Share]] = Field(default_factory=dict)
    """Shares of codes that several items have, by name."""
    facts: dict[Name, Answer] = Field(default_factory=dict)
    """Items that are drawn first, in this order; latents may depend on them."""
    latents: dict[Name, Equation] = Field(default_factory=dict)
    """What is behind the answers, each with mean 0 and SD 1 in the population, in this order."""
    methods: tuple[Method, ...] = ()
    """Common-method latents."""
    items: dict[Name, Answer] = Field(default_factory=dict)
    """Every other item of the codebook except attention checks, in this order."""
    allocations: tuple[Allocation, ...] = ()
    """Points that are divided."""
    exclusive: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    """Item, and those that rule it out: it has its highest code where all of these have their lowest."""
    first_choice: dict[Name, dict[float, Name]] = Field(default_factory=dict)
    """Item that asks for the most important, and the item behind each of its codes: one that was chosen."""
    gaps: Gaps = Gaps()
    """Missing answers."""
    mess: dict[WaveName, Mess] = Field(default_factory=dict)
    """What cleaning should find, per wave."""
    delivery: dict[WaveName, Delivery] = Field(default_factory=dict)
    """How the files look, per wave."""
    claims: dict[Name, ClaimTruth] = Field(default_factory=dict)
    """What holds by construction, for every claim of the study."""
    reference: int = Field(default=20_000, ge=1_000, le=1_000_000)
    """Employers in the reference draw that fixes means, variances and cut points."""

    @model_validator(mode="after")
    def _marginals_add_up(self) -> "Truth":
        for shares in self.marginals.values():
            adds_up(shares.values())
        return self

    @property
    def answers(self) -> dict[str, Answer]:
        """Facts and items together, in the order in which they are drawn."""
        return self.facts | self.items

    def shares_of(self, answer: Answer) -> dict[float, float] | None:
        """Give the shares of the codes of an item, by name resolved; None where it has none."""
        return self.marginals[answer.shares] if isinstance(answer.shares, str) else answer.shares

    def options_of(self, answer: Answer) -> dict[float | str, float]:
        """Give the share of each code or text that an item may be answered with; empty for other answers."""
        options: dict[float | str, float] = {}
        options.update((self.shares_of(answer) or {}).items())
        options.update((answer.texts or {}).items())
        return options
