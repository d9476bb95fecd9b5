"""An imported pack renders the pictures that the original code renders from its checkpoint.

The pack's own graphs are run; only the rounding to whole grey levels at their end is left out, so that what is compared
is what was computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from puppet.domain import EngineInfo

pytest.importorskip("torch")

from export.import_checkpoint import import_checkpoint
from puppet.config import OFFLINE_CONTROLS
from puppet.domain import Frame, Framing, PartSwap
from puppet.engines.base import SwapPart
from puppet.engines.learned import LearnedEngine
from puppet.engines.runtimes.base import Array, Graph, HostGraph, Runtime
from puppet.motion.keypoint_transfer import transfer
from puppet.packs import Pack, open_pack, verify_pack
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.goldens import IMAGES, SHARED


class UnroundedRuntime(Runtime[Array]):
    """ONNX Runtime on a pack's graphs, `picture` before it is rounded: float32 in [0, 1]."""

    info = EngineInfo("onnxruntime", "CPU", "fp32", "unrounded")

    def open(self, pack: Pack, graph: str) -> Graph[Array]:
        model = onnx.load(str(pack.file(f"{graph}.onnx")))
        rounding = [node for node in model.graph.node if node.output[0] == "picture" and node.op_type == "Cast"]
        if rounding:
            levels = onnx.helper.make_tensor_value_info(rounding[0].input[0], onnx.TensorProto.FLOAT, None)
            model.graph.output.append(levels)
        return UnroundedGraph(model.SerializeToString(), rounding[0].input[0] if rounding else "")


