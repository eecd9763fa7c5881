"""The covariance of shares against R's survey, from a call of our own on the file without gaps.

options(survey.lonely.psu = "adjust"); d <- read.csv("data/emp_493_full.csv")
D <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = d)
m <- svymean(~pr1 + pr2 + pr3 + pr4 + pr5 + pr6 + pr7 + pr8 + pr9 + pr10, D); coef(m); vcov(m)
"""

from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.rank_sets import rank_shares
from inspraak.randomness import stream

SHARES = {0: 0.4242686976506365, 3: 0.5299172767836925, 9: 0.2390536759860680}
COVARIANCE = {
    (0, 0): 7.203589523610601e-04,
    (0, 1): 3.480731767990747e-04,
    (2, 6): 2.667968453944229e-04,
    (9, 8): 7.807377073885677e-05,
}


def test_shares_and_their_covariance(reference):
    rows = reference.employers(full=True)
    design = SurveyDesign(rows["w"].to_numpy(), rows["stratum"].to_numpy())
    found = rank_shares(rows[reference.practices].T, design, stream(1, "practices"))
    assert_allclose(found.share[list(SHARES)], list(SHARES.values()), rtol=1e-8)
    assert_allclose([found.covariance[pair] for pair in COVARIANCE], list(COVARIANCE.values()), rtol=1e-8)
