"""How a bias is measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

REFERENCES = ("last", "first", "overall")
TREES = ("cyclic", "highest_fraction_difference")


@dataclass(frozen=True)
class BiasDesign:
    """How a bias is measured: the arguments of cv18_bias, of which CV14 is the case without splits.

    Raises:
        ValueError: if an option is wrong.
    """

    bins: int
    depth: int = 0
    min_count: float = 0
    reference: str | Sequence[str] = "last"
    classes: Sequence[Any] | None = None
    tree: str = "cyclic"
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.tree not in TREES:
            raise ValueError(f"tree must be one of {', '.join(TREES)}. Received: {self.tree!r}")
        for name, least, most in (("bins", 2, 2**31), ("depth", 0, 30), ("replicates", 0, 2**31)):
            value = getattr(self, name)
            if not (isinstance(value, (int, np.integer)) and least <= value <= most):
                raise ValueError(f"{name} must be an integer >= {least}. Received: {value!r}")

    def references(self, n: int) -> tuple[str, ...]:
        """The reference of each of n observables."""
        words = (self.reference,) * n if isinstance(self.reference, str) else tuple(self.reference)
        if len(words) != n or not set(words) <= set(REFERENCES):
            raise ValueError(
                f"reference must be last, first or overall, one word or one for each of the {n} columns of alpha. "
                f"Received: {self.reference!r}"
            )
        return words
