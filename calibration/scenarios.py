"""The scenarios by name: a method that is to be on trial is a function here, in a module of its family."""

from collections.abc import Callable

from calibration import mediations
from calibration.coverage import Scenario
from calibration.descriptions import differences, means_and_shares, quartiles, raked, shares_of_few
from calibration.imputed import pooled
from calibration.regressions import ordered, with_design, without_design

SCENARIOS: dict[str, Callable[[], Scenario]] = {
    "means_and_shares": means_and_shares,
    "shares_of_few": shares_of_few,
    "quartiles": quartiles,
    "differences": differences,
    "raked": raked,
    "linear": with_design("linear", "y"),
    "hc3": without_design,
    "logit": with_design("logit", "yes"),
    "fractional_logit": with_design("fractional_logit", "share"),
    "ordered_logit": ordered,
    "poisson": with_design("poisson", "count"),
    "negative_binomial": with_design("negative_binomial", "spread_count"),
    "pooled": pooled,
    "mediation": mediations.resampled,
    "mediation_pooled": mediations.pooled,
}
