"""What is drawn for a galaxy from a hash of its id, so that no order of rows or machine matters."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]


def hash_words(objids: Sequence[str], seed: int, purpose: str = "") -> Words:
    """Three independent uniform words for each id: for its split, its shard, and its turn in a sample.

    Args:
        objids: (N,) ids.
        seed: another seed is another draw.
        purpose: and so is another purpose.

    Returns:
        (N, 3) uint64.

    Example:
        >>> hash_words(["587739505552785605"], seed=0).shape
        (1, 3)
    """
    # A copy of the salted hash costs half of a new one.
    salted = hashlib.blake2b(f"{purpose}{seed}:".encode(), digest_size=24)
    digests = []
    for objid in objids:
        word = salted.copy()
        word.update(objid.encode("utf-8", "surrogatepass"))
        digests.append(word.digest())
    return np.frombuffer(b"".join(digests), dtype="<u8").reshape(-1, 3).astype(np.uint64)


def folds_of(objids: Sequence[str], seed: int, folds: int) -> npt.NDArray[np.int64]:
    """The fold of each galaxy, 0 to folds - 1, shape (N,).

    Args:
        objids: (N,) ids.
        seed: of the draw.
        folds: how many.

    Example:
        >>> folds_of(["587739505552785605", "587739505552785606", "587739505552785605"], 0, 5).tolist()
        [2, 1, 2]
    """
    return (hash_words(objids, seed, "fold ")[:, 0] % np.uint64(folds)).astype(np.int64)
