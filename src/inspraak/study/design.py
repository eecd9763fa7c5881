"""Design, scope and cleaning of a study: what study.yaml says about rows."""

from typing import Literal

from pydantic import Field, model_validator

from inspraak.study.declarations import Cell, Declared, Name, Names


class Employer(Declared):
    """How an employer is recognised over the waves."""

    item: Name
    """The item that holds the identifier of the file."""
    crosswalk: str | None = None
    """CSV of the study folder with the columns wave, identifier, employer."""


class Calibration(Declared):
    """How weights are made to reproduce the margins of the population."""

    method: Literal["raking", "linear", "logit"] = "raking"
    """Iterative proportional fitting, the regression estimator, or smooth between bounds."""
    bounds: tuple[float, float] | None = None
    """Lowest and highest ratio of the calibrated to the base weight; for linear and logit."""
    trim: float | None = Field(default=None, gt=1)
    """Cap of the establishment weights, in times their median; what is above it is cut and calibrated again."""

    @model_validator(mode="after")
    def _fitting(self) -> "Calibration":
        if self.method == "raking" and self.bounds is not None:
            raise ValueError("bounds beside linear or logit only (raking has none; `trim` caps its weights)")
        if self.method == "logit" and self.bounds is None:
            raise ValueError("bounds beside logit")
        if self.bounds is not None and not self.bounds[0] < 1 < self.bounds[1]:
            raise ValueError("bounds of a number below 1 and one above 1")
        return self


class Design(Declared):
    """How the sample was drawn, and what its weights must reproduce."""

    strata: Names = ()
    """Items or variables whose crossing makes the strata."""
    population: str | None = None
    """CSV of the study folder: the strata's columns and population; base weight = N_h / n_h."""
    clusters: Name | None = None
    """Item or variable of the primary sampling unit, where units were drawn together; counted within strata."""
    finite_population: bool = False
    """Whether variances heed what part of a stratum answered, counted in `population` (clusters: column `clusters`)."""
    lonely_strata: Literal["certainty", "adjust", "average"] = "adjust"
    """A stratum with one sampling unit adds no variance, is compared with the grand mean, or gets the mean variance."""
    weight: Name | None = None
    """Item that holds a weight as delivered."""
    margins: tuple[str, ...] = ()
    """CSV files of population margins: a variable and population."""
    employee_margins: tuple[str, ...] = ()
    """CSV files of employee margins: a variable and employees."""
    employees: Name | None = None
    """Item or variable that holds the number of workers; with it come estimates weighted by employees."""
    calibration: Calibration = Field(default_factory=Calibration)
    """How the weights are calibrated to the margins."""
    empty_strata: Literal["warn", "refuse", "drop"] = "warn"
    """A stratum of the population where nobody answered: say so, stop, or count it as no part of the population."""

    @model_validator(mode="after")
    def _weights(self) -> "Design":
        if self.population is None and self.weight is None:
            raise ValueError("population or weight, or no design at all")
        if self.population is not None and not self.strata:
            raise ValueError("strata beside population")
        if self.finite_population and self.population is None:
            raise ValueError("population (the units of each stratum) beside finite_population")
        if "lonely_strata" in self.model_fields_set and not self.strata:
            raise ValueError("strata beside lonely_strata")
        if self.employee_margins and self.employees is None:
            raise ValueError("employees (the number of workers of each unit) beside employee_margins")
        if "calibration" in self.model_fields_set and not (self.margins or self.employee_margins):
            raise ValueError("margins or employee_margins beside calibration")
        return self


class Limits(Declared):
    """Bounds or a list that a value must keep to."""

    at_least: float | None = None
    """Lowest value in scope."""
    at_most: float | None = None
    """Highest value in scope."""
    in_: tuple[Cell, ...] | None = Field(default=None, alias="in")
    """Values in scope."""
    not_in: tuple[Cell, ...] | None = None
    """Values out of scope."""

    @model_validator(mode="after")
    def _some(self) -> "Limits":
        if self.at_least is None and self.at_most is None and self.in_ is None and self.not_in is None:
            raise ValueError("at least one of at_least, at_most, in, not_in")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least that is not above at_most")
        return self


class StraightLining(Declared):
    """When a row of equal answers is no serious row."""

    batteries: dict[Name, Names] = Field(min_length=1)
    """Items that were asked together."""
    minimum_items: int = Field(default=6, ge=2)
    """Batteries with fewer answers are not judged."""
    batteries_needed: int = Field(default=1, ge=1)
    """How many batteries must have the same code throughout."""

    @model_validator(mode="after")
    def _reachable(self) -> "StraightLining":
        for name, items in self.batteries.items():
            if len(items) < self.minimum_items:
                expected = f"batteries of at least {self.minimum_items} items (minimum_items)"
                raise ValueError(f"{expected}; '{name}' has {len(items)}")
        if self.batteries_needed > len(self.batteries):
            raise ValueError(f"batteries_needed of at most the {len(self.batteries)} declared")
        return self


class SumCheck(Declared):
    """Parts that must add up."""

    sum: Names = Field(min_length=2)
    """The parts."""
    equals: float
    """What they add up to."""
    tolerance: float = Field(default=0.0, ge=0)
    """How far off is still right."""


class Cleaning(Declared):
    """Which delivered rows are not analysed; the first reason that fits counts."""

    not_employers: dict[Name, tuple[Cell, ...]] = Field(default_factory=dict)
    """Values that mark totals and benchmarks; a * at the end means: begins with."""
    duplicates: Literal["refuse", "first", "last", "most_complete"] = "refuse"
    """What to keep of several rows of one employer."""
    break_off: float | None = Field(default=None, gt=0, le=1)
    """Share of the substantive items asked that must be answered."""
    attention: dict[Name, Cell] = Field(default_factory=dict)
    """Attention checks and their right answers."""
    straight_lining: StraightLining | None = None
    """Rows that give one answer throughout."""
    impossible: int | None = Field(default=None, ge=1)
    """Rows with this many impossible values or more are removed."""
    checks: tuple[SumCheck, ...] = ()
    """Parts that must add up; where they do not they are set to missing."""
