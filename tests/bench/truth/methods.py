"""The methods of the truth benchmark: each gives p(disk) of the test galaxies; none but the ceiling sees the truth."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from networks import HELD, Trained, fit_network
from rivals import READ_AT, WELL_RESOLVED, degraded, dirichlet, label_bias
from scenarios import THETA, Scenario
from sky import FEATURES, Sky

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.bias_estimator.law import bias_law
from truemorph.components.laws import DISK, ExponentialLaw, cv14_p_disk
from truemorph.components.trainer.learnt import prior_spread
from truemorph.components.trainer.votes import fit_votes

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """What a method is given.

    Args:
        sky: the galaxies with labels.
        test: the galaxies to predict, none of the former.
        label: (N,) labels seen of the former.
        test_label: (M,) labels seen of the latter, which only 'labels' uses.
        scenario: the law's error and the backbone.
        seed: of the weights and draws.
        before: whether images are turned as they were before quarter turns became the default.
    """

    sky: Sky
    test: Sky
    label: npt.NDArray[np.int64]
    test_label: npt.NDArray[np.int64]
    scenario: Scenario
    seed: int
    before: bool = False

    def law(self) -> dict[str, Any]:
        """The catalogue's fit, as the pipeline makes it; or a wrong theta, known to that error only."""
        table = self.sky.table.assign(label_raw=self.label)
        law = bias_law(table, "estimate", rates=self.scenario.rates)
        factor = self.scenario.factor
        if factor == 1.0:
            return law
        theta = factor * law["theta"]
        return law | {"theta": theta, "interval": sorted((theta * factor, theta / factor)), "spread": None}

    @cached_property
    def naive(self) -> Trained:
        """The network on the labels as they are."""
        return self.train(self.label)

    def train(self, label: npt.ArrayLike, **options: Any) -> Trained:
        """A network with the scenario's backbone."""
        about: dict[str, Any] = {
            "backbone": self.scenario.backbone,
            "before": self.before,
            "rates": self.scenario.rates,
        }
        return fit_network(self.sky, label, self.seed, **about | options)


Answer = tuple[Floats, Mapping[str, Any]]
"""(M,) p(disk) of the test galaxies, and notes."""


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
    return cv14_p_disk(fit, task.test.table[list(FEATURES)].to_numpy()), {"status": fit["status"]}


def given(task: Task) -> Answer:
    """The paper's DDB: theta is 9.18, which is that of the plain sky."""
    network = task.train(task.label, law=ExponentialLaw(task.scenario.factor * THETA))
    return network.p_disk(task.test.pixels), {"theta": task.scenario.factor * THETA}


def estimated(task: Task) -> Answer:
    """truemorph with theta from the catalogue, as the pipeline runs it; naive where the catalogue cannot tell it."""
    law = task.law()
    notes = {key: law[key] for key in ("theta", "interval", "status")}
    if law["theta"] is None:
        return task.naive.p_disk(task.test.pixels), notes
    return task.train(task.label, law=ExponentialLaw(law["theta"])).p_disk(task.test.pixels), notes


def learned(task: Task) -> Answer:
    """truemorph with theta learnt with the network, the catalogue's fit as the prior."""
    law = task.law()
    network = task.train(task.label, law=ExponentialLaw(law["theta"]), spread=prior_spread(law))
    return network.p_disk(task.test.pixels), {"told": network.told}


def votes(task: Task) -> Answer:
    """truemorph with theta from the catalogue, taught by the votes."""
    law, table = task.law(), task.sky.table
    counts = table[["smooth_count", "disk_count"]].to_numpy()
    p_disk = cv14_p_disk(law["cv14"], table[list(FEATURES)].to_numpy())
    p_true = np.stack([1.0 - p_disk, p_disk], axis=1) if np.isfinite(p_disk).all() else None
    exponential = ExponentialLaw(law["theta"])
    vote_law, _ = fit_votes(counts, table["alpha"].to_numpy(), exponential, p_true)
    network = task.train(task.label, law=exponential, log_votes=vote_law.log_votes(counts))
    return network.p_disk(task.test.pixels), {"theta": law["theta"], "votes": vote_law.get_config()}


def gce(task: Task) -> Answer:
    """The network under Keras's generalized cross-entropy (Zhang & Sabuncu 2018), its q of 0.5."""
    loss = keras.losses.CategoricalGeneralizedCrossEntropy()
    return task.train(task.label, loss=loss).p_disk(task.test.pixels), {}


