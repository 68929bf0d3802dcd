"""The files below a root, and which of them a table means by a name."""

import posixpath
import unicodedata
from collections.abc import Iterable

from truemorph.components.images.kinds import ENDINGS, READABLE, split_ending

_ORDER = {ending: place for place, ending in enumerate(ENDINGS)}


def hidden(name: str) -> bool:
    """Whether a file is one that a system keeps beside people's files: no image, whatever its ending.

    Example:
        >>> hidden("a/.DS_Store"), hidden("__MACOSX/a/._1.jpg"), hidden("a/1.jpg")
        (True, True, False)
    """
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


class Names:
    """Files by their names, in whatever folder they lie and however their endings are written.

    Args:
        files: names below the root, with / between folders.

    Example:
        >>> names = Names(["a/1.JPG", "a/2.gif", "b/3.png", "c/3.png"])
        >>> names.find("1"), names.find("a/1.jpg"), names.find("/home/x/a/2.gif"), names.find("3")
        (['a/1.JPG'], ['a/1.JPG'], ['a/2.gif'], ['b/3.png', 'c/3.png'])
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._files: dict[str, list[str]] = {}
        for name in files:
            stem, ending = split_ending(name)
            if ending and not hidden(name):
                self._files.setdefault(_composed(stem), []).append(name)

    def find(self, wanted: str) -> list[str]:
        """The files that a name may mean: none, one, or several that lie equally deep.

        Args:
            wanted: as a table gives it, with or without folder and ending; of the path of another machine as many
                folders count as are the same here.
        """
        folder = posixpath.dirname(wanted)
        stem, ending = split_ending(wanted)
        found = [name for name in self._files.get(_composed(stem), ()) if ending in ("", split_ending(name)[1])]
        shared = [_shared(folder, posixpath.dirname(name)) for name in found]
        needed = max(shared, default=0) if folder.startswith("/") else len(_parts(folder))
        found = [name for name, count in zip(found, shared, strict=True) if count >= needed]
        ranks = [self._rank(name) for name in found]
        return sorted(name for name, rank in zip(found, ranks, strict=True) if rank == min(ranks))

    @staticmethod
    def _rank(name: str) -> tuple[bool, int, int]:
        """The lowest is meant: a kind that is read, the least deep, the first of the endings."""
        ending = split_ending(name)[1]
        return ending not in READABLE, name.count("/"), _ORDER[ending]


def _composed(stem: str) -> str:
    """An é as one letter: some systems write it as two."""
    return unicodedata.normalize("NFC", stem)


def _parts(folder: str) -> list[str]:
    return [part for part in folder.split("/") if part not in ("", ".")]


def _shared(wanted: str, there: str) -> int:
    """How many folders are the same, counted from the file upwards."""
    count = 0
    for one, other in zip(reversed(_parts(wanted)), reversed(_parts(there)), strict=False):
        if one != other:
            break
        count += 1
    return count
