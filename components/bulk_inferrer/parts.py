"""What `truemorph predict` is given, cut into parts: a folder, a zip or a bucket of images, or a dataset."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.manifest import manifest_of
from truemorph.components.buckets.files import is_bucket
from truemorph.components.classes import CLASS_NAMES
from truemorph.components.errors import InputError
from truemorph.components.images.kinds import READABLE, split_ending
from truemorph.components.images.names import hidden
from truemorph.components.images.stores import load_images, open_store

IMAGES_PER_PART = 1024


@dataclass(frozen=True)
class Record:
    """An object to predict.

    Args:
        known: its columns: objid and, of an Example, split, alpha and observed (None where there is no label).
        image: its file, empty where it cannot be read.
        why: why it cannot be read, '' where it can.
        name: of its file, None of an image that was checked when it was ingested.
    """

    known: Mapping[str, Any]
    image: bytes
    why: str = ""
    name: str | None = None


@dataclass(frozen=True)
class ImagePart:
    """Some of the files in a folder, a zip or a bucket.

    Args:
        location: of the store.
        files: id and name of each.
    """

    location: str
    files: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.files)

    def records(self) -> Iterator[Record]:
        """The part's objects, in order."""
        store = open_store(self.location)
        loaded = load_images(store, (name for _, name in self.files))
        for (objid, name), (image, why) in zip(self.files, loaded, strict=True):
            yield Record({"objid": objid}, image, why or "", name)

    def state(self) -> list[Any]:
        """What tells whether the part is still what it was: names, sizes and times of its files."""
        if is_bucket(self.location):
            return [self.location, *self.files]
        folder = Path(self.location)
        if not folder.is_dir():
            return [self.location, *_size_and_time(folder), *self.files]
        return [[*file, *_size_and_time(folder / file[1])] for file in self.files]


@dataclass(frozen=True)
class ShardPart:
    """A shard of Examples.

    Args:
        shard: its file.
        split: 'train', 'eval' or 'test'.
        count: of its examples.
        classes: names of the classes.
        learnt: whether the model was trained on these; None: not known.
    """

    shard: Path
    split: str
    count: int
    classes: tuple[str, ...] = CLASS_NAMES
    learnt: bool | None = None

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
                "observed": self.classes[label[0]] if label else None,
            }
            yield Record(known, feature["image"].bytes_list.value[0])

    def state(self) -> list[Any]:
        """See ImagePart."""
        return [str(self.shard), self.count, *_size_and_time(self.shard)]


Part = ImagePart | ShardPart


def image_parts(images: str, but: Sequence[Path] = ()) -> tuple[list[Part], int]:
    """The parts of a folder, a zip or a bucket, sorted by the id of the object, and how many hidden files are left out.

    The id is the name of the file without folder and ending, of what is named as no image the whole name. Files that
    would have one id have their paths instead.

    Args:
        images: folder, .zip or URL; every file at any depth is an object.
        but: files that are none, such as those that are to be written.

    Raises:
        InputError: if there is no such place, or no file in it is named as an image.
    """
    location = images if is_bucket(images) else str(Path(images).absolute())
    found = list(dict.fromkeys(open_store(location).names()))
    ours = {str(path.absolute()) for path in but}
    names = [name for name in found if not hidden(name) and f"{location}/{name}" not in ours]
    if not any(split_ending(name)[1] for name in names):
        raise InputError(
            f"--images {images}: no file there ends in {', '.join(READABLE)}; give the folder of the images"
        )
    files = sorted(zip(_ids(names), names, strict=True))
    chunks = (files[start : start + IMAGES_PER_PART] for start in range(0, len(files), IMAGES_PER_PART))
    return [ImagePart(location, tuple(chunk)) for chunk in chunks], sum(map(hidden, found))


def _ids(names: Sequence[str]) -> list[str]:
    """An id for each file, all different."""
    ids = [split_ending(name)[0] for name in names]
    # Twice: a path may be the id of another file.
    for _ in range(2):
        seen = Counter(ids)
        ids = [name if seen[objid] > 1 else objid for objid, name in zip(ids, names, strict=True)]
    return [_printable(objid) for objid in ids]


def _printable(name: str) -> str:
    """A name as any table can hold it: bytes that are no UTF-8, and control characters, stand as escapes."""
    if name.isprintable():
        return name
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def example_parts(examples: Path, learnt: str | None = None) -> list[Part]:
    """The shards of a dataset, in record order: splits train, eval, test; shards in order.

    Args:
        examples: the folder that ExampleGen wrote, or the run that it lies in.
        learnt: hash of the dataset that the model was trained on; None: not known.

    Raises:
        InputError: if it is no such folder, it holds no example, or a shard is damaged.
    """
    from truemorph.components.examples.features import SPLITS
    from truemorph.components.examples.tfrecord import records, shards

    folder = examples / "examples" if (examples / "examples").is_dir() else examples
    found = [(shard, split) for split in SPLITS for shard in shards(folder.absolute(), split)]
    manifest = manifest_of(folder)
    classes = manifest.class_names if manifest else CLASS_NAMES
    same = manifest is not None and manifest.content_hash == learnt
    parts = [
        ShardPart(shard, split, sum(1 for _ in records(shard)), classes, split == "train" if same else None)
        for shard, split in found
    ]
    if not any(map(len, parts)):
        raise InputError(f"--examples {examples}: there are no examples here; ingest again")
    return [part for part in parts if len(part)]


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:  # a link to nowhere: its row will say so
        return 0, 0
    return status.st_size, status.st_mtime_ns
