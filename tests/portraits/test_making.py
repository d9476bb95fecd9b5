"""Making portraits of several pictures from files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from puppet.domain import Picture
from puppet.errors import TrackingError
from puppet.media.pictures import read_picture, write_picture
from puppet.portraits.making import make_portrait
from tests.support.faces import PORTRAITS


@pytest.fixture(scope="module")
def picture() -> Picture:
    return read_picture(PORTRAITS / "astronaut.jpg")


def test_unusable_pictures_are_left_out_with_their_reasons(tmp_path: Path, picture: Picture) -> None:
    pictures = {
        "good": picture,
        "blurred": np.asarray(cv2.GaussianBlur(picture, (0, 0), 8), np.uint8),
        "dark": (picture * 0.06).astype(np.uint8),
        "grey": np.full_like(picture, 127),
    }
    for name, content in pictures.items():
        write_picture(tmp_path / f"{name}.png", content)
    made = make_portrait([tmp_path / f"{name}.png" for name in pictures])
    assert [shot.origin for shot in made.shots] == ["good.png"]
    reasons = {Path(line.split(": ")[0]).stem: line for line in made.left_out}
    assert "blurred" in reasons["blurred"].split(": ", 1)[1]
    assert reasons.keys() == {"blurred", "dark", "grey"}
    assert "without a face" in reasons["grey"]


def test_files_without_a_face_are_refused(tmp_path: Path) -> None:
    write_picture(tmp_path / "grey.png", np.full((200, 200, 3), 127, np.uint8))
    with pytest.raises(TrackingError, match="no face found"):
        make_portrait([tmp_path / "grey.png"])
