"""Draw the bundled drawing: a frontal portrait in flat colours with soft shading, from the numbers below.

Coordinates are those of a 512 x 512 sheet, x right and y down; shapes of the left half are mirrored about
x = 256. The proportions are those of a real face, so that a landmark model finds lids, brows and lips where they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Point = tuple[float, float]
Colour = tuple[int, int, int]
SHEET = 512
FINE = 4  # drawn this many times larger, then reduced: smooth edges

SHOWN = (28, 38, 456)  # left, top and side of what of the sheet is kept

PAPER, DISC = (246, 232, 214), (238, 190, 158)
SKIN, SKIN_SHADE, SKIN_LIGHT, BLUSH = (246, 208, 178), (214, 150, 118), (255, 230, 208), (232, 128, 112)
HAIR, HAIR_DARK, HAIR_LIGHT = (104, 52, 40), (62, 28, 26), (176, 98, 66)
LINE, LIP_UPPER, LIP_LOWER, LIP_LINE = (92, 48, 42), (186, 74, 76), (212, 100, 98), (116, 38, 44)
IRIS, IRIS_DARK, IRIS_LIGHT, WHITE = (74, 128, 118), (30, 66, 66), (150, 202, 178), (250, 246, 242)
KNIT, KNIT_DARK, KNIT_LIGHT = (46, 96, 120), (30, 66, 88), (84, 140, 160)


def _outline(text: str) -> list[Point]:
    """Points written as "x,y x,y ..."."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


FACE = _outline("256,128 208,136 172,172 160,230 164,290 178,334 206,372 236,392 256,396")
HAIR_BACK = _outline("256,62 190,70 138,110 114,180 108,260 104,340 114,400 150,424 186,408 256,400")
NECK = _outline("256,350 218,350 218,410 206,436 168,456 168,512 256,512")
SHOULDERS = _outline("256,464 226,454 200,430 150,450 90,472 48,512 40,570 256,570")
CROWN = _outline(
    "112,300 114,200 132,128 170,84 222,62 282,60 338,76 378,118 396,190 400,300 402,380 388,414 358,410 "
    "346,386 352,330 362,270 362,190 332,130 290,108 228,126 172,160 150,200 150,270 160,330 166,386 "
    "154,410 124,414 110,380"
)
FRINGE_LEFT = _outline("292,96 240,84 186,100 152,140 140,200 140,270 150,330 160,280 168,222 190,188 232,162 276,132")
FRINGE_RIGHT = _outline("284,94 330,92 362,122 376,180 376,260 362,330 354,276 346,220 334,186 310,158 286,126")
EYE = _outline("187,258 196,248 209,242 222,243 232,251 237,261 226,266 210,268 197,265")
LID = _outline(
    "180,257.5 192,246.5 209,238.5 224,239.5 234,248 238,261 232,252.5 222,245 209,243.5 197,249.5 189,257.5"
)
CREASE = _outline("190,243 202,234.5 216,232.5 229,238")
BROW = _outline("178,226 192,214.5 210,209.5 230,212 238,216 237,223 222,219 206,217.5 192,220.5")
LIPS_UPPER = _outline("256,331.5 250,328.5 243,329 230,333.5 216,338 230,340.5 242,340.5 256,342")
LIPS_LOWER = _outline("256,341.5 242,340 230,340 217,338.5 229,349 242,356 256,357.5")
MOUTH_LINE = _outline("213,336.5 228,340.6 243,340.6 257,342")


