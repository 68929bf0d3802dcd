"""Hubble's picture of a place on the sky, where there is one and the network lets us see it."""

import http.client
import io
import math
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from truemorph.components.gallery.positions import Position
from truemorph.components.gallery.stamps import SIZE, data_uri
from truemorph.components.progress import bar

SERVICE = "https://alasky.cds.unistra.fr/hips-image-services/hips2fits"
# Hubble's wide V band covers most of the sky that Hubble has seen; its I band adds the large ACS surveys.
SURVEYS = ("CDS/P/HST/wideV", "CDS/P/HST/I")
RADII = 4.0
SMALLEST = 10.0
TIMEOUT = 20.0
AT_ONCE = 4


@dataclass(frozen=True)
class Cutout:
    """What became of the search for a picture.

    Args:
        uri: data URI of the picture, or None.
        why: where there is none, the reason.
    """

    uri: str | None
    why: str | None = None


NOT_COVERED = Cutout(None, "Hubble has not looked here")
NO_POSITION = Cutout(None, "position not known")


def cutouts(
    positions: Mapping[str, Position], radius: Mapping[str, float], service: str = SERVICE
) -> dict[str, Cutout]:
    """Hubble cutouts from the HiPS of CDS, a few at a time.

    Args:
        positions: (ra, dec) in degrees by objid.
        radius: Petrosian radius in arcsec by objid, NaN or absent where not known; the field is four radii wide, and
            at least 10 arcsec.
        service: address of a hips2fits service.

    Returns:
        A Cutout for each position. Without a network each says so; nothing is raised.
    """

    def one(objid: str) -> Cutout:
        try:
            return _look(*positions[objid], _field(radius.get(objid, math.nan)), service)
        finally:
            progress.update()

    with bar(total=len(positions), desc="Hubble", unit=" places") as progress, ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(positions, pool.map(one, positions), strict=True))


def _field(radius: float) -> float:
    """Width in degrees."""
    return max(RADII * radius if math.isfinite(radius) else 0.0, SMALLEST) / 3600.0


def _look(ra: float, dec: float, field: float, service: str) -> Cutout:
    for survey in SURVEYS:
        query = {"hips": survey, "ra": f"{ra:.6f}", "dec": f"{dec:.6f}", "fov": f"{field:.6f}", "projection": "TAN"}
        query |= {"width": str(2 * SIZE), "height": str(2 * SIZE), "format": "jpg"}
        try:
            with urllib.request.urlopen(f"{service}?{urllib.parse.urlencode(query)}", timeout=TIMEOUT) as answer:
                content = answer.read()
            if _shows_something(content):
                return Cutout(data_uri(content, size=2 * SIZE))
        except urllib.error.HTTPError as error:
            return Cutout(None, f"the image service answered {error.code}")
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            return Cutout(None, f"the image service could not be reached or gave no image ({reason})")
    return NOT_COVERED


def _shows_something(content: bytes) -> bool:
    """Whether a picture has more than one brightness; places without data come back plain.

    Raises:
        OSError: if it is no picture.
    """
    with Image.open(io.BytesIO(content)) as image:
        return bool(np.ptp(np.asarray(image.convert("L"))) > 8)