def cleanlab(task: Task) -> Answer:
    """The network without the galaxies whose labels cleanlab finds wrong, by two-fold cross-validation."""
    from cleanlab.filter import find_label_issues

    fold = np.random.default_rng(task.seed).permutation(len(task.sky)) % 2
    p_disk = np.empty(len(task.sky))
    for part in (0, 1):
        network = task.train(np.where(fold == part, np.nan, task.label))
        p_disk[fold == part] = network.p_disk(task.sky.pixels[fold == part])
    wrong = find_label_issues(task.label, np.stack([1.0 - p_disk, p_disk], axis=1), n_jobs=1)
    network = task.train(np.where(wrong, np.nan, task.label))
    return network.p_disk(task.test.pixels), {"removed": int(wrong.sum())}


def sar_pu(task: Task) -> Answer:
    """pysarpu: SAR-EM (Bekker et al. 2019) on the naive network's features, the propensity a logistic in alpha.

    Labelled positives are the galaxies seen as disks; the features are the first 16 principal components.
    """
    from pysarpu import PUClassifier
    from pysarpu.classification import LinearLogisticRegression
    from pysarpu.propensity import LogisticPropensity
    from sklearn.decomposition import PCA

    network = task.naive
    components = PCA(16, whiten=True, random_state=0).fit(network.features(task.sky.pixels))
    x, other = (components.transform(network.features(part.pixels)) for part in (task.sky, task.test))
    alpha = task.sky.table["alpha"].to_numpy()
    scaled = ((alpha - alpha.mean()) / alpha.std())[:, None]
    np.random.seed(task.seed)  # noqa: NPY002 pysarpu draws its start from the global state
    model = PUClassifier(LinearLogisticRegression(), LogisticPropensity())
    model.fit(x, scaled, (task.label == DISK).astype(np.float64), tol=1e-6, max_iter=500)
    return np.asarray(model.predict_cproba(other), np.float64), {"iterations": len(model.history)}


def sar_pu_exponential(task: Task) -> Answer:
    """SAR-EM's model with the propensity 1 - exp(-alpha^2 / 2 theta^2) that we use, at its maximum, same features."""
    from sklearn.decomposition import PCA

    network = task.naive
    components = PCA(16, whiten=True, random_state=0).fit(network.features(task.sky.pixels))
    x, other = (components.transform(network.features(part.pixels)) for part in (task.sky, task.test))
    fit = fit_cv14(x, task.label, task.sky.table["alpha"].to_numpy())
    return cv14_p_disk(asdict(fit), other), {"theta": fit.theta, "status": fit.status}


def resolved(task: Task) -> Answer:
    """The network on well resolved galaxies only, shown at all resolutions, their labels taken as they are."""
    sky, label = degraded(task.sky, task.label, task.seed)
    network = fit_network(sky, label, task.seed, backbone=task.scenario.backbone, before=task.before)
    return network.p_disk(task.test.pixels), {"galaxies": int((task.sky.table["alpha"] > WELL_RESOLVED).sum())}


def zoobot(task: Task) -> Answer:
    """Zoobot's Dirichlet-multinomial on the votes, told alpha, its share of votes read at a high alpha."""
    counts = task.sky.table[["smooth_count", "disk_count"]].to_numpy()
    found = dirichlet().fit(task.sky, counts, task.seed).predict(task.test, np.full(len(task.test), READ_AT))
    return found[:, 1] / found.sum(axis=1), {"read at alpha": READ_AT}


def lbe(task: Task) -> Answer:
    """LBE: a free propensity in the place of the law."""
    heads = label_bias().fit(task.sky, task.label, task.seed)
    return heads.predict(task.test, task.test.table["alpha"].to_numpy())[:, 0], {}


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
    "given": given,
    "learned": learned,
    "votes": votes,
    "naive-debiased": naive_debiased,
    "gce": gce,
    "sar-pu": sar_pu,
    "sar-pu-exponential": sar_pu_exponential,
    "resolved": resolved,
    "zoobot": zoobot,
    "lbe": lbe,
    "cleanlab": cleanlab,
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
    "learned": "truemorph, θ learned",
    "votes": "truemorph, votes",
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
__all__ = ["HELD", "METHODS", "NAMES", "Task"]
