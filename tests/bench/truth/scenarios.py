"""Scenarios of the truth benchmark: which labels are seen, and which law is used. The images are those of the sky."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sky import Sky

from truemorph.components.laws import DISK, SMOOTH, LogisticLaw
from truemorph.components.simulator.kind import Kind

THETA = 9.18
"""Of the law by which every sky is labelled."""
LOGISTIC = LogisticLaw(midpoint=11.0, width=2.5)
"""A true law that is not exponential; its scale is about THETA's."""
CALLED_DISK = 0.03


@dataclass(frozen=True)
class Scenario:
    """A kind of sky, how its labels come about, and how wrong the law is.

    Args:
        name: what --skies takes.
        about: one line for the table.
        words: switches of the sky, as `truemorph simulate --with` takes them.
        stamps: whether its galaxies are real ones of EFIGI.
        factor: what theta is multiplied by before training.
        backbone: of every network.
        sizes: numbers of labelled galaxies at which it is run.
        test: galaxies that no method sees, on which all are scored.
    """

    name: str
    about: str
    words: tuple[str, ...] = ()
    stamps: bool = False
    factor: float = 1.0
    backbone: str = "small"
    sizes: tuple[int, ...] = (3000,)
    test: int = 2000

    @property
    def rates(self) -> tuple[float, float]:
        """Shares of the galaxies called smooth and disk that the sky kept, which every method may know."""
        return Kind.parse(self.words).balanced, 1.0


def _half_real(name: str, about: str, *words: str) -> Scenario:
    """A sky of EFIGI's 2,886 galaxies, each with a theta of its own, as real ones have."""
    return Scenario(name, about, ("own-theta=0.5", *words), stamps=True, sizes=(1000, 2000), test=800)


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("main", "the plain sky: labels by the exponential law, θ = 9.18", sizes=(1000, 3000, 10000)),
        Scenario("own-theta", "θ of each galaxy's own, spread 0.5", ("own-theta=0.5",), sizes=(1000, 3000, 10000)),
        Scenario("another-hand", "pictures by another hand", ("another-hand",), sizes=(1000, 3000, 10000)),
        _half_real("half-real", "EFIGI's galaxies, own θ 0.5, S0s smooth"),
        _half_real("half-real-s0", "EFIGI's galaxies, own θ 0.5, S0s disks", "continuum=disk"),
        Scenario(
            "another-hand-own-theta", "another hand, own θ 0.5", ("another-hand", "own-theta=0.5"), sizes=(3000, 10000)
        ),
        Scenario("all-at-once", "another hand, grey, own θ 0.5", ("another-hand", "grey", "own-theta=0.5")),
        Scenario("own-theta-0.8", "θ of each galaxy's own, spread 0.8", ("own-theta=0.8",)),
        Scenario("surface-brightness", "θ by surface brightness, 0.3 a magnitude", ("surface-brightness=0.3",)),
        Scenario("grey", "colour tells nothing of the class", ("grey",)),
        Scenario("continuum", "a fifth S0s, which are disks", ("continuum=disk",)),
        Scenario("class-on-alpha", "class depends on α, 0.5 a σ", ("class-on-alpha=0.5",)),
        Scenario("class-on-alpha-down", "class depends on α, −0.5 a σ", ("class-on-alpha=-0.5",)),
        Scenario("measured-features", "features with errors, 0.6 of their spread", ("measured-features=0.6",)),
        Scenario("continuous-votes", "votes one by one, no law", ("continuous-votes",)),
        Scenario("balanced", "0.55 of those called smooth kept", ("balanced=0.55",)),
        Scenario("theta-low", "θ 30 % too low in training", factor=0.7),
        Scenario("theta-high", "θ 30 % too high in training", factor=1.3),
        Scenario("logistic", "the true law is logistic, the one trained through exponential"),
        Scenario("called-disk", "3 % of the smooth galaxies are called disk, which no law allows"),
        Scenario("null", "no bias: every label is the truth"),
        Scenario("resnet50", "as main, with ResNet50", backbone="resnet50", sizes=(10000,)),
        replace(
            _half_real("half-real-resnet50", "EFIGI's galaxies, with ResNet50"), backbone="resnet50", sizes=(2000,)
        ),
        Scenario(
            "another-hand-resnet50",
            "another hand, own θ 0.5, with ResNet50",
            ("another-hand", "own-theta=0.5"),
            backbone="resnet50",
        ),
    )
}
OF_MAIN = ("theta-low", "theta-high", "logistic", "called-disk", "null")
"""Other labels or another law on the pictures of the plain sky."""


def same_run(scenario: str, method: str) -> tuple[str, str]:
    """Scenario and method of the run that is the same, galaxy by galaxy, and need not be done twice.

    The ceiling does not see the labels; without bias the labels are the truth; and a wrong theta does not touch the
    naive network.
    """
    if SCENARIOS[scenario].backbone != "small":
        return scenario, method
    if scenario in OF_MAIN and (method == "truth" or (scenario, method) == ("null", "naive")):
        return "main", "truth"
    if SCENARIOS[scenario].factor != 1.0 and method == "naive":
        return "main", method
    return scenario, method


def labels_of(sky: Sky, scenario: str, seed: int) -> npt.NDArray[np.int64]:
    """The raw labels that the methods see.

    Args:
        sky: the galaxies.
        scenario: name of a scenario.
        seed: the sky's number, from which labels other than the sky's own are drawn.
    """
    own = sky.table["label_raw"].to_numpy(np.int64)
    if scenario not in ("logistic", "called-disk", "null"):
        return own
    rng = np.random.default_rng((seed, 4))
    draw = rng.random(len(sky))
    if scenario == "null":
        return sky.truth
    if scenario == "called-disk":
        return np.where((sky.truth == SMOOTH) & (draw < CALLED_DISK), DISK, own)
    flipped = draw < LOGISTIC.flip_probability(sky.table["alpha"].to_numpy())
    return np.where((sky.truth == DISK) & flipped, SMOOTH, sky.truth)
