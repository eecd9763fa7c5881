"""The declared truth of a simulated study: what truth.yaml says about employers, answers and delivery."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from inspraak.study.declarations import Declared, Name

WaveName = str
Category = str
Share = Annotated[float, Field(ge=0, le=1)]


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(min_length=1)]
"""One name, or a list of names."""


class Term(Declared):
    """One term of an equation: a column, or a form that joins several, with its slope.

    Latents, numbers, codes and joined forms are standardised in the reference population before the
    slope applies, so a slope is in SD per SD. A comparison (`equals`) enters as 0 and 1: its slope is a
    difference in SD.
    """

    of: Names
    """Latent, or fact or item that is drawn earlier; several latents where they are joined."""
    slope: float
    """SD of the left side per SD of the term (per yes against no with `equals`)."""
    form: Literal["product", "min"] | None = None
    """How several latents are joined: their product, or the weakest of them."""
    log: bool = False
    """Take the natural logarithm first (of a fact or item, at least 1)."""
    equals: tuple[float, ...] | None = None
    """Take 1 where the fact or item has one of these codes, else 0."""
    by: dict[Name, dict[Category, float]] = Field(default_factory=dict)
    """Slopes that differ: a stratum variable, and the slope in each category (others keep `slope`)."""
    lag: Literal[0, 1] = 0
    """1: the value (of a latent) in the wave before."""

    @model_validator(mode="after")
    def _whole(self) -> "Term":
        if (self.form is None) != (len(self.of) == 1):
            raise ValueError("a form (product, min) for several columns, none for one")
        if len(self.by) > 1:
            raise ValueError("slopes by one stratum variable")
        if self.form is not None and (self.log or self.equals is not None):
            raise ValueError("log or equals with one column only")
        return self


class Equation(Declared):
    """One left side: terms, shifts, trend, and a noise that fills its variance up to 1."""

    terms: tuple[Term, ...] = ()
    """What it is the sum of. For a reversed item all terms and trends are turned."""
    shifts: dict[Name, dict[Category, float]] = Field(default_factory=dict)
    """Stratum variable, category, and its mean in SD."""
    trend: dict[WaveName, float] = Field(default_factory=dict)
    """Wave, and what it adds to the mean in SD (nothing for a wave not named)."""
    trend_by: dict[Name, dict[Category, dict[WaveName, float]]] = Field(default_factory=dict)
    """Stratum variable, category, wave, and what it adds besides `trend`."""
    stability: Share | None = None
    """Correlation of its noise between two successive waves of one employer; see `Stability`."""


class Quantity(Declared):
    """A number that is asked for, as a distribution of the item's equation."""

    distribution: Literal["lognormal", "beta", "poisson", "pareto"]
    """lognormal; beta between the bounds of the scale; poisson (with overdispersion); pareto within the
    class of a stratum variable with bands, or within the bounds of the scale."""
    typical: float | None = Field(default=None, gt=0)
    """Median (lognormal) or mean (beta, poisson); not for pareto."""
    spread: float = Field(gt=0)
    """SD of the logarithm (lognormal, poisson: of the rate), SD (beta), index of the tail (pareto)."""
    zeros: Share = 0.0
    """Share of employers, those lowest on the equation, whose answer is zero."""
    times: Name | None = None
    """Fact or item drawn earlier that the number is a multiple of."""
    power: float = 1.0
    """Power to which that multiple is raised."""
    subtract_from: float | None = None
    """The answer is this minus the number, for example a year minus an age."""
    decimals: int = Field(default=0, ge=0, le=6)
    """How many decimals are answered."""
    at_most: float | None = None
    """Highest answer, where it lies below the highest value of the scale."""

    @model_validator(mode="after")
    def _whole(self) -> "Quantity":
        if (self.typical is None) != (self.distribution == "pareto"):
            raise ValueError("a typical value, except for pareto")
        return self


class Points(Declared):
    """The part that one item takes of a number of points that is divided."""

    typical: float = Field(gt=0)
    """Points of a typical employer, up to a common factor."""
    spread: float = Field(gt=0)
    """SD of the logarithm of the part."""


class Answer(Equation):
    """How one item is answered: an equation and exactly one of shares, number, texts, points, fill."""

    shares: dict[float, Share] | str | None = None
    """Share of each code in the population before gaps, lowest code first; or the name of a marginal."""
    shares_by: dict[Name, dict[Category, dict[float, Share]]] = Field(default_factory=dict)
    """A stratum variable, and the shares in categories where they are others than `shares`."""
    number: Quantity | None = None
    """For numbers."""
    texts: dict[str, Share] | None = None
    """For text: what is written, and its share."""
    points: Points | None = None
    """For one part of an allocation."""
    fill: Literal["employer", "stratum", "weight", "wave", "year", "date"] | None = None
    """What the fieldwork agency fills in itself."""
    method: float | None = None
    """Loading on every method latent, in the place of the general one."""

    @model_validator(mode="after")
    def _whole(self) -> "Answer":
        given = (self.shares, self.number, self.texts, self.points, self.fill)
        if sum(part is not None for part in given) != 1:
            raise ValueError("exactly one of shares, number, texts, points, fill")
        if len(self.shares_by) > 1 or (self.shares_by and self.shares is None):
            raise ValueError("shares_by one stratum variable, beside shares")
        inner = [shares for by in self.shares_by.values() for shares in by.values()]
        for shares in (self.shares, self.texts, *inner):
            if isinstance(shares, dict):
                _adds_up(shares.values())
        return self


def _adds_up(shares: Any) -> None:
    if abs(sum(shares) - 1) > 1e-6:
        raise ValueError(f"shares that add up to 1 (they add up to {sum(shares):g})")


class Method(Declared):
    """A latent that every item of some scales measures besides its own subject."""

    latent: Name
    """Name of the latent."""
    loading: float
    """Loading on it, in SD."""
    scales: tuple[Name, ...] = Field(min_length=1)
    """Scales whose items load on it."""
    turned: bool = True
    """True: a rosy view, reversed items load with the other sign. False: yes-saying, whatever is asked."""


class Allocation(Declared):
    """Points that are divided over some items."""

    items: tuple[Name, ...] = Field(min_length=2)
    """The parts; each has `points`."""
    total: float = Field(default=100, gt=0)
    """What they add up to."""
    step: float = Field(default=5, gt=0)
    """People answer in multiples of this."""


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
    """Whether a claim of the study holds by construction."""

    holds: Literal[True, "nil", "opposite", "additive", "partly", "described", "untested"]
    """true; nil (its effect is zero); opposite; additive (the sum, no conjunctive form); partly (some parts
    hold, others not); described (nothing to hold or fail); untested."""
    effect: float | None = None
    """Expected standardised effect on the study's own scores in the population: SD of the outcome per SD of
    the index (of several outcomes the smallest), with every control and no missing answers."""
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
            _adds_up(shares.values())
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
