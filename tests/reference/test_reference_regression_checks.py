"""Checks of regressions against R 4.2: stats::glm and lm, sums taken by hand (the package brant is not in Debian).

d <- read.csv("emp_493_full.csv"); sc <- function(k, n) rowMeans(d[paste0(k, 1:n)]); y <- d$pf1
x <- cbind(sc("pa", 8), sc("qw", 8), sc("tr", 3), 1)
for (cut in 1:4) { g <- glm(I(y > cut) ~ x - 1, binomial); r <- (y > cut) - fitted(g)
  inf <- cbind(inf, ((x * r) %*% vcov(g))[, 1:3]); b <- c(b, coef(g)[1:3]) }
V <- crossprod(inf); D <- cbind(-kronecker(rep(1, 3), diag(3)), diag(9)); e <- D %*% b
t(e) %*% solve(D %*% V %*% t(D), e) / 9                        # F, df 9 and 489; below for the first term alone
l <- lm(sc("en", 4) ~ x - 1); i <- ((x * resid(l)) %*% summary(l)$cov.unscaled)[, 1]
sqrt(sum(i^2)); mean(abs(i) / sqrt(sum(i^2)) > 2 / sqrt(493)); coef(update(l, subset = -order(-abs(i))[1:5]))[1]
"""

import numpy as np
import pytest

from inspraak.estimation.design import simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.influence import leave_out, pulls, shares_beyond
from inspraak.estimation.proportional_odds import proportional_odds


@pytest.fixture
def columns(reference) -> np.ndarray:
    d = reference.employers(full=True)
    return np.array([[*(d[name] for name in ("PA", "QW", "TR")), np.ones(len(d))]], dtype=float)


def test_proportional_odds(reference, columns) -> None:
    y = reference.employers(full=True)["pf1"].to_numpy(dtype=float)[np.newaxis]
    included, design = np.ones(y.shape, dtype=bool), simple_design(y.shape[1])
    for terms, statistic, p in ((3, 0.7530612534, 0.6601116811), (1, 0.3044561949, 0.822181165)):
        found = proportional_odds(columns, y, design, terms=terms, included=included, covariance="HC0")
        assert found is not None
        assert (found.df1, found.df2) == (3 * terms, 489)
        assert found.statistic == pytest.approx(statistic, rel=1e-6)
        assert found.p_value == pytest.approx(p, rel=1e-6)


def test_influence(reference, columns) -> None:
    y = reference.employers(full=True)["EN"].to_numpy(dtype=float)[np.newaxis]
    included, design = np.ones(y.shape, dtype=bool), simple_design(y.shape[1])
    fit = fit_generalised(columns.swapaxes(1, 2), y.T, design, family="linear", covariance="HC0")
    pull = pulls(fit, columns, y, design, included=included, terms=[0])
    error = np.sqrt(np.square(pull).sum(axis=2))
    assert error[0, 0] == pytest.approx(0.0551332804711, rel=1e-9)
    assert shares_beyond(pull, error, included)[0] == pytest.approx(0.0730223123732)
    kept = ~leave_out(pull, included)
    without = fit_generalised(columns.swapaxes(1, 2), y.T, design, family="linear", included=kept.T)
    assert without.coefficients[0, 0] == pytest.approx(0.0163760340444, rel=1e-9)
