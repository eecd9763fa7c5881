"""Markers and colours of the verdicts; they are those of the page, and differ in form so that grey tells them apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Look:
    """How one estimate is marked."""

    marker: str
    colour: str
    filled: bool = True
    size: float = 5.6

    @property
    def line(self) -> Mapping[str, Any]:
        """The same for a matplotlib Line2D without a line."""
        size = self.size - 0.9 if self.marker in "Ds" else self.size
        return {
            "marker": self.marker, "markersize": size, "markeredgewidth": 1.3, "markeredgecolor": self.colour,
            "markerfacecolor": self.colour if self.filled else "white", "linestyle": "",
        }  # fmt: skip


BESIDE = Look("o", "#5f5f5f", filled=False)
"""An estimate that is shown, but does not decide."""
BEFORE = Look("o", "#8a8a8a", size=3.6)
"""An estimate of an earlier wave."""
LOOKS: Mapping[str, Look] = {
    "supported": Look("o", "#0b6b4f"),
    "contradicted": Look("D", "#a3350c"),
    "equivalent to nil": Look("s", "#41547a", filled=False),
    "inconclusive": Look("o", "#6c5700", filled=False),
    "not testable": Look("X", "#5b6469"),
}
"""Look of an estimate by the verdict that rests on it; the colours are those of the page (report.css)."""
