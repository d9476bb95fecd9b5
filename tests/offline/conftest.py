"""Offline rendering on an engine that follows a bright square."""

from __future__ import annotations

from pathlib import Path

import pytest

from puppet.media.pictures import write_picture
from tests.support.clips import moving_square
from tests.support.square_engine import SIZE, SquareEngine, render_with


@pytest.fixture(autouse=True)
def _small_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    render_with(monkeypatch, SquareEngine)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.png"
    write_picture(path, moving_square((SIZE, SIZE), 3)[0])
    return path
