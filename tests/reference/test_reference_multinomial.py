"""Multinomial logit against R 4.2.2: nnet 7.3-18 for the solution, survey 4.1-1 for the sandwich of its scores.

d <- read.csv("emp_493_full.csv"); PA, QW and PF are means of their items
d$cell <- factor(2 * (d$QW > weighted median) + (d$PF > weighted median)); w <- d$w / mean(d$w)
f <- multinom(cell ~ PA + dyn + sector, d, weights = w, reltol = 1e-15, maxit = 2000)    # then five Newton steps
V <- solve(I) %*% vcov(svytotal(scores / d$w, svydesign(~1, strata = ~stratum, weights = ~w, data = d))) %*% solve(I)
Effects: predictions with PA at 2.375 and 4.375 (its weighted P10 and P90), averaged under w; their gradients by
central differences; the last number has svytotal of w / sum(w) * (row - average) + scores %*% solve(I) %*% gradient.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.multinomial import fit_multinomial
from inspraak.estimation.multinomial_effects import category_changes, category_effects

# intercept, PA, dyn, industry, logistics, public, services, trade, of categories 1, 2, 3
COEFFICIENTS = [
    [-0.773442230221, 0.00685864829137, -0.0841420824808, -0.138638641388, 0.22638853948, -0.332377302078,
     0.0783735281996, 0.281784437925],
    [-1.87509666291, 0.603962278016, -0.0569403687028, -0.761112390058, -1.22373917879, -0.749365457062,
     -0.731689524931, -0.679178732669],
    [-4.29970638309, 1.2556399059, 0.151071578007, -0.854542262601, -0.662102363792, -1.09422621557,
     -0.614675971175, -0.206807661495],
]  # fmt: skip
CLASSICAL = [
    [0.751845198, 0.177473755, 0.129340527, 0.543404142, 0.581960634, 0.794943462, 0.508693161, 0.521401607],
    [0.730115151, 0.18001459, 0.124411974, 0.441706109, 0.577592842, 0.645931385, 0.414367908, 0.435944029],
    [0.812251004, 0.194962275, 0.122512876, 0.457520394, 0.542127366, 0.71630516, 0.418600244, 0.425901989],
]
DESIGN = [
    [0.917259616, 0.222935105, 0.170206361, 0.632255522, 0.633315727, 0.742789672, 0.598212645, 0.605936586],
    [0.890460723, 0.225239896, 0.143648966, 0.468985306, 0.558255972, 0.536232693, 0.460857447, 0.482072326],
    [0.973067652, 0.238760914, 0.143334952, 0.491841538, 0.555292709, 0.660154929, 0.493723036, 0.46578758],
]
# estimate, standard error with the rows fixed, with the rows drawn; low, high, difference of categories 0 to 3
CHANGES = [
    [[0.496864921239, 0.051760586, 0.0516548567], [0.217214666457, 0.035117376, 0.0351287985],
     [-0.279650254782, 0.0712915767, 0.0711933244]],
    [[0.251988495863, 0.0461058565, 0.0459236996], [0.111538474186, 0.025175484, 0.025357625],
     [-0.140450021677, 0.058852427, 0.0588068956]],
    [[0.167003587188, 0.0381133439, 0.0380899184], [0.237780798486, 0.035472806, 0.0354966406],
     [0.0707772112988, 0.060929753, 0.0609226419]],
    [[0.0841429957103, 0.0248231339, 0.0247234473], [0.43346606087, 0.0443575958, 0.0445790921],
     [0.34932306516, 0.0574708196, 0.0576653994]],
]  # fmt: skip
EFFECTS = [
    [-0.135902737984, 0.0327054822, 0.0327739637],
    [-0.0682202823457, 0.0271720833, 0.0271566445],
    [0.0269290975009, 0.0296651977, 0.0298433265],
    [0.177193922829, 0.0303612835, 0.0306199644],
]


@pytest.fixture(scope="module")
def inputs(reference):
    rows = reference.employers(full=True)
    w = rows["w"].to_numpy()
    above = []
    for name in ("QW", "PF"):
        order = np.argsort(rows[name].to_numpy(), kind="stable")
        reached = np.cumsum(w[order]) / w.sum() >= 0.5
        above.append((rows[name] > rows[name].to_numpy()[order][np.argmax(reached)]).to_numpy())
    sectors = sorted(rows["sector"].unique())[1:]
    X = np.column_stack(
        [np.ones(len(rows)), rows["PA"], rows["dyn"], *(rows["sector"] == name for name in sectors)]
    )
    return X, 2.0 * above[0] + above[1], SurveyDesign(w, rows["stratum"].to_numpy())


def test_solution_and_variances(inputs):
    fit = fit_multinomial(*inputs)
    assert fit.counts[0].tolist() == [172, 80, 119, 122]
    assert_allclose(fit.coefficients[0], COEFFICIENTS, rtol=1e-9, atol=1e-11)
    assert_allclose(fit.log_likelihood[0], -627.577198262, rtol=1e-11)
    assert_allclose(fit.std_errors[0], DESIGN, rtol=1e-7)
    assert_allclose(fit_multinomial(*inputs, covariance="classical").std_errors[0], CLASSICAL, rtol=1e-6)


def test_changes_and_slopes_of_probabilities(inputs):
    fit = fit_multinomial(*inputs)
    changes = category_changes(fit, *inputs, term=1, ends=np.array([[2.375, 4.375]]))
    slopes = category_effects(fit, *inputs, terms=[1])
    for found, expected in ((changes, np.array(CHANGES)), (slopes, np.array(EFFECTS)[:, np.newaxis])):
        assert_allclose(found.estimates[0], expected[..., 0], rtol=1e-8)
        assert_allclose(found.std_errors[0], expected[..., 1], rtol=1e-6)
        assert_allclose(found.unconditional_std_errors[0], expected[..., 2], rtol=1e-6)
