"""The classes of a run: smooth and disk, or those of your own, and how columns are named after them."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError

SMOOTH, DISK = 0, 1
CLASS_NAMES = ("smooth", "disk")
"""The classes where nothing else is said, by their numbers."""
WITHOUT_LABEL = ("no_label", "bad_label", "no_votes", "bad_votes", "star_or_artifact", "tie")
"""Why a galaxy has no label, as rejects are counted; no class is called so."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TAKEN = re.compile(r"votes_.*|.*_(lo|hi|posterior|best|naive|naive_debiased_labels)")
"""Names whose column p_NAME would be taken for another column of another class."""


def class_names(where: str, names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Names of classes of your own, None where they are smooth and disk, the ones that all else knows.

    Args:
        where: the option or the key that gave them, for the message.
        names: the names, in the order of their numbers; None: smooth and disk.

    Raises:
        InputError: if there are fewer than two, one is there twice, or one cannot be part of a column's name, makes one
            that means something else, or is one of WITHOUT_LABEL.

    Example:
        >>> class_names("sample.classes", ["smooth", "disk", "artifact"])
        ('smooth', 'disk', 'artifact')
        >>> class_names("sample.classes", ["smooth", "disk"])
    """
    if names is None or tuple(names) == CLASS_NAMES:
        return None
    bad = next((name for name in names if not _NAME.fullmatch(name)), None)
    if bad is not None:
        raise InputError(f"{where}: {bad!r} cannot name a class; use letters, digits and _, such as ring_galaxy")
    if taken := next((name for name in names if name in WITHOUT_LABEL), None):
        raise InputError(f"{where}: rejects without a label are counted under {taken}; give the class another name")
    if taken := next((name for name in names if _TAKEN.fullmatch(name)), None):
        raise InputError(f"{where}: p_{taken} would be taken for another column of a class; give it another name")
    if len(names) < 2 or len({name.lower() for name in names}) < len(names):
        raise InputError(f"{where}: received {list(names)}; give two classes or more, each once")
    return tuple(names)


def columns_of(column: str, classes: Sequence[str]) -> tuple[str, ...]:
    """The columns in the place of one of disks: itself, or one for each class of your own.

    Args:
        column: that of two classes, such as p_disk_naive or p_votes_disk.
        classes: names of the classes.

    Example:
        >>> columns_of("p_disk_naive", ("smooth", "disk"))
        ('p_disk_naive',)
        >>> columns_of("p_disk_naive", ("smooth", "disk", "artifact"))
        ('p_smooth_naive', 'p_disk_naive', 'p_artifact_naive')
        >>> columns_of("p_votes_disk", ("plain", "ring"))
        ('p_votes_plain', 'p_votes_ring')
    """
    if tuple(classes) == CLASS_NAMES:
        return (column,)
    return tuple(re.sub("^(p_(?:votes_)?)disk", rf"\g<1>{name}", column) for name in classes)


def called(p: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The class of each galaxy by its number, NaN where a probability is not known.

    Args:
        p: (N, 1) p(disk), a disk above 0.5; or (N, K), the most probable class.

    Example:
        >>> called(np.array([[0.2], [0.9], [np.nan]])).tolist(), called(np.array([[0.2, 0.3, 0.5]])).tolist()
        ([0.0, 1.0, nan], [2.0])
    """
    unknown = np.isnan(p).any(axis=1)
    found = p[:, 0] > 0.5 if p.shape[1] == 1 else np.where(unknown[:, None], 0.0, p).argmax(axis=1)
    return np.where(unknown, np.nan, found)


def in_words(numbers: npt.NDArray[np.float64], classes: Sequence[str]) -> list[str | None]:
    """The names of classes, None where one is not known.

    Example:
        >>> in_words(np.array([1.0, np.nan]), ("smooth", "disk"))
        ['disk', None]
    """
    return [None if np.isnan(number) else classes[int(number)] for number in numbers]
