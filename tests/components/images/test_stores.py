"""Images come the same out of a folder, a zip and a bucket, and nothing but images comes."""

import gzip
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from apache_beam.io.filesystem import FileMetadata, FileSystem
from apache_beam.io.localfilesystem import LocalFileSystem
from astropy.io import fits
from upstream import Sky

from truemorph.components.errors import InputError
from truemorph.components.examples.table import read_table
from truemorph.components.images import buckets, stores
from truemorph.components.images.buckets import BucketStore
from truemorph.components.images.folders import FolderStore
from truemorph.components.images.stores import open_store, read_image, read_images
from truemorph.components.images.zips import ZipStore

Jpeg = Callable[..., bytes]


class MemoryFileSystem(FileSystem):
    """A bucket whose objects are a dictionary; it fails as often as `failures` says."""

    objects: ClassVar[dict[str, bytes]] = {}
    failures: ClassVar[list[Exception]] = []

    @classmethod
    def scheme(cls) -> str:
        return "memory"

    def exists(self, path: str) -> bool:
        if self.failures:
            raise self.failures.pop()
        return path in self.objects

    def open(self, path: str, *_: Any, **__: Any) -> io.BytesIO:
        return io.BytesIO(self.objects[path])

    def _unused(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    def _list(self, path: str) -> list[FileMetadata]:
        return [FileMetadata(name, len(data)) for name, data in self.objects.items() if name.startswith(path)]

    def has_dirs(self) -> bool:
        return False

    join = split = mkdirs = create = copy = rename = size = _unused
    last_updated = checksum = delete = metadata = _unused


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No store stays open from one test to the next, and the bucket is empty."""
    stores._opened.cache_clear()
    MemoryFileSystem.objects.clear()
    MemoryFileSystem.failures.clear()
    yield
    stores._opened.cache_clear()


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return path


def test_bytes_are_untouched_whatever_the_ending(tmp_path: Path, jpeg: Jpeg) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(6))
    (tmp_path / "2.jpeg").write_bytes(jpeg(7))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "3.JPG").write_bytes(jpeg(8))
    store = FolderStore(str(tmp_path))
    assert read_image(store, "1") == read_image(store, "1.jpg") == (jpeg(6), None)
    assert read_image(store, "2") == (jpeg(7), None)
    assert read_image(store, "sub/3.JPG") == read_image(store, f"{tmp_path}/sub/3.JPG") == (jpeg(8), None)
    assert read_image(store, "1.png") == (b"", "no_image")
    assert read_image(store, "/etc/passwd") == (b"", "no_image")
    assert read_image(store, "/home/of/another/3.jpg") == (jpeg(8), None)


def test_what_is_not_a_regular_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    store = FolderStore(str(tmp_path))
    (tmp_path / "dangling.jpg").symlink_to("nowhere")
    (tmp_path / "round.jpg").symlink_to("round.jpg")
    (tmp_path / "device.jpg").symlink_to("/dev/zero")
    for name, reason in {
        "pipe": "image_not_a_file",
        "folder": "image_not_a_file",
        "device": "image_not_a_file",
        "dangling": "image_link_to_nowhere",
        "round": "image_unreadable (Too many levels of symbolic links)",
        "missing": "no_image",
        "pipe.jpg/x": "no_image",
        "x" * 5000: "image_unreadable (File name too long)",
        "nul\0": "no_image",
    }.items():
        assert read_image(store, name) == (b"", reason), name
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(65 << 20)
    assert read_image(store, "huge") == (b"", "image_too_large")


def test_all_real_stamps_pass(shared: Path) -> None:
    stamps = [*(shared / "gz2-sample").glob("images*/*.jpg")]
    assert len(stamps) == 775
    assert {read_image(FolderStore(str(path.parent)), path.stem)[1] for path in stamps} == {None}


def test_a_zip_stays_packed(tmp_path: Path, jpeg: Jpeg) -> None:
    files = {"images/": b"", "images/1.jpg": jpeg(1), "images/2.jpg": b"", "images/银河.jpg": jpeg(2)}
    store = ZipStore(str(make_zip(tmp_path / "a.zip", files)))
    assert read_image(store, "1") == (jpeg(1), None)
    assert read_image(store, "银河") == (jpeg(2), None)
    assert read_image(store, "2") == (b"", "image_empty")
    assert read_image(store, "3") == (b"", "no_image")
    mac = ZipStore(str(make_zip(tmp_path / "c.zip", files | {"__MACOSX/._1.jpg": b"x", "../up.jpg": jpeg(3)})))
    assert read_image(mac, "1") == (jpeg(1), None)
    flat = ZipStore(str(make_zip(tmp_path / "b.zip", {"1.jpg": jpeg(1), "images/1.jpg": jpeg(2)})))
    assert read_image(flat, "1") == (jpeg(1), None)
    assert read_image(flat, "images/1") == (jpeg(2), None)


def test_bombs_and_damage_in_a_zip_are_rejects(tmp_path: Path, jpeg: Jpeg) -> None:
    path = make_zip(tmp_path / "a.zip", {"bomb.jpg": bytes(65 << 20), "lies.jpg": bytes(1 << 20), "good.jpg": jpeg(1)})
    assert path.stat().st_size < 1 << 20
    data = bytearray(path.read_bytes())
    size, lie = (1 << 20).to_bytes(4, "little"), (999).to_bytes(4, "little")
    path.write_bytes(bytes(data).replace(size, lie))
    store = ZipStore(str(path))
    assert read_image(store, "bomb") == (b"", "image_too_large")
    assert read_image(store, "lies") == (b"", "image_unreadable (damaged in the zip)")
    assert read_image(store, "good") == (jpeg(1), None)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.zip: cannot be read as a zip .*; is its download complete\?"):
        open_store(str(path))


def test_a_bucket_is_read_ahead_and_in_order(jpeg: Jpeg) -> None:
    MemoryFileSystem.objects |= {f"memory://b/i/{n}.jpg": jpeg(n) for n in range(100)}
    MemoryFileSystem.objects["memory://b/i/7.jpg"] = b"<html>"
    store = open_store("memory://b/i/")
    found = list(read_images(store, map(str, range(101))))
    assert [data for data, reason in found if reason is None] == [jpeg(n) for n in range(100) if n != 7]
    assert (found[7], found[100]) == ((b"", "image_not_jpeg (HTML or XML)"), (b"", "no_image"))


def test_a_bucket_that_fails_is_asked_again_and_then_stops_the_run(jpeg: Jpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "_WAITS", (0.0, 0.0))
    MemoryFileSystem.objects["memory://b/1.jpg"] = jpeg(1)
    store = BucketStore("memory://b")
    MemoryFileSystem.failures += [OSError("503")] * 2
    assert read_image(store, "1") == (jpeg(1), None)
    MemoryFileSystem.failures += [OSError("503")] * 3
    with pytest.raises(OSError, match=r"memory://b/1\.jpg: the bucket does not answer \(503\)"):
        read_image(store, "1")


def test_an_unknown_kind_of_bucket_is_one_line() -> None:
    with pytest.raises(InputError, match="nowhere://b: cannot open this URL"):
        open_store("nowhere://b")


def test_the_dataset_is_the_same_from_folder_zip_and_bucket(sky: Sky) -> None:
    folder = sky.ingest("folder").files()
    files = {f"images/{objid}.jpg": sky.image(objid).read_bytes() for objid in sky.ids}
    packed = make_zip(sky.folder / "images.zip", files)
    assert sky.ingest("zip", images=packed).files() == folder
    MemoryFileSystem.objects |= {f"memory://b/{name}": data for name, data in files.items()}
    assert sky.ingest("bucket", images=None, bucket="memory://b/images").files() == folder
    assert LocalFileSystem.scheme() is None


def test_fits_cutouts_are_an_image_kind(sky: Sky) -> None:
    for place, objid in enumerate(sky.ids):
        sky.image(objid).unlink()
        buffer = io.BytesIO()
        fits.PrimaryHDU(np.random.default_rng(place).normal(100, 1, (24, 24))).writeto(buffer)
        data = buffer.getvalue()
        path = sky.folder / "images" / f"{objid}.fits"
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(data)) if place % 2 else path.write_bytes(data)
    dataset = sky.ingest()
    assert dataset.reasons == {} and len(read_table(dataset.examples)) == 40
