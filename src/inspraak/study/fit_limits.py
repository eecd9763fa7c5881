"""From where on two scales are alike and a model fits: what verdicts and texts share."""

SIMILAR = 0.85
"""Heterotrait-monotrait ratio from which two scores may measure the same (Henseler, Ringle & Sarstedt 2015)."""
GOOD_FIT, FAIR_FIT = (0.95, 0.06), (0.90, 0.08)
"""Least CFI and largest RMSEA of a model that fits well, and acceptably (Hu & Bentler 1999; Browne & Cudeck 1993)."""
LIKE = 0.01
"""Models whose CFI differ by less than this fit alike (Cheung & Rensvold 2002)."""
