"""The test card: the picture shown while there is no camera. Any thread."""

from __future__ import annotations

import cv2
import numpy as np

from puppet.domain import Picture

_BARS = ((150, 150, 146), (146, 140, 84), (84, 140, 142), (86, 136, 88), (140, 88, 136), (142, 84, 82), (82, 86, 140))


def draw_card(text: str, size: tuple[int, int]) -> Picture:
    """Draw a dark card with seven muted bars and one line of text: (H, W, 3) uint8 RGB."""
    width, height = size
    card = np.full((height, width, 3), (34, 36, 40), np.uint8)
    top, bottom = round(0.30 * height), round(0.58 * height)
    for number, colour in enumerate(_BARS):
        left, right = (round(width * (0.2 + 0.6 * (number + end) / len(_BARS))) for end in (0, 1))
        card[top:bottom, left:right] = colour
    _write_line(card, text, round(0.74 * height))
    return card


def _write_line(card: Picture, text: str, baseline: int) -> None:
    """Write a line, centred and as large as fits; OpenCV has ASCII letters only."""
    plain = text.encode("ascii", "replace").decode()
    width, height = card.shape[1], card.shape[0]
    (unit_px, _), _ = cv2.getTextSize(plain, cv2.FONT_HERSHEY_DUPLEX, 1.0, 1)
    scale = min(0.9 * width / max(unit_px, 1), height / 500)
    thick = max(1, round(1.4 * scale))
    (text_px, _), _ = cv2.getTextSize(plain, cv2.FONT_HERSHEY_DUPLEX, scale, thick)
    corner = ((width - text_px) // 2, baseline)
    cv2.putText(card, plain, corner, cv2.FONT_HERSHEY_DUPLEX, scale, (196, 198, 202), thick, cv2.LINE_AA)
