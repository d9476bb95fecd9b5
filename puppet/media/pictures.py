"""Reading pictures of the listed formats as upright 8-bit sRGB, and writing them. Any thread."""

from __future__ import annotations

import ctypes
import logging
import math
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import numpy as np
import PIL
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from puppet.config import Mark
from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.colour import ColourTags, to_sdr_709
from puppet.media.content_credentials import sign
from puppet.media.files import PICTURE_EXTENSIONS, check_input, check_output, whole_file
from puppet.media.formats import ANIMATED_FORMATS, is_deep_jpeg2000, known_picture_format, webp_size
from puppet.media.heif import Heif
from puppet.media.mark import picture_options
from puppet.media.samples import check_tiff, eight_bit, is_plain, tiff_kind
from puppet.media.slow_pictures import check_decoding_time, check_header
from puppet.regular_files import read_regular

LONGEST_SIDE_PX = 4096
SHORTEST_SIDE_PX = 64
MOST_PIXELS = 200_000_000
MOST_BYTES = 1_000_000_000
"""Memory that reading a picture may take."""
TRANSPARENT_GREY = 96

# Pillow warns at this size of small files that unpack to terabytes; here the warning becomes an error.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Pillow's remarks on damaged details, such as "Corrupt EXIF data", say nothing that a user needs.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

_BYTES_PER_PIXEL = {"WEBP": 16.0, "AVIF": 9.5, "JPEG2000": 19.5, "QOI": 7.0}  # decoders that unpack all at once
_FFMPEG_BYTES_PER_PIXEL = 8.0
_DEEP_JPEG2000_BYTES = 36.0  # per pixel
_RESIZING_BYTES = 2.0  # per pixel
_ANIMATED_BYTES = 17.0  # per pixel: Pillow keeps what a picture covers
_BAND_PX = 256
_MOST_BLANK = 50  # an animation's pictures that are looked at for one that shows something
_MOST_BLANK_PIXELS = 200_000_000  # of them together
_BLANK_RANGE = 8
_SAMPLE_PX = 256
_MOST_FRAMES = 100_000
_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
# What Pillow's readers raise for damaged files.
_DECODE_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError, ArithmeticError, MemoryError,
    RuntimeError, struct.error, zlib.error,
)  # fmt: skip
_lenient = threading.Lock()
_log = logging.getLogger(__name__)


def read_picture(path: Path, *, strict: bool = False, shortest: int = SHORTEST_SIDE_PX) -> Picture:
    """Read a picture as (H, W, 3) uint8 sRGB, upright, at most 4096 px on the longer side, transparency on grey.

    Grey, 16-bit, palette, CMYK and animated files are supported, and colour profiles; of an animation the first picture
    that shows something is used. Of a file without its end, what is there is used, with a warning in the log.

    Args:
        path: the file.
        strict: refuse a file without its end.
        shortest: least pixels of both sides.

    Raises:
        MediaError: not a picture, damaged, too small or too large.
    """
    check_input(path, "picture")
    with decoding(path):
        try:
            with open_image(path, shortest) as image:
                return _upright_rgb(_first_shown(image))
        except _DECODE_ERRORS:
            if strict:
                raise
            picture = _readable_part(path)
            if picture is None:
                raise
    _log.warning("%s: the end of the file is missing; it is used as far as it goes", path)
    return picture