class UnroundedGraph(HostGraph):
    def __init__(self, model: bytes, levels: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._levels = levels  # 255 x + 0.5
        self.inputs = tuple(value.name for value in self._session.get_inputs())
        self.outputs = tuple(value.name for value in self._session.get_outputs() if value.name != levels)

    def run(self, inputs: Mapping[str, Array], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        names = [self._levels if self._levels and name == "picture" else name for name in wanted or self.outputs]
        values = self._session.run(names, {name: inputs[name] for name in self.inputs})
        said = dict(zip(wanted or self.outputs, values, strict=True))
        if self._levels and "picture" in said:
            said["picture"] = (said["picture"] - 0.5) / 255
        return said


class Imported:
    """A family's golden data and the pack made of its checkpoint."""

    def __init__(self, family: str, folder: Path) -> None:
        golden = SHARED / family
        if not golden.is_dir():
            pytest.skip(f"no golden data of {family}: ../shared/golden is not beside this repository")
        with np.load(golden / "golden.npz", allow_pickle=False) as arrays:
            self.arrays = dict(arrays)
        import_checkpoint(golden / "checkpoint.pth.tar", golden / "config.yaml", folder / family)
        pack = open_pack(str(folder / family))
        verify_pack(pack)
        self.engine = LearnedEngine(pack, UnroundedRuntime())

    def close_to(self, picture: NDArray[Any], expected: NDArray[Any]) -> None:
        """`picture` (S, S, 3), `expected` (3, S, S)."""
        np.testing.assert_allclose(np.moveaxis(picture, 2, 0), expected, atol=IMAGES, rtol=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs")


@pytest.fixture(scope="module")
def fomm(folder: Path) -> Imported:
    return Imported("fomm", folder)


@pytest.fixture(scope="module")
def monkeynet(folder: Path) -> Imported:
    return Imported("monkeynet", folder)


@pytest.fixture(scope="module")
def coseg(folder: Path) -> Imported:
    return Imported("coseg", folder)


def test_animate_moves_a_portrait_as_fomm_does(fomm: Imported) -> None:
    sources, driving = fomm.arrays["source_u8"], fomm.arrays["driving_u8"]
    puppeteer = Puppeteer(fomm.engine, None, framing=Framing.NONE, size=None)
    puppeteer.show(puppeteer.prepare(sources[0], "source"))
    puppeteer.set_neutral(Frame(driving[0], 0.0))
    for index in range(2):
        rendered = puppeteer.step(Frame(driving[index + 1], 0.1 * index, index), OFFLINE_CONTROLS)
        fomm.close_to(rendered.picture, fomm.arrays[f"norm/relative_jac_adapt/{index}/prediction"][0])


def test_absolute_motion_is_fomms(fomm: Imported) -> None:
    engine, (sources, driving) = fomm.engine, (fomm.arrays["source_u8"], fomm.arrays["driving_u8"])
    for index in range(2):
        source = engine.detect(sources[index])
        code = engine.encode(sources[index], source)
        shown = engine.inspect(code, source, engine.detect(driving[index + 1]))
        fomm.close_to(shown.picture, fomm.arrays["gen_abs/prediction"][index])
        assert shown.masks is not None
        assert shown.occlusion is not None
        assert shown.flow is not None
        np.testing.assert_allclose(shown.masks, fomm.arrays["gen_abs/mask"][index], atol=IMAGES)
        np.testing.assert_allclose(shown.occlusion, fomm.arrays["gen_abs/occlusion_map"][index, 0], atol=IMAGES)
        here = np.stack(np.meshgrid(np.linspace(-1, 1, 32), np.linspace(-1, 1, 32)), -1)
        np.testing.assert_allclose(shown.flow + here, fomm.arrays["gen_abs/deformation"][index], atol=1e-4)


def test_transferred_video_is_monkeynets(monkeynet: Imported) -> None:
    engine, picture = monkeynet.engine, monkeynet.arrays["source_u8"][0]
    source = engine.detect(picture)
    code = engine.encode(picture, source)
    driving = [engine.detect(frame) for frame in monkeynet.arrays["video_u8"][0]]
    for time, pose in enumerate(driving):
        moved = transfer(source, pose, driving[0], adapt_scale=False)
        expected = monkeynet.arrays["transfer_one/video_prediction"][0, :, time]
        monkeynet.close_to(engine.render(code, source, moved), expected)


def test_absolute_motion_is_cosegmentations(coseg: Imported) -> None:
    engine, sources = coseg.engine, coseg.arrays["source_u8"]
    for index in range(2):
        source = engine.detect(sources[index])
        target = engine.detect(coseg.arrays["target_u8"][index + 1])
        shown = engine.inspect(engine.encode(sources[index], source), source, target)
        coseg.close_to(shown.picture, coseg.arrays["rec/prediction"][index])
        assert shown.occlusion is not None
        np.testing.assert_allclose(shown.occlusion, coseg.arrays["rec/visibility_maps"][index, 0], atol=IMAGES)


SWAPS = pytest.mark.parametrize(
    ("name", "segments", "hard", "source_mask"),
    [("soft_1_2", (1, 2), False, False), ("hard_1_3", (1, 3), True, False), ("hard_src_2_4", (2, 4), True, True)],
)


@SWAPS
def test_swapped_parts_are_cosegmentations(
    coseg: Imported, name: str, segments: tuple[int, ...], hard: bool, source_mask: bool
) -> None:
    engine = coseg.engine
    for index in range(2):
        picture, face = coseg.arrays["source_u8"][index], coseg.arrays["target_u8"][index + 1]
        source, target = engine.detect(picture), engine.detect(face)
        segmentation = (source if source_mask else target).segmentation
        assert segmentation is not None
        mask = segmentation[list(segments)].sum(0)
        mask = (mask > 0.5).astype(np.float32) if hard else mask
        part = SwapPart(engine.encode(picture, source), source, mask, source_mask)
        coseg.close_to(engine.swap([part], face, target), coseg.arrays[f"swap/{name}/prediction"][index])


@SWAPS
def test_the_loop_swaps_parts_as_cosegmentation_does(
    coseg: Imported, name: str, segments: tuple[int, ...], hard: bool, source_mask: bool
) -> None:
    puppeteer = Puppeteer(coseg.engine, None, framing=Framing.NONE, size=None)
    controls = replace(OFFLINE_CONTROLS, swap=PartSwap(segments, hard=hard, source_mask=source_mask))
    for index in range(2):
        puppeteer.show(puppeteer.prepare(coseg.arrays["source_u8"][index], "source"))
        rendered = puppeteer.step(Frame(coseg.arrays["target_u8"][index + 1], 0.1 * index), controls)
        coseg.close_to(rendered.picture, coseg.arrays[f"swap/{name}/prediction"][index])
