"""When parameters that were learnt with the network can be believed."""

import math

import numpy as np
import pytest

from truemorph.components.laws import ExponentialLaw, LogisticLaw
from truemorph.components.trainer.learnt import explained, judge, prior_spread


def test_the_prior_is_the_interval() -> None:
    spread = prior_spread({"status": "uncertain", "interval": [8.0, 10.0], "theta": 9.0})
    assert spread is not None
    assert float(spread["theta"]) == pytest.approx(math.log(10 / 8) / 3.92)


def test_the_spreads_of_a_joint_fit_are_taken() -> None:
    spread = prior_spread({"status": "ok", "interval": [8.0, 10.0], "spread": {"midpoint": 0.1, "width": 0.2}})
    assert spread == {"midpoint": 0.1, "width": 0.2}


@pytest.mark.parametrize("law", [{"status": "given", "interval": None}, {"status": "not_identifiable"}, {}])
def test_no_prior_where_the_catalogue_cannot_tell(law: dict[str, object]) -> None:
    assert prior_spread(law) is None


def test_what_may_be_believed() -> None:
    spread = {"midpoint": 0.05, "width": 0.2}
    start = LogisticLaw(10.0, 2.0)
    assert judge(start, LogisticLaw(10.5, 1.6), spread, None) == ("ok", None)
    status, why = judge(start, LogisticLaw(10.0, 3.5), spread, 0.3)
    assert status == "not_identifiable"
    assert why is not None and why.startswith("the network pulls width from 2 to 3.5, 2.8 standard deviations")
    status, why = judge(ExponentialLaw(9.0), ExponentialLaw(9.0), {"theta": 0.1}, 0.97)
    assert status == "not_identifiable" and why is not None and "it explains 97% of its variance" in why


def test_features_that_hold_alpha_explain_it() -> None:
    rng = np.random.default_rng(0)
    x, alpha = rng.normal(size=(900, 20)), rng.uniform(4, 35, 900)
    x[:, 3] += 5 * np.log(alpha)
    x[:, 7] = 0.0  # a unit that is never on
    assert 0.85 < explained(x[:600], alpha[:600], x[600:], alpha[600:]) < 1.0
    assert explained(x[:600, :3], alpha[:600], x[600:, :3], alpha[600:]) < 0.1
