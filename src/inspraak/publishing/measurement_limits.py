"""From where on a score is measured well, two scores are alike and a model fits: limits that words and texts share."""

from inspraak.publishing.language import format_number
from inspraak.study.fit_limits import FAIR_FIT, GOOD_FIT, SIMILAR

GOOD, SUFFICIENT = 0.80, 0.70
"""A score is measured well, or sufficiently, from here on; below it is measured weakly (Nunnally & Bernstein 1994)."""
CLEAR = 0.50
"""Standardised loading from which a question clearly belongs to its scale; below it belongs weakly."""
LITTLE = 0.05
"""A correlation that changes by less than this hardly changes."""
CLOSE = 0.95
"""Rank correlation from which two ways to score put employers in practically the same order."""


def limits(language: str) -> dict[str, str]:
    """Give the limits that texts name, as written."""
    named = {
        "good": GOOD,
        "sufficient": SUFFICIENT,
        "similar": SIMILAR,
        "good_cfi": GOOD_FIT[0],
        "good_rmsea": GOOD_FIT[1],
        "fair_cfi": FAIR_FIT[0],
        "fair_rmsea": FAIR_FIT[1],
    }
    return {name: format_number(limit, decimals=2, language=language) for name, limit in named.items()}
