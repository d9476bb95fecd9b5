"""Small packs for tests: random weights in the layout of the originals, 64 × 64 pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from export.learned_pack import card_of, export_learned  # noqa: E402
from export.pack_writer import ExportOptions  # noqa: E402
from puppet.domain import Picture  # noqa: E402
from puppet.models.base import MotionModel  # noqa: E402
from puppet.models.checkpoints import build  # noqa: E402
from puppet.models.original_yaml import read_config  # noqa: E402
from puppet.packs import Pack  # noqa: E402
from tests.golden.reference import draw_weights  # noqa: E402
from tests.models.test_original_yaml import COSEG, FOMM, MONKEYNET  # noqa: E402

SIDE = 64
TEXTS = {"fomm": FOMM, "monkeynet": MONKEYNET, "coseg": COSEG}


def model_of(family: str, folder: Path) -> MotionModel:
    """Return a family's model with drawn weights, in eval mode."""
    config = folder / f"{family}.yaml"
    config.write_text(TEXTS[family], encoding="utf-8")
    model = build(read_config(config).architecture)
    draw_weights(model, 3)
    return model.eval()


def pictures(count: int) -> list[Picture]:
    """Return smooth pictures (64, 64, 3)."""
    random = np.random.default_rng(1)
    coarse = random.integers(0, 256, (count, 4, 4, 3))
    fine = torch.nn.functional.interpolate(
        torch.from_numpy(coarse).permute(0, 3, 1, 2).float(), size=SIDE, mode="bilinear", align_corners=True
    )
    return list(fine.permute(0, 2, 3, 1).to(torch.uint8).contiguous().numpy())


def pack_of(family: str, folder: Path, options: ExportOptions | None = None) -> Pack:
    """Export a family's model into a new folder."""
    model = model_of(family, folder)
    card = card_of(model, family, SIDE, "of a test", "Of a test.")
    return export_learned(model, folder / family, card, options or ExportOptions(), pictures(3))