class _Sheet:
    """The drawing so far: (H, W, 3) float32 of 0 to 255 at FINE times the sheet's size."""

    def __init__(self) -> None:
        self.ink: Floats = np.full((SHEET * FINE, SHEET * FINE, 3), PAPER, np.float32)

    def fill(
        self,
        shapes: Floats | list[Floats],
        colour: Colour,
        soft: float = 0,
        strength: float = 1,
        inside: Floats | None = None,
    ) -> Floats:
        """Fill closed outlines; `soft` blurs the edge, `inside` limits it to another shape's mask. Returns the mask."""
        mask = np.zeros(self.ink.shape[:2], np.float32)
        polygons = shapes if isinstance(shapes, list) else [shapes]
        cv2.fillPoly(mask, [np.round(shape * FINE * 16).astype(np.int32) for shape in polygons], 1.0, cv2.LINE_AA, 4)
        return self._lay(mask, colour, soft, strength, inside)

    def line(
        self,
        path: Floats,
        colour: Colour,
        width: float,
        soft: float = 0,
        strength: float = 1,
        inside: Floats | None = None,
    ) -> None:
        """A line that is thickest in its middle and runs out at both ends."""
        mask = np.zeros(self.ink.shape[:2], np.float32)
        taper = np.sin(np.linspace(0.12, np.pi - 0.12, len(path))) ** 0.7
        for (x, y), share in zip(path * FINE, taper, strict=True):
            radius = max(1, round(width * FINE * share / 2 * 16))
            cv2.circle(mask, (round(x * 16), round(y * 16)), radius, 1.0, -1, cv2.LINE_AA, 4)
        self._lay(mask, colour, soft, strength, inside)

    def spot(
        self,
        centre: Point,
        radii: Point,
        colour: Colour,
        soft: float = 0,
        strength: float = 1,
        inside: Floats | None = None,
    ) -> Floats:
        """An ellipse."""
        angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        outline = np.stack([centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle)], axis=1)
        return self.fill(outline.astype(np.float32), colour, soft, strength, inside)

    def _lay(self, mask: Floats, colour: Colour, soft: float, strength: float, inside: Floats | None) -> Floats:
        """Blend a colour in; only the rectangle around the shape is worked on."""
        x, y, width, height = cv2.boundingRect((mask > 0).astype(np.uint8))
        reach = int(3.5 * soft * FINE) + 1
        rows, columns = slice(max(0, y - reach), y + height + reach), slice(max(0, x - reach), x + width + reach)
        part = cv2.GaussianBlur(mask[rows, columns], (0, 0), soft * FINE) if soft else mask[rows, columns]
        part = part if inside is None else part * inside[rows, columns]
        mask[rows, columns] = part
        ink = self.ink[rows, columns]
        ink += (part * strength)[..., None] * (np.array(colour, np.float32) - ink)
        return mask


def draw(size: int) -> NDArray[np.uint8]:
    """The drawing as a (size, size, 3) RGB picture."""
    sheet = _Sheet()
    sheet.spot((256, 262), (214, 214), DISC)
    _back_hair(sheet)
    _body(sheet)
    face = _head(sheet)
    for flip in (False, True):
        _eye(sheet, flip)
    _nose(sheet, face)
    _mouth(sheet, face)
    _front_hair(sheet, face)
    left, top, side = (edge * FINE for edge in SHOWN)
    shown = sheet.ink[top : top + side, left : left + side]
    return cv2.resize(shown, (size, size), interpolation=cv2.INTER_AREA).round().clip(0, 255).astype(np.uint8)


def _back_hair(sheet: _Sheet) -> None:
    back = sheet.fill(_both(HAIR_BACK), HAIR_DARK)
    for x in range(116, 400, 14):
        sway = 6 * np.sin(x)
        sheet.line(_curve([(x, 200), (x - sway, 300), (x + sway, 410)]), HAIR, 5, 1.5, 0.55, back)


def _body(sheet: _Sheet) -> None:
    neck = sheet.fill(_both(NECK), SKIN)
    sheet.fill(_both([(196, 340), (212, 398), (236, 424), (256, 430)]), SKIN_SHADE, 5, 0.75, neck)
    knit = sheet.fill(_both(SHOULDERS), KNIT)
    sheet.fill(_both([(256, 534), (150, 522), (110, 484), (48, 500), (48, 580), (256, 580)]), KNIT_DARK, 14, 0.7, knit)
    for flip in (False, True):
        collar = [(200, 428), (216, 450), (256, 466)]
        sheet.line(_side(_curve(collar), flip), KNIT_LIGHT, 11, 0.6)
        sheet.line(_side(_curve([(x, y + 8) for x, y in collar]), flip), KNIT_DARK, 3, 0.8, 0.8)
        sheet.line(_side(_curve([(128, 470), (142, 490), (146, 540)]), flip), KNIT_DARK, 4, 1, 0.7, knit)


