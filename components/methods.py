"""The six rows of the paper's Table 1, once: where the classes of each are found, and what it learnt from."""

from dataclasses import dataclass

RAW, CORRECTED = "label_raw", "label_debiased"
"""The labels of the Examples: by the votes as they are, and by those that Hart et al. 2016 corrected."""


@dataclass(frozen=True)
class Method:
    """One row of Table 1.

    Args:
        key: its name in report.json and in the configuration.
        letter: its letter in the paper.
        name: its name for people; {} stands for the network's backbone.
        column: the column of predictions.parquet with its classes: p(disk), or the labels themselves.
        learns: the label that it learns from; None for labels, which learn from nothing.
        loss: 'debiased' where it learns through the law of mislabelling, else 'naive'; None for labels.
    """

    key: str
    letter: str
    name: str
    column: str
    learns: str | None
    loss: str | None

    @property
    def through_law(self) -> bool:
        """Whether its p(disk) is of the true class, and only the law makes it one of the label seen."""
        return self.loss == "debiased"


@dataclass(frozen=True)
class Network(Method):
    """A row whose classes are those of a network.

    Args:
        folder: the folder of its model under models/, and the name of its model wherever models have names.
    """

    learns: str
    loss: str
    folder: str

    @property
    def labels(self) -> str:
        """The value of the Trainer's parameter `labels`."""
        return self.learns.removeprefix("label_")


DDB = Network("ddb", "f", "DDB, {}", "p_disk", RAW, "debiased", "debiased")
NETWORKS = (
    Network("network_raw", "c", "{} on raw labels", "p_disk_naive", RAW, "naive", "naive"),
    Network(
        "network_debiased_labels",
        "d",
        "{} on debiased labels",
        "p_disk_naive_debiased_labels",
        CORRECTED,
        "naive",
        "naive_debiased_labels",
    ),
    DDB,
)
CV14 = Method("cv14", "e", "CV14", "p_disk_cv14", RAW, "debiased")
METHODS = (
    Method("labels_raw", "a", "Raw labels", RAW, None, None),
    Method("labels_debiased", "b", "Debiased labels", CORRECTED, None, None),
    *NETWORKS[:2],
    CV14,
    DDB,
)
"""In the paper's order."""


def network(name: str) -> Network:
    """The network of a key, or of a folder.

    Example:
        >>> network("ddb").folder, network("naive").key
        ('debiased', 'network_raw')
    """
    return next(each for each in NETWORKS if name in (each.key, each.folder))


def learner(loss: str, labels: str) -> Network | None:
    """The network that learns from these labels ('raw' or 'debiased') with this loss; None where Table 1 has none.

    Example:
        >>> learner("naive", "debiased").letter, learner("debiased", "debiased")
        ('d', None)
    """
    return next((each for each in NETWORKS if (each.loss, each.labels) == (loss, labels)), None)
