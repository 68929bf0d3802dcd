"""Decoding, turning, and batches whose order depends on seed and epoch alone."""

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import toy
from PIL import Image

from truemorph.components.errors import InputError
from truemorph.components.examples.tfrecord import read_place
from truemorph.components.images.decode import decode
from truemorph.components.trainer import inputs as inputs_module
from truemorph.components.trainer.galaxy_batches import dihedral
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.rotation import margin_of

Sky = tuple[Path, dict[str, int]]


def encode(pixels: np.ndarray, kind: str = "PNG", **how: Any) -> tf.Tensor:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **how)
    return tf.constant(buffer.getvalue())


def plain(encoded: tf.Tensor, crop: float, size: int) -> np.ndarray:
    """What decode shall give: the whole image decoded, cropped by NumPy, resized."""
    image = tf.io.decode_image(encoded, channels=3, expand_animations=False).numpy()
    height, width = image.shape[:2]
    side = max(round(crop * min(height, width)), 1)
    top, left = (height - side) // 2, (width - side) // 2
    centre = image[top : top + side, left : left + side]
    return np.clip(tf.image.resize(centre, (size, size), antialias=True), 0, 255)


def images(folder: Path, split: str = "train", **changes: Any) -> LabelledImages:
    settings = {"labels": "raw", "crop": 0.5, "image_size": 32, "batch_size": 32, "seed": 0} | changes
    return LabelledImages(folder / "examples", split, **settings)


def test_decode_takes_the_centre() -> None:
    pixels = np.zeros((424, 424, 3), np.uint8)
    pixels[108:315, 108:315] = [250, 100, 50]
    out = decode(encode(pixels), image_size=69).numpy()
    assert out.shape == (69, 69, 3) and out.dtype == np.float32
    np.testing.assert_allclose(out, np.broadcast_to([250.0, 100.0, 50.0], out.shape), atol=1e-3)


def test_decode_without_a_change_of_size_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    np.testing.assert_array_equal(decode(encode(pixels), 1.0, 40), pixels)


def test_decode_shrinks_with_antialias() -> None:
    board = np.where(np.indices((64, 64)).sum(axis=0)[..., None] % 2, 255, 0).astype(np.uint8).repeat(3, axis=2)
    out = decode(encode(board), 1.0, 32).numpy()
    np.testing.assert_allclose(out[4:-4, 4:-4], 127.5, atol=12)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("shape", [(96, 96, 3), (37, 61, 3), (1, 1, 3), (50, 50), (60, 40, 4)])
def test_decode_takes_any_size_and_kind(kind: str, shape: tuple[int, ...]) -> None:
    if kind == "JPEG" and shape[-1] == 4:
        shape = (60, 40, 3)
    out = decode(encode(np.full(shape, 90, np.uint8), kind), 0.5, 32).numpy()
    np.testing.assert_allclose(out, 90, atol=2)


def test_decode_is_the_same_inside_a_graph() -> None:
    encoded = encode(np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8), "JPEG")
    inside = tf.function(lambda image: decode(image, 0.5, 48))(encoded)
    np.testing.assert_array_equal(decode(encoded, 0.5, 48), inside)


