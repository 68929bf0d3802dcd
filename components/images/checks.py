"""Images: checked when they are read, JPEG and PNG kept byte for byte, FITS cutouts drawn."""

from truemorph.components.images.cutouts import draw
from truemorph.components.images.jpeg import inspect_jpeg
from truemorph.components.images.kinds import ENDINGS, FITS, JPEG, JPEG_HEAD, PNG, PNG_HEAD, kind_of, split_ending
from truemorph.components.images.png import inspect_png


def usable(data: bytes, name: str) -> tuple[bytes, str | None]:
    """What of a file goes into the Example or to the network, and the reason why it cannot, None where it can.

    What counts is what the file is, not what it is called: a PNG named .jpg is read.

    Args:
        data: the file's bytes.
        name: its name.

    Returns:
        (bytes, None), or (b"", reason): a JPEG or PNG byte for byte; a FITS cutout drawn as a PNG.

    Example:
        >>> usable(b"GIF89a", "1.gif"), usable(b"GIF89a", "1.jpg")
        ((b'', 'image_not_supported (GIF)'), (b'', 'image_not_jpeg (GIF)'))
    """
    if not data:
        return b"", "image_empty"
    if data.startswith(JPEG_HEAD):
        reason = inspect_jpeg(data)
    elif data.startswith(PNG_HEAD):
        reason = inspect_png(data)
    else:
        found, named = kind_of(data), ENDINGS.get(split_ending(name)[1])
        if FITS in (found, named):
            return draw(data)
        if named in (JPEG, PNG):
            reason = f"image_not_{named.lower()} ({found})"
        elif found != "unknown" or named:
            reason = f"image_not_supported ({named if found == 'unknown' else found})"
        else:
            reason = "not_an_image"
    return (data, None) if reason is None else (b"", reason)
