"""The methods of the truth benchmark: each gives p(disk) of the test galaxies; none but the ceiling sees the truth."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import rivals
from engine import Trained
from scenarios import THETA
from scipy.special import logit
from scores import CLIP
from sky import FEATURES
from task import Answer, Task

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.laws import ExponentialLaw, FlipLaw, cv14_p_disk, stored_law
from truemorph.components.trainer.learnt import prior_spread
from truemorph.components.trainer.votes import COUNTS, law_of_votes

Teach = Callable[[Task, npt.ArrayLike, FlipLaw, Mapping[str, Any]], Trained]
"""Trains on the galaxies of a task that have a label, through a law and what else the catalogue told."""
ANSWER = "answer"
"""The column of a network's answers, logit p(disk)."""


def labels(task: Task) -> Answer:
    """The labels as they are."""
    return task.test_label.astype(np.float64), {}


def debiased_labels(task: Task) -> Answer:
    """The labels of the `_debiased` columns, corrected by redshift; unknown where they are empty."""
    return task.test.table["label_debiased"].to_numpy(), {}


def naive(task: Task) -> Answer:
    """The network on the labels as they are."""
    return task.naive.p_disk(task.test.pixels), {}


def naive_debiased(task: Task) -> Answer:
    """The network on the labels of the `_debiased` columns."""
    return task.train(task.sky.table["label_debiased"].to_numpy()).p_disk(task.test.pixels), {}


def cv14(task: Task) -> Answer:
    """The CV14 regression on Sérsic index, ellipticity and half-light radius."""
    fit = task.law()["cv14"]
    return cv14_p_disk(fit, task.test.table[list(FEATURES)].to_numpy(), task.test.table["alpha"]), {
        "status": fit["status"]
    }


def given(task: Task) -> Answer:
    """The paper's DDB: theta is 9.18, which is that of the plain sky."""
    network = task.train(task.label, law=ExponentialLaw(task.scenario.factor * THETA))
    return network.p_disk(task.test.pixels), {"theta": task.scenario.factor * THETA}


def estimated(task: Task) -> Answer:
    """truemorph with theta from the catalogue, as the pipeline runs it; naive where the catalogue cannot tell it."""
    law = task.law()
    notes = {key: law.get(key) for key in ("theta", "interval", "status", "observables")}
    if law["theta"] is None:
        return task.naive.p_disk(task.test.pixels), notes
    return task.train(task.label, law=stored_law(law)).p_disk(task.test.pixels), notes


def refitted(task: Task, teach: Teach | None = None, answer_tells: bool = True) -> Answer:
    """truemorph with the law fitted again: the network's answer to galaxies it was not taught is a feature more.

    Two networks are taught through the catalogue's law, each by half of the galaxies, and answer for the other half.
    Theta of the second law goes with the features, and with the answer too if the answer tells of it: for a network
    finds plain what volunteers find plain.
    """
    told, table = task.law(), task.sky.table
    if told["theta"] is None:
        return estimated(task)
    law, teach = stored_law(told), teach or by_labels
    half = np.random.default_rng((task.seed, 8)).permutation(len(task.sky)) % 2
    p_disk = np.empty(len(task.sky))
    for part in (0, 1):
        network = teach(task, np.where(half == part, np.nan, task.label), law, told)
        p_disk[half == part] = network.p_disk(task.sky.pixels[half == part])
    answer = logit(np.clip(p_disk, CLIP, 1.0 - CLIP))
    features, names = np.column_stack([table[list(FEATURES)].to_numpy(), answer]), (*FEATURES, ANSWER)
    tells = len(names) if answer_tells else len(FEATURES)
    seen, called = features[:, :tells], names[:tells]
    fit = fit_cv14(features, task.label, table["alpha"], observables=seen, names=called, rates=task.rates)
    notes = {"first": told["theta"], "theta": fit.theta, "interval": fit.theta_interval, "status": fit.status}
    if isinstance(fit.law, FlipLaw):
        law, told = fit.law, {"cv14": asdict(fit) | {"features": names}}
    network = teach(task.with_column(ANSWER, answer), task.label, law, told)
    return network.p_disk(task.test.pixels), notes