@pytest.mark.parametrize("subsampling", [0, 1, 2], ids=["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_decoded_in_part_has_the_pixels_of_the_whole(subsampling: int, progressive: bool) -> None:
    rng = np.random.default_rng(subsampling)
    for shape in [(424, 424), (97, 130), (131, 64), (33, 33), (17, 40), (3, 5)]:
        noise = rng.integers(0, 256, (*shape, 3), np.uint8)
        encoded = encode(noise, "JPEG", subsampling=subsampling, progressive=progressive, quality=60)
        for crop in (207 / 424, 0.31, 0.77, 1.0):
            np.testing.assert_array_equal(decode(encoded, crop, 32), plain(encoded, crop, 32), str((shape, crop)))


def test_a_grey_jpeg_decoded_in_part() -> None:
    encoded = encode(np.random.default_rng(0).integers(0, 256, (90, 70), np.uint8), "JPEG")
    np.testing.assert_array_equal(decode(encoded, 0.5, 32), plain(encoded, 0.5, 32))


def test_a_jpeg_with_bytes_after_its_end() -> None:
    encoded = encode(np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8), "JPEG") + b"more"
    np.testing.assert_array_equal(decode(encoded, 0.5, 32), plain(encoded, 0.5, 32))


@pytest.mark.parametrize("missing", [2, 200, 3000])
def test_a_jpeg_that_ends_below_its_centre_is_damaged(missing: int) -> None:
    whole = encode(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8), "JPEG").numpy()
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(tf.constant(whole[:-missing]), 0.1, 32)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("shape", "crop", "size"), [((96, 96), 207 / 424, 48), ((97, 130), 0.5, 30), ((40, 41), 0.7, 61)]
)
def test_a_margin_leaves_the_cut_where_it_is(kind: str, shape: tuple[int, int], crop: float, size: int) -> None:
    encoded = encode(np.random.default_rng(2).integers(0, 256, (*shape, 3), np.uint8), kind)
    margin, edge = margin_of(crop, size), 2  # at its edge the cut alone lacks the neighbours that the margin has
    inner = slice(margin + edge, margin + size - edge)
    wide, narrow = decode(encoded, crop, size, margin), decode(encoded, crop, size)
    assert margin and wide.shape == (size + 2 * margin, size + 2 * margin, 3)
    np.testing.assert_allclose(wide[inner, inner], narrow[edge:-edge, edge:-edge], atol=1e-2)


def test_a_margin_beyond_the_image_is_its_mirror_image() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (20, 22, 3), np.uint8)
    expected = np.pad(pixels, ((3, 3), (2, 2), (0, 0)), "symmetric")
    np.testing.assert_array_equal(decode(encode(pixels), 1.0, 20, 3), expected)


def test_dihedral_gives_the_eight_symmetries() -> None:
    square = np.arange(9 * 3, dtype=np.uint8).reshape(1, 3, 3, 3)
    turned = dihedral(tf.constant(square.repeat(8, axis=0)), tf.range(8)).numpy()
    expected = {np.rot90(m, k).tobytes() for m in (square[0], square[0][:, ::-1]) for k in range(4)}
    assert {image.tobytes() for image in turned} == expected
    np.testing.assert_array_equal(turned[0], square[0])


def test_in_order_is_the_order_of_the_records(toy_sky: Sky) -> None:
    folder, truth = toy_sky
    train = images(folder)
    assert train.objid == list(truth)[:480]
    batches = list(train.in_order().as_numpy_iterator())
    np.testing.assert_array_equal(np.concatenate([label for _, label in batches]), train.label)
    np.testing.assert_array_equal(np.concatenate([inputs["alpha"] for inputs, _ in batches]), train.alpha)
    assert sum(len(label) for _, label in batches) == 480 and batches[0][0]["image"].shape == (32, 32, 32, 3)


def test_an_epoch_is_a_function_of_seed_and_epoch(toy_sky: Sky) -> None:
    folder, _ = toy_sky
    one, other = images(folder), images(folder)
    list(one.shuffled(0))  # what went before does not matter
    for (inputs, label), (again, same) in zip(one.shuffled(1), other.shuffled(1), strict=True):
        np.testing.assert_array_equal(inputs["image"], again["image"])
        np.testing.assert_array_equal(label, same)
    assert one.batch_objids(0, 0) != one.batch_objids(1, 0) != images(folder, seed=1).batch_objids(1, 0)


def test_an_epoch_has_every_galaxy_once(toy_sky: Sky) -> None:
    train = images(toy_sky[0])
    steps = sum(1 for _ in train.shuffled(2))
    assert steps == 15
    ids = [objid for step in range(steps) for objid in train.batch_objids(2, step)]
    assert sorted(ids) == sorted(train.objid)


def test_batch_objids_are_those_of_the_batch(toy_sky: Sky) -> None:
    train = images(toy_sky[0])
    alpha = dict(zip(train.objid, train.alpha, strict=True))
    for step, (inputs, _) in enumerate(train.shuffled(3)):
        np.testing.assert_array_equal(inputs["alpha"], [alpha[objid] for objid in train.batch_objids(3, step)])


