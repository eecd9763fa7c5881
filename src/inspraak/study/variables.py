"""Groups and helper variables: how each is computed from items and from variables before it."""

from typing import Literal

from pydantic import Field, model_validator

from inspraak.study.declarations import Cell, Declared, Name, Names, Text

WAVE_YEAR = "wave_year"
"""The variable that every wave has: its year."""
OPERATIONS = ("sum", "mean", "product", "ratio", "difference", "log", "log1p", "count", "log_contrast")
RECODES = ("as", "bands", "prefixes", "codes", "table", "equals")


class Count(Declared):
    """How many of some items have one of some codes."""

    of: Names = Field(min_length=1)
    """Items that are counted over."""
    equals: tuple[float, ...] = Field(min_length=1)
    """Codes that count."""


class LogContrast(Declared):
    """Isometric log-ratio coordinate of parts of a whole (Egozcue et al. 2003)."""

    of: Names = Field(min_length=1)
    """Parts in the numerator."""
    against: Names = Field(min_length=1)
    """Parts in the denominator."""
    zero: float = Field(default=0.5, gt=0)
    """What a part of zero is replaced by, in the parts' own unit."""

    @model_validator(mode="after")
    def _apart(self) -> "LogContrast":
        both = [name for name in self.of if name in self.against]
        if both:
            raise ValueError(f"each part under of or under against, not both ('{both[0]}')")
        return self


class Variable(Declared):
    """One computed column: `from` with exactly one recode, or exactly one operation."""

    source: Name | None = Field(default=None, alias="from")
    """The item or variable that is recoded."""
    as_: Literal["number", "text"] | None = Field(default=None, alias="as")
    """Take the column over as a number or as text."""
    bands: tuple[float, ...] | None = Field(default=None, min_length=1)
    """Lower bounds of classes: 10, 20, 50 gives 10-19, 20-49, 50+."""
    prefixes: dict[str | int | float, str] | None = Field(default=None, min_length=1)
    """Category of each beginning of a code; the longest that fits wins."""
    codes: dict[str | int | float, Cell] | None = Field(default=None, min_length=1)
    """Recode table: what becomes of each value."""
    table: str | None = None
    """The same in a small CSV of the study folder with the columns code and value."""
    equals: tuple[Cell, ...] | None = Field(default=None, min_length=1)
    """1 where the value is one of these, else 0."""
    sum: tuple[Name, ...] | None = Field(default=None, min_length=1)
    """Sum of columns; missing where one of them is."""
    mean: tuple[Name, ...] | None = Field(default=None, min_length=1)
    """Mean of columns; missing where one of them is."""
    product: tuple[Name, ...] | None = Field(default=None, min_length=1)
    """Product of columns."""
    ratio: tuple[Name, Name] | None = None
    """The first divided by the second; missing where the second is zero."""
    difference: tuple[Name, Name] | None = None
    """The first minus the second."""
    log: Name | None = None
    """Natural logarithm; missing at zero and below."""
    log1p: Name | None = None
    """Natural logarithm of one plus the value; missing at minus one and below."""
    count: Count | None = None
    """Number of columns with certain codes."""
    log_contrast: LogContrast | None = None
    """Log-ratio coordinate of parts of a whole."""
    label: Text | None = None
    """Name for people."""
    labels: dict[str, Text] = Field(default_factory=dict)
    """Names of the categories for people."""
    range: tuple[float, float] | None = None
    """Lowest and highest value, where an index uses the variable."""

    @model_validator(mode="after")
    def _one_operation(self) -> "Variable":
        recodes = [key for key in RECODES if getattr(self, "as_" if key == "as" else key) is not None]
        operations = [key for key in OPERATIONS if getattr(self, key) is not None]
        if self.source is not None and (len(recodes) != 1 or operations):
            raise ValueError(f"exactly one of {', '.join(RECODES)} beside from")
        if self.source is None and (len(operations) != 1 or recodes):
            raise ValueError(f"from with a recode, or exactly one of {', '.join(OPERATIONS)}")
        if self.bands is not None and list(self.bands) != sorted(set(self.bands)):
            raise ValueError("bands in rising order")
        if self.range is not None and self.range[0] >= self.range[1]:
            raise ValueError("a range with the lowest value first")
        if self.codes is not None and len({isinstance(value, str) for value in self.codes.values()}) > 1:
            raise ValueError("codes that become texts or that become numbers, not some of each")
        if self.labels and not self.categorical:
            raise ValueError("labels with categories only, and this variable is a number")
        if self.range is not None and self.categorical:
            raise ValueError("a range with a number only, and this variable has categories")
        return self

    @property
    def operation(self) -> str:
        """Give the one recode or operation of this variable."""
        for key in (*RECODES, *OPERATIONS):
            if getattr(self, "as_" if key == "as" else key) is not None:
                return key
        raise AssertionError("a variable without an operation cannot be declared")

    @property
    def names(self) -> tuple[str, ...]:
        """Give the columns that this variable is computed from."""
        value = self.source if self.source is not None else getattr(self, self.operation)
        if isinstance(value, Count):
            return value.of
        if isinstance(value, LogContrast):
            return value.of + value.against
        return (value,) if isinstance(value, str) else tuple(value)

    @property
    def categorical(self) -> bool:
        """Tell whether the variable holds categories (text) instead of numbers."""
        texts = self.codes is not None and all(isinstance(value, str) for value in self.codes.values())
        tabled = self.table is not None and bool(self.labels)
        return self.as_ == "text" or self.bands is not None or self.prefixes is not None or texts or tabled

    @property
    def categories(self) -> tuple[str, ...]:
        """Give the categories in order: as declared, or as labelled for a table; () for numbers."""
        if self.bands is not None:
            return band_names(self.bands)
        if not self.categorical:
            return ()
        declared = self.prefixes if self.prefixes is not None else self.codes
        return (
            tuple(dict.fromkeys(str(value) for value in declared.values()))
            if declared
            else tuple(self.labels)
        )


def band_names(bounds: tuple[float, ...]) -> tuple[str, ...]:
    """Name the classes that start at whole-number bounds: (10, 20, 50) gives 10-19, 20-49, 50+."""
    whole = all(bound == int(bound) for bound in bounds)
    upper = [bound - 1 if whole else bound for bound in bounds[1:]]
    return (*(f"{low:g}-{high:g}" for low, high in zip(bounds, upper)), f"{bounds[-1]:g}+")
