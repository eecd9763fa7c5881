"""Kinds of test that a claim may ask for, each with the keys it takes in hypotheses.yaml."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from inspraak.study.conditions import ConditionText
from inspraak.study.declarations import Declared, Name, Names, Text
from inspraak.study.parts import Columns, Compare, Model, Part


class Association(Part):
    """Partial correlation of two columns."""

    kind: Literal["association"]
    x: Name
    y: Name


class Regression(Part):
    """Adjusted association of x with y."""

    kind: Literal["regression"]
    x: Columns
    y: Columns
    model: Model = "linear"
    category: str | None = None
    """With a multinomial model: the category of y whose share goes the way of `sign`."""

    @model_validator(mode="after")
    def _named(self) -> "Regression":
        if (self.model == "multinomial") != (self.category is not None):
            raise ValueError("`category` with model: multinomial, and only there")
        return self


class Joint(Part):
    """Several outcomes must all go together with x."""

    kind: Literal["joint"]
    x: Name
    y: Names = Field(min_length=2)
    model: Model = "linear"

    @model_validator(mode="after")
    def _pair(self) -> "Joint":
        if self.model == "multinomial" and len(self.y) != 2:
            raise ValueError("exactly two outcomes with model: multinomial")
        return self


class Contrast(Part):
    """A planned comparison: two groups, a combination of slopes, or a difference in differences."""

    kind: Literal["contrast"]
    y: Columns
    compare: Compare | None = None
    coefficients: dict[Name, float] | None = Field(default=None, min_length=1)
    difference_in_differences: tuple[ConditionText, ConditionText] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Contrast":
        if (
            sum(
                part is not None for part in (self.compare, self.coefficients, self.difference_in_differences)
            )
            != 1
        ):
            raise ValueError("exactly one of compare, coefficients, difference_in_differences")
        return self


class GroupDifference(Part):
    """Groups against the rest."""

    kind: Literal["group_difference"]
    y: Columns
    group: Name
    category: str | None = None


class Heterogeneity(Part):
    """Do slopes differ between groups."""

    kind: Literal["heterogeneity"]
    x: Name
    y: Columns
    by: Names = Field(min_length=1)


class Moderation(Part):
    """Is the slope of x larger where the moderator is higher."""

    kind: Literal["moderation"]
    x: Name
    y: Columns
    moderator: Name
    low: float = Field(default=10, gt=0, lt=100)
    high: float = Field(default=90, gt=0, lt=100)
    non_inferiority: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _apart(self) -> "Moderation":
        if self.low >= self.high:
            raise ValueError("a low percentile below the high one")
        return self


class Mediation(Part):
    """Does x go together with y by way of mediators."""

    kind: Literal["mediation"]
    x: Name
    mediators: Names = Field(min_length=1)
    y: Columns
    order: Literal["parallel", "serial"] = "parallel"
    moderator: Name | None = None


class ResponseSurface(Part):
    """Expectation against fulfilment."""

    kind: Literal["response_surface"]
    expectation: Name
    fulfilment: Name
    y: Name
    moderator: Name | None = None


class FormContest(Part):
    """Which form joins the conditions: sum, weakest link, product, geometric mean, threshold."""

    kind: Literal["form_contest"]
    conditions: Names = Field(min_length=2, max_length=6)
    y: Name
    smallest_effect: float = Field(default=0.01, gt=0)
    """Smallest effect of interest, as share of the variance of y."""


class Necessity(Part):
    """Is each condition necessary for a high outcome."""

    kind: Literal["necessity"]
    conditions: Names = Field(min_length=1)
    y: Name


class Incremental(Part):
    """What x adds to a baseline."""

    kind: Literal["incremental"]
    x: Annotated[Names, Field(min_length=1, max_length=12)]
    baseline: Names = ()
    y: Columns
    smallest_effect: float = Field(default=0.01, gt=0)
    """Smallest effect of interest, as share of the variance of y."""


class WithinEmployer(Part):
    """Change in x and change in y of the same employer over waves."""

    kind: Literal["within_employer"]
    x: Name
    y: Columns
    lag: Literal[0, 1] = 0


FACTORS_OF_RIVAL = {"one_factor": 2, "uncorrelated": 2, "second_order": 4}
"""Fewest factors with which a rival is another model."""


class Factors(Declared):
    """A factor model in words."""

    factors: dict[Name, Annotated[Names, Field(min_length=2)]] = Field(min_length=1)
    """Items of each factor."""
    labels: dict[Name, Text] = Field(default_factory=dict)
    """Names for people of factors that are no indices."""
    rival: Literal["one_factor", "uncorrelated", "second_order"] | None = None
    """The model it must beat."""

    @model_validator(mode="after")
    def _two_models(self) -> "Factors":
        fewest = FACTORS_OF_RIVAL[self.rival] if self.rival is not None else 1
        if len(self.factors) < fewest:
            raise ValueError(f"{fewest} factors at least, or no rival: {self.rival} is the same model")
        return self


class MethodVariance(Declared):
    """Do conclusions survive a correction for method variance."""

    marker: Names = Field(min_length=1)
    """Items that should go together with nothing."""
    claims: Names = Field(min_length=1)
    """Claims that are tested again."""


class Measurement(Part):
    """Does a declared factor model hold; do conclusions survive method variance."""

    kind: Literal["measurement"]
    model: Factors | None = None
    method_variance: MethodVariance | None = None

    @model_validator(mode="after")
    def _one(self) -> "Measurement":
        if (self.model is None) == (self.method_variance is None):
            raise ValueError("exactly one of model, method_variance")
        return self


class Trend(Part):
    """Change between waves."""

    kind: Literal["trend"]
    y: Columns


class Typology(Part):
    """Latent classes and what goes together with them."""

    kind: Literal["typology"]
    items: Names = Field(min_length=2)
    outcomes: Names = ()
    classes: int = Field(default=6, ge=2, le=12)


class SharesRanking(Part):
    """Which answers are given most, with rank sets."""

    kind: Literal["shares_ranking"]
    items: Names = Field(min_length=2)


class Untested(Part):
    """A claim that no question of the survey carries."""

    kind: Literal["untested"]
    reason: Text


KINDS: dict[str, type[Part]] = {
    "association": Association,
    "regression": Regression,
    "joint": Joint,
    "contrast": Contrast,
    "group_difference": GroupDifference,
    "heterogeneity": Heterogeneity,
    "moderation": Moderation,
    "mediation": Mediation,
    "response_surface": ResponseSurface,
    "form_contest": FormContest,
    "necessity": Necessity,
    "incremental": Incremental,
    "within_employer": WithinEmployer,
    "measurement": Measurement,
    "trend": Trend,
    "typology": Typology,
    "shares_ranking": SharesRanking,
    "untested": Untested,
}
DIRECTED = frozenset(
    {"association", "regression", "joint", "contrast", "moderation", "mediation", "within_employer", "trend"}
)
"""Kinds whose claim has a direction: `sign` is required."""
NOT_IN_SD = frozenset({"form_contest", "incremental", "measurement", "necessity", "shares_ranking"})
"""Kinds whose estimate is no association in standard deviations: a share of a corner, of variance, of answers."""
WITHOUT_SIGN = NOT_IN_SD | {"heterogeneity", "typology"}
"""Kinds whose estimate has no sign, or not that of an association."""
IN_EXPLAINED = frozenset({"form_contest", "incremental"})
"""Kinds whose smallest effect is a share of the variance: a default in standard deviations is not for them."""
OVER_WAVES = frozenset({"within_employer", "trend"})
"""Kinds that compare waves: they are tested once, over all waves together."""
WITHOUT_CONTROLS = OVER_WAVES | {"measurement", "necessity", "shares_ranking", "typology", "untested"}
"""Kinds that hold nothing constant in a wave: method variance cannot be held constant in them either."""
