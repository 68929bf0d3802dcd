"""The law of votes of a sky: found again, and no harm where flips leave no trace in the votes."""

import numpy as np
import pytest

from truemorph.components.laws import ExponentialLaw, VoteLaw
from truemorph.components.trainer.votes import fit_votes

LAW = ExponentialLaw(9.18)
TRUE = VoteLaw((((9.0, 2.0), (2.0, 8.0)), ((12.0, 8.0), (2.0, 8.0))))


def sky(n: int, law: VoteLaw, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Counts, alpha, p(y | x) and the true class."""
    rng = np.random.default_rng(seed)
    alpha, p_disk = rng.uniform(4, 35, n), rng.beta(1.0, 1.0, n)
    disk = rng.random(n) < p_disk
    seen = disk & (rng.random(n) > LAW.flip_probability(alpha))
    c = np.array(law.concentration)[disk.astype(int), seen.astype(int)]
    total = rng.integers(30, 61, n)
    smooth = rng.binomial(total, rng.beta(c[:, 0], c[:, 1]))
    return np.stack([smooth, total - smooth], axis=1), alpha, np.stack([1 - p_disk, p_disk], axis=1), disk


@pytest.mark.parametrize("known", [True, False])
def test_the_shares_are_found_again(known: bool) -> None:
    counts, alpha, p_true, _ = sky(6000, TRUE)
    found, value = fit_votes(counts, alpha, LAW, p_true if known else None)
    for k, j in ((0, 0), (1, 0), (1, 1)):
        ours, true = np.array(found.concentration[k][j]), np.array(TRUE.concentration[k][j])
        assert ours[0] / ours.sum() == pytest.approx(true[0] / true.sum(), abs=0.03)
        assert ours.sum() == pytest.approx(true.sum(), rel=0.35)
    assert np.isfinite(value)


def posterior(votes: VoteLaw, counts: np.ndarray, alpha: np.ndarray, p_true: np.ndarray) -> np.ndarray:
    """p(disk | x, alpha, votes), as a sum over the classes."""
    joint = p_true[:, :, None] * LAW.matrix(alpha) * np.exp(votes.log_votes(counts))
    return joint[:, 1].sum(axis=1) / joint.sum(axis=(1, 2))


def test_votes_tell_more_than_their_majority() -> None:
    counts, alpha, p_true, disk = sky(6000, TRUE)
    found, _ = fit_votes(counts, alpha, LAW, p_true)
    majority = LAW.posterior(p_true[:, 1], alpha, (counts[:, 1] > counts[:, 0]).astype(int))
    losses = [
        -np.mean(np.log(np.clip(np.where(disk, p, 1 - p), 1e-9, 1)))
        for p in (posterior(found, counts, alpha, p_true), majority)
    ]
    assert losses[0] < 0.95 * losses[1]


def test_no_harm_where_flipped_disks_have_the_votes_of_smooth_galaxies() -> None:
    blind = VoteLaw((((9.0, 2.0), (2.0, 8.0)), ((9.0, 2.0), (2.0, 8.0))))
    counts, alpha, p_true, disk = sky(6000, blind)
    found, _ = fit_votes(counts, alpha, LAW, p_true)
    ours, best = (posterior(votes, counts, alpha, p_true) for votes in (found, blind))
    losses = [-np.mean(np.log(np.clip(np.where(disk, p, 1 - p), 1e-9, 1))) for p in (ours, best)]
    assert losses[0] == pytest.approx(losses[1], abs=0.002)


def test_few_flips_leave_the_prior() -> None:
    counts, _, p_true, _ = sky(400, TRUE)
    found, _ = fit_votes(counts, np.full(400, 40.0), LAW, p_true)  # p_flip < 1e-4
    flipped, smooth = np.array(found.concentration[1][0]), np.array(found.concentration[0][0])
    np.testing.assert_allclose(flipped / flipped.sum(), smooth / smooth.sum(), atol=0.02)