def votes_refitted(task: Task) -> Answer:
    """The same with networks taught by the votes."""
    return refitted(task, by_votes)


def votes_features_refitted(task: Task) -> Answer:
    """The same, theta of the second law going with the features alone."""
    return refitted(task, by_votes, answer_tells=False)


def learned(task: Task) -> Answer:
    """truemorph with theta learnt with the network, the catalogue's fit as the prior."""
    law = task.law()
    if law["theta"] is None:
        return estimated(task)
    network = task.train(task.label, law=stored_law(law), spread=prior_spread(law))
    return network.p_disk(task.test.pixels), {"told": network.told}


def votes(task: Task) -> Answer:
    """truemorph with theta from the catalogue, taught by the votes, as the pipeline does it."""
    told = task.law()
    return by_votes(task, task.label, stored_law(told), told).p_disk(task.test.pixels), {"theta": told["theta"]}


def by_votes(task: Task, label: npt.ArrayLike, law: FlipLaw, told: Mapping[str, Any]) -> Trained:
    """The network taught by the votes of the galaxies that have a label, through the law and what it told."""
    table = task.sky.table
    counts = table[list(COUNTS)].to_numpy(np.float64)
    log_votes = law_of_votes(table, law, told).log_votes(counts, law.columns(table))
    return task.train(label, law=law, log_votes=log_votes)


def by_labels(task: Task, label: npt.ArrayLike, law: FlipLaw, told: Mapping[str, Any]) -> Trained:
    return task.train(label, law=law)


def truth(task: Task) -> Answer:
    """The ceiling: the network on the truth."""
    return task.train(task.sky.truth).p_disk(task.test.pixels), {}


METHODS: dict[str, Callable[[Task], Answer]] = {
    "labels": labels,
    "debiased-labels": debiased_labels,
    "cv14": cv14,
    "truth": truth,
    "naive": naive,
    "estimated": estimated,
    "refitted": refitted,
    "given": given,
    "learned": learned,
    "votes": votes,
    "votes-refitted": votes_refitted,
    "votes-features-refitted": votes_features_refitted,
    "naive-debiased": naive_debiased,
    "gce": rivals.gce,
    "sar-pu": rivals.sar_pu,
    "sar-pu-exponential": rivals.sar_pu_exponential,
    "resolved": rivals.resolved,
    "zoobot": rivals.zoobot,
    "lbe": rivals.lbe,
    "cleanlab": rivals.cleanlab,
}
"""By name, in the order in which they are run: the cheap and the needed ones first."""
NAMES = {
    "labels": "labels as they are",
    "debiased-labels": "`_debiased` labels",
    "naive": "network, labels as they are",
    "naive-debiased": "network, `_debiased` labels",
    "cv14": "CV14 regression",
    "given": "the paper's DDB, θ = 9.18",
    "estimated": "truemorph, θ estimated",
    "refitted": "truemorph, θ estimated again with the network",
    "learned": "truemorph, θ learned",
    "votes": "truemorph, votes",
    "votes-refitted": "truemorph, votes, θ estimated again",
    "votes-features-refitted": "truemorph, votes, θ estimated again, by features alone",
    "gce": "generalized cross-entropy",
    "cleanlab": "cleanlab",
    "sar-pu": "SAR-PU (pysarpu)",
    "sar-pu-exponential": "SAR-PU, our propensity",
    "resolved": "well resolved only, degraded",
    "zoobot": "Zoobot's objective, read at α = 30",
    "lbe": "LBE, free propensity",
    "truth": "network, truth (ceiling)",
}
"""What the table calls them, in its order."""
IN_JAX = ("zoobot", "lbe")
"""Methods that only the copy in JAX can train."""
SEVERAL = ("refitted", "votes-refitted", "votes-features-refitted", "cleanlab")
"""Methods that train several networks a sky, which are run where they are asked for."""
