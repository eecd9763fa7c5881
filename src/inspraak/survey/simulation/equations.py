"""Equations and answers of a declared truth: what a latent rests on and how an item is answered."""

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
    form: Literal["product", "min", "sum"] | None = None
    """How several latents are joined: their product, the weakest of them, or their sum."""
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
            raise ValueError("a form (product, min, sum) for several columns, none for one")
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
    at_least: float | None = None
    """Lowest answer, where it lies above the lowest value of the scale."""
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
                adds_up(shares.values())
        return self


def adds_up(shares: Any) -> None:
    """Refuse shares that do not add up to 1 (ValueError)."""
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
