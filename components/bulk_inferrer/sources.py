"""Where the images of `truemorph predict` come from: a folder, a zip or Examples, cut into parts."""

import itertools
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES

IMAGES = (".jpg", ".jpeg", ".png")
IMAGES_PER_PART = 1024


@dataclass(frozen=True)
class Record:
    """An object to predict.

    Args:
        known: its columns: objid and, of an Example, split, alpha and observed (None where there is no label).
        image: its encoded image, empty where it cannot be read.
        why: why it cannot be read, '' where it can.
    """

    known: Mapping[str, Any]
    image: bytes
    why: str = ""


@dataclass(frozen=True)
class FolderPart:
    """Some of a folder's files."""

    folder: Path
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def records(self) -> Iterator[Record]:
        """The part's objects, in order."""
        for name in self.names:
            try:
                yield Record({"objid": Path(name).stem}, (self.folder / name).read_bytes())
            except OSError as error:
                yield Record({"objid": Path(name).stem}, b"", str(error.strerror))


@dataclass(frozen=True)
class ZipPart:
    """Some of a zip's members."""

    file: Path
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def records(self) -> Iterator[Record]:
        """The part's objects, in order."""
        archive = _open_zip(self.file)
        for name in self.names:
            objid = {"objid": PurePosixPath(name).stem}
            try:
                yield Record(objid, archive.read(name))
            except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, NotImplementedError, EOFError) as error:
                yield Record(objid, b"", f"in the zip: {error}")


@dataclass(frozen=True)
class ShardPart:
    """A shard of Examples."""

    shard: Path
    split: str
    count: int

    def __len__(self) -> int:
        return self.count

    def records(self) -> Iterator[Record]:
        """The part's objects, in order."""
        import tensorflow as tf

        from truemorph.components.examples.tfrecord import records

        for serialised in records(self.shard):
            feature = tf.train.Example.FromString(serialised).features.feature
            label, alpha = feature["label_raw"].int64_list.value, feature["alpha"].float_list.value
            known = {
                "objid": feature["objid"].bytes_list.value[0].decode(),
                "split": self.split,
                "alpha": alpha[0] if alpha else None,
                "observed": CLASS_NAMES[label[0]] if label else None,
            }
            yield Record(known, feature["image"].bytes_list.value[0])


Part = FolderPart | ZipPart | ShardPart


def image_parts(images: Path) -> list[Part]:
    """The parts of a folder or a zip, sorted by the id of the object: the name of its file without the ending.

    Args:
        images: folder of .jpg, .jpeg and .png files, or a .zip with such files at any depth.

    Raises:
        InputError: if there is no such folder or zip, it has no image, or two images have one id.
    """
    if images.is_dir():
        names = [path.name for path in images.iterdir() if path.suffix.lower() in IMAGES]
    elif images.suffix.lower() == ".zip" and images.is_file():
        names = [name for name in _zip_names(images) if PurePosixPath(name).suffix.lower() in IMAGES]
        # What macOS puts beside each file bears its ending, and is no image.
        names = [name for name in names if not PurePosixPath(name).name.startswith(".")]
    else:
        raise InputError(f"--images {images}: no such folder or zip; give a folder or a .zip of {', '.join(IMAGES)}")
    if not names:
        raise InputError(f"--images {images}: holds no {', '.join(IMAGES)} file; give a folder or a .zip of images")
    names.sort(key=lambda name: (PurePosixPath(name).stem, name))
    for one, other in itertools.pairwise(names):
        if PurePosixPath(one).stem == PurePosixPath(other).stem:
            raise InputError(f"--images {images}: {one} and {other} have one id; rename or remove one")
    kind = FolderPart if images.is_dir() else ZipPart
    chunks = (names[start : start + IMAGES_PER_PART] for start in range(0, len(names), IMAGES_PER_PART))
    return [kind(images.absolute(), tuple(chunk)) for chunk in chunks]


def example_parts(examples: Path) -> list[Part]:
    """The shards of a dataset, in record order: splits train, eval, test; shards in order.

    Args:
        examples: the folder that ExampleGen wrote, or the run that it lies in.

    Raises:
        InputError: if it is no such folder, it holds no example, or a shard is damaged.
    """
    from truemorph.components.examples.features import SPLITS
    from truemorph.components.examples.tfrecord import records, shards

    folder = examples / "examples" if (examples / "examples").is_dir() else examples
    found = [(shard, split) for split in SPLITS for shard in shards(folder.absolute(), split)]
    parts = [ShardPart(shard, split, sum(1 for _ in records(shard))) for shard, split in found]
    if not any(map(len, parts)):
        raise InputError(f"--examples {examples}: holds no example; ingest again")
    return [part for part in parts if len(part)]


def state_of(part: Part) -> list[Any]:
    """What tells whether a part is still what it was: names, sizes and times of its files."""
    if isinstance(part, FolderPart):
        files = [(name, part.folder / name) for name in part.names]
        return [[name, *_size_and_time(path)] for name, path in files]
    if isinstance(part, ZipPart):
        return [str(part.file), *_size_and_time(part.file), *part.names]
    return [str(part.shard), part.count, *_size_and_time(part.shard)]


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:  # a link to nowhere: its row will say so
        return 0, 0
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=1)
def _open_zip(file: Path) -> zipfile.ZipFile:
    """Kept open: reading the directory of a zip of 240,000 images takes seconds."""
    return zipfile.ZipFile(file)


def _zip_names(file: Path) -> list[str]:
    try:
        with zipfile.ZipFile(file) as archive:
            return [info.filename for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"--images {file}: no readable zip ({error}); is it complete?") from None