def open_image(path: Path, shortest: int = SHORTEST_SIDE_PX) -> Image.Image:
    """Open a picture of a listed format, without decoding it (but for HEIC); use it inside `decoding`.

    Args:
        path: the file.
        shortest: least pixels of both sides.

    Raises:
        MediaError: not a picture of a listed format, too small or too large.
        Others of Pillow: the file is damaged.
    """
    name = known_picture_format(path)
    if name == "HEIF" or (name in ("AVIF", "WEBP") and _is_large(path, name)):
        return _open_with_ffmpeg(path, name, shortest)
    check_header(path, name)
    if name == "TIFF":
        _silence_libtiff()
    image = Image.open(path, formats=("JPEG", "MPO") if name == "JPEG" else (name,))
    if name == "JPEG2000" and is_deep_jpeg2000(path):
        return _open_deep_jpeg2000(path, image, shortest)
    if name == "JPEG2000" and max(image.size) >= 2 * LONGEST_SIDE_PX:
        cast(Any, image).reduce = (max(image.size) // LONGEST_SIDE_PX).bit_length() - 1  # halvings while decoding
    try:
        _check_size(path, image.size, _bytes_per_pixel(image), shortest)
        check_decoding_time(path, name, image.size)
        if isinstance(image, TiffImageFile):
            check_tiff(path, image)
    except MediaError:
        image.close()
        raise
    return image


@cache
def _silence_libtiff() -> None:
    """Keep the libtiff that comes with Pillow from writing to stderr, where it is a library of its own."""
    for library in Path(PIL.__file__).parents[1].glob("[Pp]illow.libs/libtiff*"):
        with suppress(OSError, AttributeError):
            tiff = ctypes.CDLL(str(library))
            tiff.TIFFSetErrorHandler(None)
            tiff.TIFFSetWarningHandler(None)


def _is_large(path: Path, name: str) -> bool:
    """True for an AVIF or a WebP of which Pillow would unpack too much at once."""
    width, height = Heif(_content(path)).size if name == "AVIF" else webp_size(_content(path))
    return width * height * (_BYTES_PER_PIXEL[name] + _RESIZING_BYTES) > MOST_BYTES


def _open_with_ffmpeg(path: Path, name: str, shortest: int) -> Image.Image:
    """Decode a HEIC file, or a large AVIF or WebP, which is reduced at the same time."""
    from puppet.media.still_frames import decode_heif, decode_webp  # PyAV, which the window loads only for such a file

    content = _content(path)
    if name == "WEBP":
        size = webp_size(content)
        animated = content[12:16] == b"VP8X" and content[20] & 2
        _check_size(path, size, _BYTES_PER_PIXEL["WEBP"] if animated else _FFMPEG_BYTES_PER_PIXEL, shortest)
        return Image.fromarray(decode_webp(content, size, LONGEST_SIDE_PX))
    heif = Heif(content)
    _check_size(path, heif.size, _FFMPEG_BYTES_PER_PIXEL, shortest)
    image = Image.fromarray(decode_heif(heif, LONGEST_SIDE_PX))
    if heif.icc_profile:
        image.info["icc_profile"] = heif.icc_profile
    return image


def _open_deep_jpeg2000(path: Path, header: Image.Image, shortest: int) -> Image.Image:
    from puppet.media.still_frames import decode_jpeg2000

    with header:
        _check_size(path, header.size, _DEEP_JPEG2000_BYTES, shortest)
        check_decoding_time(path, "JPEG2000", header.size)
        image = Image.fromarray(decode_jpeg2000(_content(path), header.size, LONGEST_SIDE_PX))
        image.info = {key: header.info[key] for key in ("exif", "icc_profile") if key in header.info}
    return image


def _content(path: Path) -> bytes:
    return read_regular(path, MOST_BYTES // 4)


def _check_size(path: Path, size: tuple[int, int], bytes_per_pixel: float, shortest: int) -> None:
    shown = f"{size[0]}x{size[1]}"
    needed = size[0] * size[1] * bytes_per_pixel
    if needed > MOST_BYTES:
        raise MediaError(
            f"{path}: {shown} pixels need {math.ceil(needed / 1e8) / 10} GB, more than 1 GB; make the picture smaller"
        )
    if min(size) < shortest:
        raise MediaError(f"{path}: the picture is {shown}; both sides must be at least {shortest} pixels")


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turn what Pillow raises for damaged and too large pictures into MediaError."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaError(f"{path}: has more than {MOST_PIXELS // 1_000_000} million pixels; make it smaller") from error
    except UnidentifiedImageError as error:
        if kind := tiff_kind(path):
            raise MediaError(f"{path}: a TIFF of {kind} cannot be read; save it as PNG") from error
        raise MediaError(
            f"{path}: the picture is damaged, or of a rare kind of its format; save it as PNG or JPEG"
        ) from error
    except _DECODE_ERRORS as error:
        reason = " ".join(str(error).split())[:200]
        raise MediaError(f"{path}: the picture is damaged or cut off ({reason}); choose another") from error


def write_picture(path: Path, picture: Picture, *, overwrite: bool = False, mark: Mark | None = None) -> None:
    """Write (H, W, 3) uint8 RGB as PNG, JPEG or WebP, by the extension; the whole file or none.

    Args:
        path: the file.
        picture: the pixels.
        overwrite: replace an existing file.
        mark: marks the picture as AI-made; None: no mark.

    Raises:
        MediaError: unknown extension, missing folder, a file that exists already, or a full disk.
    """
    check_output(path, PICTURE_EXTENSIONS, overwrite=overwrite)
    try:
        with whole_file(path, overwrite=overwrite) as part:
            Image.fromarray(picture).save(part, quality=95, **(picture_options(path.suffix.lower()) if mark else {}))
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from error
    if mark and mark.certificate:
        sign(path, mark.certificate)


def upright_rgb(image: Image.Image) -> Picture:
    """Decode the image's current frame as (H, W, 3) uint8 sRGB, as `read_picture` does; use it inside `decoding`."""
    return _upright_rgb(image.copy())


def _readable_part(path: Path) -> Picture | None:
    """Return a picture without its end; None when nothing of it can be decoded."""
    with _lenient:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            with open_image(path) as image:
                picture = _upright_rgb(image)
        except (MediaError, *_DECODE_ERRORS):
            return None
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    return None if np.ptp(picture) <= _BLANK_RANGE else picture


def _bytes_per_pixel(image: Image.Image) -> float:
    """Return the memory that reading takes for each pixel. A palette counts as the colours that it becomes."""
    if image.format in ("GIF", "PNG") and getattr(image, "is_animated", False):
        return _ANIMATED_BYTES
    if image.mode in ("1", "P"):
        return 9.0 if "transparency" in image.info else 5.0 + _RESIZING_BYTES
    stored = 1.0 if image.mode == "L" else 2.0 if image.mode.startswith("I;16") else 4.0
    if image.format == "TIFF" and image.info.get("compression") != "raw":
        tags = image.tag_v2  # type: ignore[attr-defined] # of TIFF
        bits = tags.get(258, (8,))
        stored += len(image.getbands()) * max(bits) / 8  # a strip may hold the whole picture
    if not is_plain(image):
        stored += 1.0
    if max(image.size) < 2 * LONGEST_SIDE_PX and _needs_conversion(image):
        stored += 8.0  # larger ones are converted in bands
    unpacked = _BYTES_PER_PIXEL.get(image.format or "", 0.0)
    if image.format == "JPEG2000" and max(image.size) >= 2 * LONGEST_SIDE_PX:
        unpacked /= 4
    return max(stored, unpacked) + _RESIZING_BYTES


def _first_shown(image: Image.Image) -> Image.Image:
    """Seek to an animation's first picture that is not of one colour; without one, to the first."""
    count = frame_count(image)
    if count == 1:
        return image
    for index in range(min(count, _MOST_BLANK, 1 + _MOST_BLANK_PIXELS // (image.width * image.height))):
        image.seek(index)
        sample = image.resize((_SAMPLE_PX, _SAMPLE_PX), Image.Resampling.NEAREST)
        if np.ptp(np.asarray(_opaque(sample)), axis=(0, 1)).max() > _BLANK_RANGE:
            return image
    image.seek(0)
    return image


def frame_count(image: Image.Image) -> int:
    """Return the number of pictures that are shown one after the other; 1 of a still. Seeks."""
    if image.format not in ANIMATED_FORMATS:
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except _DECODE_ERRORS:  # the file has no end
        return _reachable_frames(image)


def _reachable_frames(image: Image.Image) -> int:
    count = 0
    try:
        while count < _MOST_FRAMES:
            image.seek(count)
            count += 1
    except _DECODE_ERRORS:
        image.seek(0)
    return max(1, count)


def _upright_rgb(image: Image.Image) -> Picture:
    """Scale down first, which is faster, then rotate and convert."""
    name, path = image.format, getattr(image, "filename", "")
    profile = image.info.get("icc_profile")
    tags = ColourTags() if profile else _colour_tags(name, Path(path))
    if name == "JPEG2000":
        image.load()  # only now is the size the reduced one
    image = _resizable(image if is_plain(image) else eight_bit(image))
    # With reducing_gap the JPEG decoder itself scales by 1/2, 1/4 or 1/8: a large photo is never decoded in full.
    image.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = ImageOps.exif_transpose(image)
    return to_sdr_709(np.ascontiguousarray(_opaque(_with_srgb(image, profile))), tags)


def _needs_conversion(image: Image.Image) -> bool:
    """True for a mode whose pixels cannot be averaged, or whose averages need a copy of the whole picture."""
    return image.mode in ("1", "P", *_ALPHA) or "transparency" in image.info


def _resizable(image: Image.Image) -> Image.Image:
    """Convert palettes, bitmaps and alpha; a large picture is converted in bands and reduced at the same time."""
    if not _needs_conversion(image):
        return image
    if image.mode == "La":
        image = image.convert("LA")
    alpha = image.mode in _ALPHA or "transparency" in image.info
    mode, factor = "RGBA" if alpha else "RGB", max(image.size) // LONGEST_SIDE_PX
    if factor < 2:
        return image.convert(mode)
    image.load()
    width, height = image.size
    reduced = Image.new(mode, (-(-width // factor), -(-height // factor)))
    for top in range(0, height, _BAND_PX * factor):
        band = image.crop((0, top, width, min(height, top + _BAND_PX * factor))).convert(mode)
        reduced.paste(band.reduce(factor), (0, top // factor))
    reduced.info = {key: image.info[key] for key in ("exif", "icc_profile") if key in image.info}
    return reduced


def _with_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert from the picture's colour profile to sRGB; a profile that does not fit the picture is ignored."""
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC, mode, flags=flags
        )
    except (ImageCms.PyCMSError, *_DECODE_ERRORS) as error:
        _log.info("a colour profile is ignored: %s", error)
        return image
    return converted or image


def _colour_tags(name: str | None, path: Path) -> ColourTags:
    """Return the primaries and transfer that a PNG (cICP) or an AVIF (nclx) states."""
    if name == "AVIF":
        try:
            return Heif(_content(path)).tags
        except _DECODE_ERRORS:
            return ColourTags()
    if name != "PNG":
        return ColourTags()
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
            size = int.from_bytes(head[:4], "big")
            if head[4:] == b"cICP" and size == 4:
                primaries, transfer, *_ = file.read(4)
                return ColourTags(primaries, transfer)
            file.seek(size + 4, 1)
    return ColourTags()


def _opaque(image: Image.Image) -> Image.Image:
    """Return the image as RGB, transparency over grey."""
    if image.mode not in _ALPHA and "transparency" not in image.info:
        return image.convert("RGB")
    background = Image.new("RGBA", image.size, (TRANSPARENT_GREY,) * 3 + (255,))
    return Image.alpha_composite(background, image.convert("RGBA")).convert("RGB")
