"""What a part of a claim says whatever its kind: the words that all kinds of test share."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from inspraak.study.conditions import Condition, ConditionText
from inspraak.study.declarations import Declared, Name, Names

Columns = Annotated[Names, Field(min_length=1)]
"""One column or several; a user may write a single name."""
Model = Literal[
    "linear", "logit", "fractional_logit", "ordered_logit", "poisson", "negative_binomial", "multinomial"
]


class Part(Declared):
    """What every kind of test shares."""

    kind: str
    """The kind of test."""
    sign: Literal["+", "-"] | None = None
    """Direction that is claimed."""
    smallest_effect: float = Field(default=0.10, gt=0)
    """Smallest effect of interest, in SD of y per SD of x."""
    controls: Names | None = None
    """Columns that are held constant; by default those under defaults."""
    domain: ConditionText | None = None
    """Only the employers for whom this holds."""
    leave_out: Literal["auto"] | None = None
    """auto: items of the outcome, mediator or moderator are left out of the index x."""
    necessary: bool = True
    """False where the part is shown but does not decide."""

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, data: Any) -> Any:
        """Let a user write `y: PREST` for `y: [PREST]`."""
        if not isinstance(data, dict):
            return data
        listed = [key for key in ("x", "y") if _is_columns(cls, key) and isinstance(data.get(key), str)]
        return data | {key: (data[key],) for key in listed}

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Give the items, variables and indices that the part names, by key; controls not included."""
        named: dict[str, tuple[str, ...]] = {}
        for key in _COLUMN_KEYS:
            value = getattr(self, key, None)
            if value:
                named[key] = (value,) if isinstance(value, str) else tuple(value)
        for key in ("domain", "difference_in_differences", "compare"):
            conditions = _conditions(getattr(self, key, None))
            if conditions:
                named[key] = tuple(name for condition in conditions for name in condition.names)
        return named


_COLUMN_KEYS = (
    "x", "y", "group", "by", "moderator", "mediators", "expectation", "fulfilment", "conditions", "baseline",
    "items", "outcomes", "coefficients",
)  # fmt: skip


def _is_columns(part: type[Part], key: str) -> bool:
    field = part.model_fields.get(key)
    return field is not None and field.annotation == tuple[Name, ...]


def _conditions(value: Any) -> tuple[Condition, ...]:
    if value is None:
        return ()
    if isinstance(value, Compare):
        return (value.high, value.low)
    return tuple(value) if isinstance(value, tuple) else (value,)


class Compare(Declared):
    """Two groups of employers."""

    high: ConditionText
    """The group that is claimed to be higher."""
    low: ConditionText
    """The group it is compared with."""
