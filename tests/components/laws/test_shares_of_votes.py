"""Expected shares of votes, against the mean of votes that are drawn one galaxy at a time."""

import numpy as np
import pytest

from truemorph.components.laws import ExponentialLaw, ShareLaw, VoteLaw

LAW = ExponentialLaw(9.0)
ALPHA = np.array([4.0, 9.0, 30.0])
P_TRUE = np.array([[0.2, 0.8], [0.7, 0.3], [0.5, 0.5]])
SHARES = ShareLaw(LAW, 0.8, 0.15, 0.7, (12.0, 9.0), 1.2)
VOTES = VoteLaw((((8.0, 2.0), (2.0, 8.0)), ((6.0, 4.0), (1.0, 9.0))))


@pytest.mark.parametrize("votes", [SHARES, VOTES])
@pytest.mark.parametrize("best", [False, True])
def test_shares_are_the_mean_of_votes_drawn(votes: ShareLaw | VoteLaw, best: bool) -> None:
    rng, draws = np.random.default_rng(0), 20_000
    expected = votes.shares(P_TRUE, LAW, None if best else ALPHA)
    np.testing.assert_allclose(expected.sum(axis=1), 1.0)
    for row, (p, alpha) in enumerate(zip(P_TRUE, ALPHA, strict=True)):
        total = 0.0
        for disk in rng.random(draws) < p[1]:
            if isinstance(votes, ShareLaw):
                flip = 0.0 if best else float(np.exp(-((alpha / votes.stretch) ** 2) / (2 * 9.0**2)))
                mean = votes.disk + (votes.blurred - votes.disk) * flip if disk else votes.smooth
                c = votes.concentration[int(disk)]
                smooth = rng.beta(c * mean, c * (1 - mean))
            else:
                seen = int(disk and (best or rng.random() > np.exp(-(alpha**2) / (2 * 9.0**2))))
                smooth = rng.beta(*votes.concentration[int(disk)][seen])
            total += rng.binomial(40, smooth) / 40
        assert expected[row, 0] == pytest.approx(total / draws, abs=0.01)
