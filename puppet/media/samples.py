"""Grey samples of other kinds than 8 bits unsigned, as 8 bits, and the kinds of TIFF that cannot be read. Any thread.

Black and white are the ends of the samples' type (TIFF 6.0, tags SMinSampleValue and SMaxSampleValue: "default is the
full range of the data type"). Floating-point samples have no such ends: there the largest value determines white.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from puppet.domain import Picture
from puppet.errors import MediaError

_BITS, _PHOTOMETRIC, _ORIENTATION, _BYTE_COUNTS, _PLANAR, _EXTRA, _FORMAT = 258, 262, 274, 279, 284, 338, 339  # tags
_MIN_IS_WHITE, _YCBCR, _SIDEWAYS, _SEPARATE = 0, 6, 5, 2
_UNSIGNED, _SIGNED = 1, 2
_FLOAT_WHITES = (1.0, 255.0, 65535.0)
_BAND_PIXELS = 1 << 22
_FORMATS = {_UNSIGNED: "unsigned", _SIGNED: "signed", 3: "floating-point"}
_PHOTOMETRICS = {0: "grey (min-is-white)", 1: "grey", 2: "RGB", 3: "palette", 5: "CMYK", 6: "YCbCr", 8: "Lab"}


def is_plain(image: Image.Image) -> bool:
    """Return False for grey samples that `eight_bit` converts."""
    return not image.mode.startswith(("I", "F")) and not (image.mode == "L" and _tag(image, _FORMAT) == _SIGNED)


def eight_bit(image: Image.Image) -> Image.Image:
    """Return a picture that is not plain as 8-bit grey, with the transparent value, if it has one, as alpha."""
    image.load()
    white = _float_white(image) if image.mode == "F" else 0.0
    is_inverted = _tag(image, _PHOTOMETRIC) == _MIN_IS_WHITE
    transparent = image.info.get("transparency")
    converted = Image.new("L" if transparent is None else "LA", image.size)
    for top, values in _bands(image):
        grey = _of_float(values, white) if image.mode == "F" else _of_integers(values, *_type_of(image))
        part = Image.fromarray(255 - grey if is_inverted else grey)
        if transparent is not None:
            part.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
        converted.paste(part, (0, top))
    converted.info = {key: image.info[key] for key in ("exif", "icc_profile") if key in image.info}
    return converted


def check_tiff(path: Path, image: TiffImageFile) -> None:
    """Refuse a kind of TIFF that Pillow misreads; make it read others.

    Pillow maps a sideways picture into memory with its sides swapped, and takes 16-bit planes for 8-bit ones.

    Raises:
        MediaError: uncompressed YCbCr with fewer samples of colour than of brightness, or uncompressed planes of other
            channels than RGB, plain alpha and, with 8 bits, CMYK.
    """
    if image.info.get("compression") != "raw":
        return  # libtiff reads these
    if (_tag(image, _ORIENTATION) or 1) >= _SIDEWAYS:
        image.filename = ""  # Pillow maps only files that it knows by name
    if _tag(image, _PHOTOMETRIC) == _YCBCR and sum(image.tag_v2[_BYTE_COUNTS]) < 3 * image.width * image.height:
        raise MediaError(f"{path}: a TIFF of uncompressed YCbCr with subsampled colour cannot be read; save it as PNG")
    if _tag(image, _PLANAR) != _SEPARATE or len(image.getbands()) == 1:
        return
    bits, tiles = max(image.tag_v2.get(_BITS, (1,))), cast(list[Any], image.tile)
    if not {tile.args[0] for tile in tiles} <= set("RGBACMYK" if bits == 8 else "RGBA"):
        raise MediaError(f"{path}: a TIFF of {bits}-bit {image.mode} in planes cannot be read; save it as PNG")
    if bits > 8:
        order = "B" if image.tag_v2.prefix == b"MM" else "L"
        image.tile = [tile._replace(args=(f"{tile.args[0]};16{order}", *tile.args[1:])) for tile in tiles]


def tiff_kind(path: Path) -> str:
    """Return the kind of a TIFF that Pillow does not open, such as "64-bit signed RGB"; "" for another fault."""
    try:
        with path.open("rb") as file:
            tags = ImageFileDirectory_v2(file.read(8))
            file.seek(tags.next)
            tags.load(file)
        bits, kind = max(tags.get(_BITS, (1,))), tags.get(_FORMAT, (_UNSIGNED,))[0]
        if (bits, kind) == (8, _UNSIGNED):
            return ""
        further = " with further channels" if _EXTRA in tags else ""
        return f"{bits}-bit {_FORMATS[kind]} {_PHOTOMETRICS[tags[_PHOTOMETRIC]]}{further}"
    except (OSError, SyntaxError, ValueError, LookupError, TypeError):
        return ""


def _tag(image: Image.Image, number: int) -> int | None:
    """Return the first value of a TIFF's tag; None without, and of other formats."""
    value = image.tag_v2.get(number) if isinstance(image, TiffImageFile) else None
    return value[0] if isinstance(value, tuple) else value


def _type_of(image: Image.Image) -> tuple[int, bool]:
    """Return the bits of integer samples, and True for signed ones. Pillow widens those of other formats to 16 bits."""
    if not isinstance(image, TiffImageFile):
        return 16, False
    return int(_tag(image, _BITS) or 1), _tag(image, _FORMAT) == _SIGNED


def _of_integers(values: NDArray[Any], bits: int, is_signed: bool) -> Picture:
    """Scale from the range of the type. Pillow keeps 32 bits, and 8 bits, in its own type, whatever their sign."""
    own = {8: np.int8 if is_signed else np.uint8, 32: np.int32 if is_signed else np.uint32}.get(bits)
    wide = (values if own is None else values.view(own)).astype(np.int64)
    black = -(1 << bits - 1) if is_signed else 0
    return cast(Picture, np.clip(wide - black >> bits - 8, 0, 255).astype(np.uint8))


def _bands(image: Image.Image) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the first row and the samples of one band after the other: a copy of the whole takes too much memory."""
    rows = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield top, np.asarray(image.crop((0, top, image.width, min(image.height, top + rows))))


def _float_white(image: Image.Image) -> float:
    largest = max(float(np.nan_to_num(values, posinf=0, neginf=0).max()) for _, values in _bands(image))
    return next((white for white in _FLOAT_WHITES if largest <= white), largest)


def _of_float(values: NDArray[Any], white: float) -> Picture:
    finite = np.nan_to_num(values, posinf=white, neginf=0)
    return cast(Picture, np.clip(finite * (255 / white), 0, 255).astype(np.uint8))
