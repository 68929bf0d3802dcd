"""What the checks let pass, the decoder of training and serving reads; what is let pass by checksums alone is found."""

import functools
import io
import random
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from truemorph.components.images.jpeg import inspect_jpeg
from truemorph.components.images.png import inspect_png

SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEGS: list[dict[str, Any]] = [
    {},
    {"progressive": True},
    {"subsampling": 0, "quality": 95},
    {"restart_marker_blocks": 2},
]


def encoded(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    y, x = np.mgrid[:40, :40]
    noise = np.random.default_rng(0).integers(0, 40, (40, 40, 3))
    pixels = (np.stack([x * 3, y * 3, x + y], axis=2) + noise).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def segments(data: bytes) -> tuple[list[bytes], bytes]:
    """The segments of a JPEG up to its first scan, and the rest."""
    place, found = 2, []
    while True:
        end = place + 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]
        found.append(data[place:end])
        if data[place + 1] == 0xDA:
            return found, data[end:]
        place = end


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    place, found = 8, []
    while place < len(data):
        length = int.from_bytes(data[place : place + 4])
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def png(found: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of these chunks, each with a checksum that is right."""
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in found
    )
    return SIGNATURE + b"".join(parts)


@functools.cache
def decoder() -> Any:
    """Decodes whole images and their middle, as one graph: hundreds are decoded here."""
    import tensorflow as tf

    from truemorph.components.images.decode import decode

    return tf.function(lambda data: [decode(data, crop, 16) for crop in (1.0, 0.5)])


def decodes(data: bytes) -> bool:
    import tensorflow as tf

    try:
        decoder()(tf.constant(data))
    except tf.errors.InvalidArgumentError:
        return False
    return True


def without(data: bytes, marker: int) -> bytes:
    """A JPEG without the segments of one kind."""
    found, rest = segments(data)
    return data[:2] + b"".join(one for one in found if one[1] != marker) + rest


@pytest.mark.parametrize("options", JPEGS)
def test_a_jpeg_without_its_tables_is_damaged(options: dict[str, Any]) -> None:
    data = encoded("JPEG", **options)
    assert inspect_jpeg(without(data, 0xDB)) == "image_damaged" and not decodes(without(data, 0xDB))
    # The standard's own Huffman tables may be left out.
    bare = without(data, 0xC4)
    assert (inspect_jpeg(bare) is None) == decodes(bare) == ("progressive" not in options)


@pytest.mark.parametrize("seed", range(4))
def test_jpegs_that_pass_decode(seed: int) -> None:
    rng, passed = random.Random(seed), 0
    data = encoded("JPEG", **JPEGS[seed])
    end = len(data) - len(segments(data)[1])
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(rng.choice((1, 1, 2))):
            broken[rng.randrange(2, end)] = rng.choice((rng.randrange(256), 0, 1, 0x11, 0xFF, 0xC4, 0xDB))
        if inspect_jpeg(bytes(broken)) is None:
            passed += 1
            assert decodes(bytes(broken)), bytes(broken[:end]).hex()
    assert passed > 30


@pytest.mark.parametrize("mode", ["RGB", "P", "1", "RGBA"])
def test_pngs_that_pass_decode(mode: str) -> None:
    rng, outcomes = random.Random(mode), set()
    whole = chunks(encoded("PNG", mode))
    assert inspect_png(png(whole)) is None
    for _ in range(150):
        found = list(whole)
        place = rng.randrange(len(found))
        kind, data = found[place]
        if data and rng.random() < 0.8:
            changed = bytearray(data)
            changed[rng.randrange(len(data))] = rng.choice((rng.randrange(256), 0, 1, 2, 3, 4, 8, 16))
            found[place] = (kind, bytes(changed))
        elif rng.random() < 0.5:
            del found[place]
        else:
            found.insert(place, (rng.choice((b"tEXt", b"QQQQ", b"PLTE", b"IDAT", b"IHDR")), bytes(rng.randrange(20))))
        reason = inspect_png(png(found))
        outcomes.add(reason)
        assert reason is not None or decodes(png(found)), found
    assert "image_damaged" in outcomes


@pytest.mark.parametrize("change", [lambda stream: stream[:-9], lambda stream: stream[:50] + b"\xff" * 9 + stream[59:]])
def test_a_damaged_stream_with_good_checksums_is_found(change: Any) -> None:
    broken = png([(kind, change(data) if kind == b"IDAT" else data) for kind, data in chunks(encoded("PNG"))])
    assert inspect_png(broken) == "image_damaged"


def test_interlaced_pngs() -> None:
    """Pillow writes none: 3 x 2 grey pixels, whose passes hold 1, 0, 0, 1, 0, 1 rows and one of 3."""
    header = struct.pack(">IIBBBBB", 3, 2, 8, 0, 0, 0, 1)
    rows = b"\0\x01" + b"\0\x02" + b"\0\x03" + b"\0\x04\x05\x06"
    for stream, reason in ((rows, None), (rows[:-1], "image_damaged"), (rows[:6] + b"\5" + rows[7:], "image_damaged")):
        data = png([(b"IHDR", header), (b"IDAT", zlib.compress(stream)), (b"IEND", b"")])
        assert inspect_png(data) == reason
        assert decodes(data) == (reason is None)