def test_from_files_and_from_memory_are_alike(toy_sky: Sky) -> None:
    cached, streamed = images(toy_sky[0]), images(toy_sky[0], cache_bytes=0)
    for (inputs, label), (others, same) in zip(cached.shuffled(0), streamed.shuffled(0), strict=True):
        np.testing.assert_allclose(inputs["image"], others["image"], atol=0.501)  # kept as whole grey levels
        np.testing.assert_array_equal(label, same)


@pytest.mark.parametrize("cache_bytes", [None, 0])
def test_an_epoch_has_the_pixels_of_a_plain_loop(toy_sky: Sky, cache_bytes: int | None) -> None:
    train = images(toy_sky[0], cache_bytes=cache_bytes)
    shard_files = sorted((toy_sky[0] / "examples" / "Split-train").glob("data_tfrecord-*"))
    found = {}
    for record in tf.data.TFRecordDataset([str(path) for path in shard_files]):
        feature = tf.train.Example.FromString(record.numpy()).features.feature
        found[feature["objid"].bytes_list.value[0].decode()] = feature["image"].bytes_list.value[0]
    rng = np.random.default_rng((0, 4))  # the order that the seed and the epoch give, as it has always been
    order, codes = rng.permutation(480), rng.integers(8, size=480, dtype=np.int32)
    for step, (inputs, _) in zip(range(3), train.shuffled(4), strict=False):
        for place, image in enumerate(inputs["image"].numpy(), start=32 * step):
            pixels = plain(tf.constant(found[train.objid[order[place]]]), 0.5, 32)
            pixels = pixels.transpose(1, 0, 2) if codes[place] & 1 else pixels
            pixels = pixels[::-1] if codes[place] & 2 else pixels
            pixels = pixels[:, ::-1] if codes[place] & 4 else pixels
            np.testing.assert_array_equal(image, pixels if cache_bytes == 0 else np.rint(pixels))


def test_files_are_read_only_a_little_ahead(toy_sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    train = images(toy_sky[0], cache_bytes=0)
    read = []
    monkeypatch.setattr(inputs_module, "read_place", lambda place: read.append(1) or read_place(place))
    batches = iter(train.images_of(np.tile(np.arange(480), 20)).batch(32))
    for _ in range(10):
        next(batches)
    time.sleep(0.5)
    assert 320 <= len(read) < 1600  # of 9600


def test_fewer_galaxies_than_a_batch(toy_sky: Sky) -> None:
    held = images(toy_sky[0], "eval", batch_size=100)
    assert [label.shape for _, label in held.shuffled(0).as_numpy_iterator()] == [(80,)]


def test_galaxies_without_the_label_are_counted(toy_sky: Sky) -> None:
    train = images(toy_sky[0], labels="debiased")
    assert train.unlabelled > 20 and len(train) + train.unlabelled == 480


def test_an_empty_split(tmp_path: Path) -> None:
    toy.sky(tmp_path / "examples", 4, 0, 0)
    held = images(tmp_path, "eval")
    assert len(held) == 0 and list(held.in_order()) == []


def test_no_such_split(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Split-train: no examples here; give the folder 'examples'"):
        images(tmp_path)


@pytest.mark.parametrize("cache_bytes", [None, 0])
def test_a_damaged_image_is_named(tmp_path: Path, cache_bytes: int | None) -> None:
    good = toy.blob(np.random.default_rng(0), True)
    records = [toy.example(image, objid, alpha=9.0, label_raw=1) for objid, image in (("7", good), ("8", good[:300]))]
    toy.shard(tmp_path / "examples" / "Split-train" / "data_tfrecord-00000-of-00001", records)
    match = r"data_tfrecord-00000-of-00001: the image of objid 8 is damaged \(jpeg::Uncompress failed.*\); ingest again"
    with pytest.raises(InputError, match=match):
        images(tmp_path, cache_bytes=cache_bytes).check_images()