def _head(sheet: _Sheet) -> Floats:
    """The face without features; returns its mask."""
    face = sheet.fill(_both(FACE), SKIN)
    rim = [*FACE, *[(256 + (x - 256) * 0.83, y - 14) for x, y in reversed(FACE)]]
    for flip in (False, True):
        sheet.fill(_side(_closed(rim), flip), SKIN_SHADE, 9, 0.45 + 0.12 * flip, face)
        sheet.spot(_point((196, 312), flip), (24, 17), BLUSH, 11, 0.55, face)
        sheet.spot(_point((202, 296), flip), (17, 7), SKIN_LIGHT, 6, 0.6, face)
        sheet.spot(_point((213, 240), flip), (30, 13), SKIN_SHADE, 7, 0.42, face)
    sheet.spot((256, 178), (46, 22), SKIN_LIGHT, 14, 0.6, face)
    sheet.spot((256, 379), (17, 9), SKIN_LIGHT, 6, 0.6, face)
    sheet.fill(_both([(150, 120), (160, 230), (184, 190), (220, 166), (256, 150)]), SKIN_SHADE, 9, 0.65, face)
    return face


def _eye(sheet: _Sheet, flip: bool) -> None:
    white = sheet.fill(_side(_closed(EYE), flip), WHITE)
    centre = _point((212, 254.5), flip)
    iris = sheet.spot(centre, (12.2, 12.8), IRIS_DARK, 0.4, 1, white)
    sheet.spot(centre, (10.4, 11), IRIS, 1.2, 1, iris)
    sheet.spot((centre[0], centre[1] + 5), (7.4, 5), IRIS_LIGHT, 2.2, 0.85, iris)
    sheet.spot(centre, (5.2, 5.5), (24, 20, 24), 0.4, 1, iris)
    sheet.fill(
        _side(_closed([(184, 236), (240, 236), (240, 250), (211, 248), (184, 258)]), flip),
        (120, 92, 96),
        2.2,
        0.5,
        white,
    )
    sheet.spot((centre[0] - 4, centre[1] - 4.4), (3.1, 3.1), (255, 255, 255), 0.3)
    sheet.spot((centre[0] + 4, centre[1] + 4), (1.5, 1.5), (255, 255, 255), 0.3, 0.8)
    sheet.spot(_point((236, 261), flip), (2.6, 2), (226, 146, 138), 0.6, 0.9)
    sheet.fill(_side(_closed(LID), flip), (48, 26, 28))
    sheet.line(_side(_curve([(190, 262), (203, 268.5), (218, 268.8), (233, 265)]), flip), LINE, 1.7, 0.2, 0.75)
    sheet.line(_side(_curve(CREASE), flip), SKIN_SHADE, 2.6, 0.6, 0.95)
    sheet.fill(_side(_closed(BROW), flip), HAIR_DARK, 0.9, 0.92)


def _nose(sheet: _Sheet, face: Floats) -> None:
    for flip in (False, True):
        sheet.line(_side(_curve([(240, 252), (244, 276), (238, 300)]), flip), SKIN_SHADE, 7, 4, 0.32 + 0.2 * flip, face)
        sheet.line(_side(_curve([(236, 296), (232, 304), (237, 310.5), (243, 309)]), flip), SKIN_SHADE, 3.4, 0.8, 0.95)
        sheet.line(_side(_curve([(242, 309.5), (247, 307.2), (252, 310.2)]), flip), LINE, 3.2, 0.6, 0.85)
    sheet.line(_curve([(247, 312.2), (256, 314.8), (265, 312.2)]), SKIN_SHADE, 3, 0.9, 0.9)
    sheet.line(_curve([(255, 248), (254.5, 272), (254.5, 288)]), SKIN_LIGHT, 8, 2.6, 0.75)
    sheet.spot((254.5, 298), (6.5, 5), (255, 242, 226), 2.2, 0.85)


