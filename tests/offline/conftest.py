"""Offline rendering on an engine that follows a bright square."""

from __future__ import annotations

from pathlib import Path

import pytest

from puppet.config import EngineOptions, Square
from puppet.domain import Framing
from puppet.media.pictures import write_picture
from puppet.offline import render
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.clips import moving_square
from tests.support.square_engine import SIZE, SquareEngine


@pytest.fixture(autouse=True)
def _small_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_puppeteer(
        pack: str,
        engine: EngineOptions,
        framing: Framing,
        size: tuple[int, int] | None,
        box: Square | None,
        own_pixels: OwnPixels,
    ) -> Puppeteer:
        return Puppeteer(SquareEngine(), None, framing=framing, size=size, pack=pack)

    monkeypatch.setattr(render, "open_puppeteer", open_puppeteer)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.png"
    write_picture(path, moving_square((SIZE, SIZE), 3)[0])
    return path
