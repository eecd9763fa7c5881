"""How likely each answer is at each value of theta under the graded response model, with all derivatives.

Parameters are r: the slope a of each of p items, then its intercepts c_k = a b_k, item by item, where P(answer >=
category k) = logistic(a theta - c_k). Categories are c (of the item that has most), points t.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from inspraak.estimation.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class ItemCurves:
    """`above` (p, c + 1, t): chance of an answer at or above each category, 1 first, 0 last; `chance` (p, c, t)."""

    theta: FloatArray
    above: FloatArray
    chance: FloatArray
    own: FloatArray  # (p, c - 1): 1 where the item has that intercept

    @property
    def steep(self) -> FloatArray:
        """The derivative of `above` to its argument, (p, c + 1, t)."""
        return np.asarray(self.above * (1 - self.above))

    def by_theta(self, slopes: FloatArray) -> FloatArray:
        """Give the derivative of `chance` to theta, (p, c, t)."""
        steep = self.steep
        return np.asarray((steep[:, :-1] - steep[:, 1:]) * slopes[:, np.newaxis, np.newaxis])

    def _places(self) -> tuple[int, list[list[tuple[int, int]]]]:
        """Give the number of parameters, and for each item the place of each intercept: (category, parameter)."""
        p = len(self.own)
        places, after = [], p
        for row in self.own:
            steps = int(row.sum())
            places.append([(step + 1, after + step) for step in range(steps)])
            after += steps
        return after, places

    def scores(self) -> FloatArray:
        """Give the derivative of the log chance of each answer to all parameters, (p, c, t, r)."""
        r, places = self._places()
        chance, steep = np.maximum(self.chance, 1e-300), self.steep
        found = np.zeros((*chance.shape, r))
        for item, intercepts in enumerate(places):
            found[item, :, :, item] = self.theta * (steep[item, :-1] - steep[item, 1:]) / chance[item]
            for k, place in intercepts:
                found[item, k, :, place] = -steep[item, k] / chance[item, k]
                found[item, k - 1, :, place] = steep[item, k] / chance[item, k - 1]
        return found

    def curvature(self) -> FloatArray:
        """Give the second derivatives of the log chance of each answer, (p, c, t, r, r)."""
        _, places = self._places()
        chance, bend = np.maximum(self.chance, 1e-300), self.steep * (1 - 2 * self.above)
        scores = self.scores()
        found = -scores[..., :, np.newaxis] * scores[..., np.newaxis, :]
        for item, intercepts in enumerate(places):
            found[item, :, :, item, item] += self.theta**2 * (bend[item, :-1] - bend[item, 1:]) / chance[item]
            for k, place in intercepts:
                for answer, sign in ((k, 1.0), (k - 1, -1.0)):
                    found[item, answer, :, place, place] += sign * bend[item, k] / chance[item, answer]
                    mixed = -sign * self.theta * bend[item, k] / chance[item, answer]
                    found[item, answer, :, place, item] += mixed
                    found[item, answer, :, item, place] += mixed
        return found


def item_curves(slopes: FloatArray, intercepts: FloatArray, theta: FloatArray) -> ItemCurves:
    """Give the curves of p items: `slopes` (p,), `intercepts` (p, c - 1) rising, NaN beyond an item's own."""
    own = ~np.isnan(intercepts)
    argument = slopes[:, np.newaxis, np.newaxis] * theta - np.where(own, intercepts, np.inf)[:, :, np.newaxis]
    above = np.ones((len(slopes), intercepts.shape[1] + 2, theta.size))
    above[:, 1:-1] = special.expit(argument)
    above[:, -1] = 0.0
    # near 1 the difference of two logistics loses digits: take it from the other tail there
    below = np.zeros_like(above)
    below[:, 1:-1] = special.expit(-argument)
    below[:, -1] = 1.0
    chance = np.where(above[:, :-1] > 0.5, np.diff(below, axis=1), -np.diff(above, axis=1))
    return ItemCurves(theta, above, chance, own.astype(np.float64))
