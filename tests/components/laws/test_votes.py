"""The law of votes against an urn, and the likelihood of votes against that of a label."""

import math

import numpy as np
import pytest

from truemorph.components.laws import ExponentialLaw, VoteLaw
from truemorph.components.laws.votes import even_votes
from truemorph.components.likelihood import log_confusion, log_likelihood, log_votes_seen

LAW = VoteLaw((((8.0, 2.0, 0.5), (2.0, 8.0, 0.5)), ((6.0, 4.0, 0.5), (2.0, 9.0, 0.5))))


def urn(votes: list[int], c: tuple[float, ...]) -> float:
    """The probability of some votes in one order, vote by vote, times the number of orders."""
    p, cast, orders = 1.0, [0] * len(votes), math.factorial(sum(votes))
    for answer, count in enumerate(votes):
        orders //= math.factorial(count)
        for _ in range(count):
            p *= (c[answer] + cast[answer]) / (sum(c) + sum(cast))
            cast[answer] += 1
    return p * orders


def test_votes_are_draws_from_an_urn() -> None:
    counts = [[0, 0, 0], [5, 0, 0], [20, 9, 1], [3, 30, 2]]
    found = np.exp(LAW.log_votes(counts))
    for n, votes in enumerate(counts):
        for k in range(2):
            for j in range(2):
                assert found[n, k, j] == pytest.approx(urn(votes, LAW.concentration[k][j]), rel=1e-9)


def test_all_outcomes_sum_to_one() -> None:
    counts = [[i, j, 12 - i - j] for i in range(13) for j in range(13 - i)]
    np.testing.assert_allclose(np.exp(LAW.log_votes(counts)).sum(axis=0), 1.0, rtol=1e-10)


def test_a_certain_label_gives_the_likelihood_of_the_label() -> None:
    law, rng = ExponentialLaw(9.18), np.random.default_rng(0)
    logits, alpha, seen = rng.normal(0, 3, (50, 2)), rng.uniform(3, 30, 50), rng.integers(2, size=50)
    log_votes = np.where(np.arange(2) == seen[:, None], 0.0, -np.inf)[:, None, :].repeat(2, axis=1)
    log_true = logits - np.logaddexp(logits[:, :1], logits[:, 1:])
    votes = log_votes_seen(log_true, log_confusion(alpha, law), log_votes)
    np.testing.assert_allclose(votes, log_likelihood(logits, alpha, seen, law), rtol=1e-10)


def test_the_likelihood_of_votes_is_the_loop() -> None:
    law, rng = ExponentialLaw(9.18), np.random.default_rng(1)
    counts = rng.integers(0, 30, (20, 2))
    alpha, p_disk = rng.uniform(3, 30, 20), rng.uniform(0.01, 0.99, 20)
    votes = VoteLaw((((8.0, 2.0), (2.0, 8.0)), ((6.0, 4.0), (2.0, 9.0))))
    log_true = np.log(np.stack([1 - p_disk, p_disk], axis=1))
    found = log_votes_seen(log_true, log_confusion(alpha, law), votes.log_votes(counts))
    for n in range(20):
        flip = math.exp(-(alpha[n] ** 2) / (2 * 9.18**2))
        p = (1 - p_disk[n]) * urn(counts[n].tolist(), votes.concentration[0][0])
        p += p_disk[n] * flip * urn(counts[n].tolist(), votes.concentration[1][0])
        p += p_disk[n] * (1 - flip) * urn(counts[n].tolist(), votes.concentration[1][1])
        assert float(found[n]) == pytest.approx(math.log(p), rel=1e-9)


def test_an_even_vote_weighs_less_than_a_clear_one() -> None:
    log_votes = even_votes().log_votes([[30, 30], [59, 1]])
    even, clear = np.abs(log_votes[:, 0, 0] - log_votes[:, 0, 1])
    assert even < 1e-9 and clear > 5.0


def test_a_configuration_comes_back() -> None:
    assert VoteLaw.from_config(LAW.get_config()) == LAW
    with pytest.raises(ValueError, match="votes must be"):
        VoteLaw.from_config({"concentration": [], "n": 1})


@pytest.mark.parametrize("bad", [((1.0, 2.0),), (((1.0, 0.0),) * 2,) * 2, (((1.0, np.inf),) * 2,) * 2, "c", (1, (2,))])
def test_concentrations_that_are_none(bad: object) -> None:
    with pytest.raises(ValueError, match="concentration must be"):
        VoteLaw(bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [[[1.5, 2, 0]], [[-1, 2, 0]], [[np.nan, 2, 0]], [[1, 2]]])
def test_counts_that_are_none(bad: object) -> None:
    with pytest.raises(ValueError, match="counts must"):
        LAW.log_votes(bad)  # type: ignore[arg-type]
