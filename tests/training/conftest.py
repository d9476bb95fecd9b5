"""Training tests compute on one thread: sums in one order, so that the same steps give the same numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from puppet.training.data.clips import Clip
from puppet.training.losses.vgg import Vgg
from tests.support.made_training import made_clip, random_vgg


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def vgg() -> Vgg:
    return random_vgg()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return made_clip("vera.jpg", tmp_path_factory.mktemp("clip"))
