"""Which model fits what an outcome can hold, as far as the study declares it."""

import math

from inspraak.study.columns import column_of
from inspraak.study.parts import Model
from inspraak.study.study import Study

SIGNED = ("difference", "log", "log1p", "log_contrast")
"""Operations whose results are no counts."""
EXPECTED: dict[Model, str] = {
    "linear": "a number, or ordered codes",
    "logit": "an outcome of two values (two codes, or 0 and 1)",
    "fractional_logit": "an outcome with a lowest and highest value (an index, ordered codes, bounds or a range)",
    "ordered_logit": "an outcome of ordered codes, or an index",
    "poisson": "a count (numbers or codes from 0 up, no percentages)",
    "negative_binomial": "a count (whole numbers or codes from 0 up, no percentages)",
    "multinomial": "an outcome of codes or categories",
}
"""What each model asks of its outcome, for messages."""


def bounds_of(study: Study, name: str) -> tuple[float, float] | None:
    """Give the lowest and highest value that an index, item or variable can have; None where that is not declared."""
    if name in study.indices:
        return 0.0, 100.0
    if name in study.variables:
        values = _variable_values(study, name)
        if study.variables[name].range is not None or values is None:
            return study.variables[name].range
        return (min(values), max(values)) if min(values) < max(values) else None
    return study.scale_of(name).bounds if name in study.codebook else None


def answer_range(study: Study, name: str) -> tuple[float, float] | None:
    """Give the ends of the scale that a column is answered or scored on; None for numbers that are no percentage.

    The largest number that a question takes for possible is no end of a scale: nobody is near it.
    """
    number = study.scale_of(name).number if name in study.codebook else None
    return None if number is not None and not number.percent else bounds_of(study, name)


def _variable_values(study: Study, name: str) -> tuple[float, ...] | None:
    """Give the numbers that a variable can be, where they are listed."""
    column = column_of(study, name)
    if column is None or column.kind != "number" or not column.values:
        return None
    return tuple(float(value) for value in column.values)


def two_values_of(study: Study, name: str) -> tuple[float, float] | None:
    """Give what no and yes count for where a column takes two values; the higher one is yes. None for all others."""
    if name in study.indices:
        return (0.0, 100.0) if study.indices[name].rule == "all_above_median" else None
    if name in study.variables:
        values = set(_variable_values(study, name) or ())
    else:
        scale = study.scale_of(name)
        values = set(scale.code_values.values()) if scale.codes is not None and scale.ordered else set()
    return (min(values), max(values)) if len(values) == 2 else None


def yes_counts_less(study: Study, name: str) -> bool:
    """Tell whether the one positive code of an item with two codes counts less than the other code."""
    if name not in study.codebook:
        return False
    scale = study.scale_of(name)
    values = two_values_of(study, name)
    return values is not None and [scale.code_values[code] for code in scale.positive] == [values[0]]


def fits(study: Study, name: str, model: Model) -> bool:
    """Tell whether a model is one for the values that a declared index, item or variable can have.

    True too where the study does not say what these are; then the data decide.
    """
    if model == "multinomial":
        return True
    if model == "logit":
        return two_values_of(study, name) is not None
    if model == "fractional_logit":
        return bounds_of(study, name) is not None
    if model == "ordered_logit":
        return name in study.indices or _has_levels(study, name)
    return model == "linear" or _counts(study, name)


def _has_levels(study: Study, name: str) -> bool:
    if name in study.variables:
        return study.variables[name].operation == "count" or _variable_values(study, name) is not None
    return study.scale_of(name).codes is not None


def _counts(study: Study, name: str) -> bool:
    """Tell whether a column can be a count: not below zero, no percentage, no answer of yes or no."""
    if name in study.indices or two_values_of(study, name) is not None:
        return False
    if name in study.variables:
        values = _variable_values(study, name) or (0.0,)
        return study.variables[name].operation not in SIGNED and min(values) >= 0
    scale = study.scale_of(name)
    if scale.number is not None:
        low, _ = scale.number.limits
        return not scale.number.percent and (low >= 0 or math.isinf(low))
    return scale.codes is not None and min(scale.code_values.values()) >= 0
