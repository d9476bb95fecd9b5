"""Every runtime agrees with ONNX Runtime within 1e-3 in fp32, for every model family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
openvino = pytest.importorskip("openvino")

from export.pack_writer import ExportOptions  # noqa: E402
from puppet.domain import Floats  # noqa: E402
from puppet.engines.base import Engine, SwapPart  # noqa: E402
from puppet.engines.landmark import LandmarkEngine  # noqa: E402
from puppet.engines.learned import LearnedEngine  # noqa: E402
from puppet.engines.runtimes.base import Runtime  # noqa: E402
from puppet.engines.runtimes.onnxruntime import OnnxRuntime  # noqa: E402
from puppet.engines.runtimes.openvino import OpenVino  # noqa: E402
from puppet.engines.runtimes.torch import Torch  # noqa: E402
from puppet.engines.torchscript_trust import trust  # noqa: E402
from puppet.packs import Pack, open_pack  # noqa: E402
from tests.support.faces import face  # noqa: E402
from tests.support.made_packs import pack_of, pictures  # noqa: E402

TOLERANCE = 1e-3
HALVES = 5e-3
"""The shipped pack's weights are fp16, those in its graphs fp32: masks and flow differ a little."""
LEARNED = ("fomm", "monkeynet", "coseg")


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Pack]:
    """Each family's pack, made when it is first wanted."""
    folder = tmp_path_factory.mktemp("packs")
    made: dict[str, Pack] = {"face": open_pack("face")}

    def pack(family: str) -> Pack:
        if family not in made:
            made[family] = pack_of(family, folder, ExportOptions(("onnx", "torchscript"), ("fp32",)))
        return made[family]

    return pack


def opened(pack: Pack, runtime: Runtime) -> Engine:
    return LandmarkEngine(pack, runtime) if pack.card.detector == "landmarks" else LearnedEngine(pack, runtime)


def runtime_of(name: str) -> Runtime:
    return OpenVino("cpu", threads=1) if name == "openvino" else Torch("cpu", threads=1)


def without_scripts(pack: Pack) -> Pack:
    return replace(pack, files={name: digest for name, digest in pack.files.items() if not name.endswith(".pt")})


def compare(right: Engine, other: Engine, family: str, tolerance: float) -> None:
    if family == "face":
        portraits = [cv2.resize(pictures(1)[0], (256, 256), interpolation=cv2.INTER_CUBIC).astype(np.uint8)]
        poses = [face(), face(turn_deg=(5, 12, 3), mouth=0.1)]
    else:
        portraits = pictures(2)
        poses = [right.detect(portrait) for portrait in portraits]
        for portrait, pose in zip(portraits, poses, strict=True):
            found = other.detect(portrait)
            for name in ("points", "jacobians", "covariances", "segmentation"):
                assert_near(getattr(found, name), getattr(pose, name), name, tolerance)
    expected, found_ = (engine.inspect(engine.encode(portraits[0], poses[0]), *poses) for engine in (right, other))
    assert_pictures(found_.picture, expected.picture)
    for name in ("masks", "occlusion", "flow"):
        assert_near(getattr(found_, name), getattr(expected, name), name, tolerance)
    other.prepare_motion()
    motion = other.inspect(other.encode(portraits[0], poses[0]), *poses, picture=False)
    for name in ("masks", "occlusion", "flow", "mouth", "eyes"):
        assert_near(getattr(motion, name), getattr(found_, name), name, 10 * TOLERANCE)


def assert_near(found: Floats | None, expected: Floats | None, name: str, tolerance: float) -> None:
    assert (found is None) == (expected is None), name
    if found is not None and expected is not None:
        np.testing.assert_allclose(found, expected, atol=tolerance, err_msg=name)


def assert_pictures(found: np.ndarray, expected: np.ndarray) -> None:
    """Grey levels are integers: nearly all are equal, and few are rounded differently."""
    error = np.abs(found.astype(np.float32) - expected) / 255
    assert error.mean() < TOLERANCE
    assert error.max() <= 1.01 / 255


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("family", ["face", *LEARNED])
@pytest.mark.parametrize("engine", ["openvino", "torch eager", "torch script"])
def test_engines_agree_in_fp32(packs: Callable[[str], Pack], family: str, engine: str) -> None:
    pack = packs(family)
    if engine == "torch script" and family == "face":
        pytest.skip("the shipped pack has no TorchScript")
    trust(pack)  # every test has its own home folder
    right = opened(pack, OnnxRuntime("cpu", threads=1))
    other = opened(without_scripts(pack) if engine == "torch eager" else pack, runtime_of(engine.split()[0]))
    compare(right, other, family, HALVES if (family, engine) == ("face", "torch eager") else TOLERANCE)
    form = {"torch eager": " · eager", "torch script": " · TorchScript"}.get(engine, "")
    assert str(other.info) == f"{engine.split()[0]} · CPU · fp32{form}"


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("engine", ["openvino", "torch eager", "torch script"])
def test_engines_agree_on_part_swap(packs: Callable[[str], Pack], engine: str) -> None:
    pack = packs("coseg")
    trust(pack)
    other = opened(without_scripts(pack) if engine == "torch eager" else pack, runtime_of(engine.split()[0]))
    first, second, target = pictures(3)
    mask = np.zeros((64, 64), np.float32)
    mask[16:48, 8:40] = 1
    swapped = []
    for swaps in (opened(pack, OnnxRuntime("cpu", threads=1)), other):
        parts = []
        for picture, lies in ((first, False), (second, True)):
            pose = swaps.detect(picture)
            parts.append(SwapPart(swaps.encode(picture, pose), pose, mask, lies))
        pose = swaps.detect(target)
        swapped.append(swaps.swap(parts, target, pose))
    assert_pictures(swapped[1], swapped[0])
    assert np.abs(swapped[0].astype(int) - target).max() > 10  # something was swapped