def _mouth(sheet: _Sheet, face: Floats) -> None:
    sheet.spot((256, 366), (22, 5), SKIN_SHADE, 4, 0.6, face)
    sheet.line(_curve([(256, 317), (256, 322), (256, 327)]), SKIN_SHADE, 6, 2, 0.45)
    sheet.fill(_both(LIPS_LOWER), LIP_LOWER, 0.35)
    sheet.fill(_both(LIPS_UPPER), LIP_UPPER, 0.35)
    sheet.spot((254, 348), (12, 2.8), (248, 176, 168), 1.6, 0.75)
    for flip in (False, True):
        sheet.line(_side(_curve(MOUTH_LINE), flip), LIP_LINE, 2.3, 0.25, 0.95)
        sheet.spot(_point((214, 337), flip), (2.4, 2.0), LIP_LINE, 1.2, 0.6)


def _front_hair(sheet: _Sheet, face: Floats) -> None:
    """The parted hair over the forehead, its shadow first."""
    for outline in (FRINGE_LEFT, FRINGE_RIGHT):
        shadow = _closed([(x + np.sign(256 - x) * 4, y + 7) for x, y in outline])
        sheet.fill(shadow, SKIN_SHADE, 4, 0.6, face)
    crown = sheet.fill(_closed(CROWN), HAIR)
    masks = [sheet.fill(_closed(outline), HAIR) for outline in (FRINGE_LEFT, FRINGE_RIGHT)]
    left, right = np.maximum(crown, masks[0]), np.maximum(crown, masks[1])
    for i in range(11):
        t = i / 10
        far = [
            (288 - 6 * t, 98 - 26 * t),
            (214 - 26 * t, 110 - 34 * t),
            (164 - 30 * t, 158 - 26 * t),
            (152 - 26 * t, 270),
            (156 - 34 * t, 400),
        ]
        near = [
            (290 + 4 * t, 98 - 26 * t),
            (338 + 16 * t, 118 - 32 * t),
            (358 + 26 * t, 180 - 34 * t),
            (360 + 28 * t, 280),
            (354 + 38 * t, 400),
        ]
        for path, mask in ((far, left), (near, right)):
            sheet.line(
                _curve(path),
                HAIR_DARK if i % 2 else HAIR_LIGHT,
                3.2 if i % 2 else 4.2,
                1.1,
                0.55 if i % 2 else 0.32,
                mask,
            )
    sheet.line(_curve([(150, 150), (186, 112), (236, 92)]), HAIR_LIGHT, 17, 7, 0.6, left)
    sheet.line(_curve([(318, 92), (350, 116), (370, 156)]), HAIR_LIGHT, 17, 7, 0.6, right)


def _curve(points: Sequence[Point]) -> Floats:
    """A smooth open line through the points (Catmull-Rom)."""
    ends = np.array([points[0], *points, points[-1]], np.float64)
    return _through(ends, len(points) - 1)


def _closed(points: Sequence[Point]) -> Floats:
    """A smooth closed outline through the points."""
    ring = np.array([points[-1], *points, points[0], points[1]], np.float64)
    return _through(ring, len(points))


def _both(half: Sequence[Point]) -> Floats:
    """A closed outline from its left half, which begins and ends on the middle line where it touches it."""
    mirrored = [(SHEET - x, y) for x, y in reversed(half) if x != SHEET / 2]
    return _closed([*half, *mirrored])


def _through(knots: NDArray[np.float64], spans: int, steps: int = 48) -> Floats:
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in (knots[i : i + 4] for i in range(spans))
    ]
    return np.concatenate(pieces).astype(np.float32)


def _side(shape: Floats, flip: bool) -> Floats:
    return np.stack([SHEET - shape[:, 0], shape[:, 1]], axis=1) if flip else shape


def _point(point: Point, flip: bool) -> Point:
    return (SHEET - point[0], point[1]) if flip else point
