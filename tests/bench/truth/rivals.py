"""What an astronomer would try first, and what others have published: methods without our law or our training."""

from dataclasses import asdict, replace

import keras
import numpy as np
from degraded import WELL_RESOLVED, degraded
from heads import dirichlet, dirichlet_loss, label_bias, label_bias_loss
from task import Answer, Task

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.laws import DISK, cv14_p_disk

READ_AT = 30.0
"""The resolution at which the answer of a network that is told alpha is read."""


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
    return cv14_p_disk(asdict(fit), other, task.test.table["alpha"]), {"theta": fit.theta, "status": fit.status}


def resolved(task: Task) -> Answer:
    """The network on well resolved galaxies only, shown at all resolutions, their labels taken as they are."""
    sky, label = degraded(task.sky, task.label, task.seed)
    network = replace(task, sky=sky).train(label)
    return network.p_disk(task.test.pixels), {"galaxies": int((task.sky.table["alpha"] > WELL_RESOLVED).sum())}


def zoobot(task: Task) -> Answer:
    """Zoobot's Dirichlet-multinomial on the votes, told alpha, its share of votes read at a high alpha."""
    from jax_networks import fit_heads

    counts = task.sky.table[["smooth_count", "disk_count"]].to_numpy()
    network = fit_heads(dirichlet, dirichlet_loss, task.sky, counts, task.seed)
    found = network.outputs(task.test.pixels, np.full((len(task.test), 1), np.log(READ_AT)))
    return found[:, 1] / found.sum(axis=1), {"read at alpha": READ_AT}


def lbe(task: Task) -> Answer:
    """LBE: a free propensity in the place of the law."""
    from jax_networks import fit_heads

    network = fit_heads(label_bias, label_bias_loss, task.sky, task.label, task.seed)
    return network.outputs(task.test.pixels)[:, 0], {}
