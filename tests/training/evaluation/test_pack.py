"""Scores of packs: what is known beforehand of an engine that holds still and of one that knows the answer."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from puppet.domain import Face, Keypoints, Picture
from puppet.errors import CheckpointError, ConfigError
from puppet.training.data.clips import Clip
from puppet.training.evaluation import pack
from puppet.training.evaluation.face_identity import Embedding
from puppet.training.evaluation.pack import evaluate_pack
from tests.support.clips import even_times, write_clip


class CornerTracker:
    """Finds 478 landmarks on a line through the bright square's centre; none in a picture without one."""

    too_small = False

    def locate(self, image: Picture) -> Face | None:
        x, y = centre_of(image)
        if math.isnan(x):
            return None
        line = np.linspace(-8, 8, 478)
        return Face(np.column_stack([x + line, y + line, 0 * line]).astype(np.float32))

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


class SquareEngine:
    """Its one keypoint is the square's centre; `render` draws the square there, or copies the source when `lazy`."""

    size, segments, detects = 256, 1, True

    def __init__(self, *, lazy: bool) -> None:
        self._lazy = lazy

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        x, y = centre_of(face)
        segmentation = np.zeros((2, 64, 64), np.float32)
        segmentation[1] = cv2.resize((face[..., 0] > 128).astype(np.float32), (64, 64), interpolation=cv2.INTER_AREA)
        segmentation[0] = 1 - segmentation[1]
        return Keypoints(np.array([[x, y]], np.float32) / 127.5 - 1, segmentation=segmentation)

    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> Picture:
        return face

    def render(self, code: Picture, source: Keypoints, driving: Keypoints) -> Picture:
        return code if self._lazy else square_at((driving.points[0] + 1) * 127.5)

    def close(self) -> None:
        pass


class HoldingEngine:
    """Takes landmarks for keypoints, and copies the source."""

    size, segments, detects = 256, 0, False

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        assert landmarks is not None
        return landmarks

    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> Picture:
        return face

    def render(self, code: Picture, source: Keypoints, driving: Keypoints) -> Picture:
        return code

    def close(self) -> None:
        pass


class ClipTracker:
    """Finds the landmarks of that frame of a clip which a picture is most like."""

    too_small = False

    def __init__(self, clip: Clip) -> None:
        self._clip = clip

    def locate(self, image: Picture) -> Face | None:
        apart = np.abs(np.asarray(self._clip.frames, np.float32) - image).mean((1, 2, 3))
        points = (self._clip.points[int(apart.argmin())] + [1, 1, 0]) * 127.5
        return Face(points.astype(np.float32))

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


class Everything:
    """A segmentation that takes the bright for the person."""

    def of(self, picture: Picture) -> Picture:
        small = cv2.resize(picture[..., 0], (64, 64), interpolation=cv2.INTER_AREA)
        return (255 * (small > 128)).astype(np.uint8)

    def close(self) -> None:
        pass


def square_at(centre: np.ndarray) -> Picture:
    picture = np.full((256, 256, 3), 20, np.uint8)
    x, y = (round(float(value)) for value in centre)
    picture[y - 24 : y + 24, x - 24 : x + 24] = 230
    return picture


def centre_of(picture: Picture) -> tuple[float, float]:
    y, x = np.nonzero(picture[..., 0] > 128)
    return (float(x.mean() + 0.5), float(y.mean() + 0.5)) if len(x) else (math.nan, math.nan)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    for number in range(2):
        pictures = [square_at(np.array([60 + 12 * k, 80 + 20 * number + 12 * (k % 3)])) for k in range(8)]
        write_clip(folder / f"{number}.mkv", pictures, even_times(10, 8), codec="ffv1")
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    engines = {"lazy": SquareEngine(lazy=True), "knowing": SquareEngine(lazy=False), "holding": HoldingEngine()}
    monkeypatch.setattr(pack, "open_pack", lambda name: name)
    monkeypatch.setattr(pack, "open_engine", lambda name, options: engines[name])
    monkeypatch.setattr(pack, "Silhouettes", Everything)


@pytest.mark.usefixtures("opened")
def test_holding_still_scores_as_the_copy_and_knowing_scores_better(clips: Path) -> None:
    lazy = evaluate_pack("lazy", clips, every=1, open_tracker=CornerTracker).mean.scores
    assert lazy["pack"].l1 == pytest.approx(lazy["copy"].l1)
    assert lazy["pack"].akd == pytest.approx(lazy["copy"].akd, abs=0.1)
    assert lazy["copy"].akd == pytest.approx(np.mean([math.hypot(12 * k, 12 * (k % 3)) for k in range(1, 8)]), abs=1)
    knowing = evaluate_pack("knowing", clips, every=1, open_tracker=CornerTracker)
    mean = knowing.mean.scores
    assert mean["pack"].l1 < 0.1 * mean["copy"].l1
    assert mean["pack"].akd < 1
    assert mean["pack"].flicker < 0.2 * mean["copy"].flicker
    assert mean["pack"].lost == 0
    assert knowing.landmark_mae < 1.5 < 8 < knowing.chance_mae
    assert knowing.foreground_iou > 0.9
    titles, lines = knowing.clip_table()
    assert titles[:3] == ("clip (× copy)", "L1", "SSIM")
    assert "LPIPS" not in titles
    assert [line[0] for line in lines] == ["0.mkv", "1.mkv", "mean"]
    titles, lines = knowing.summary("squares")
    assert titles[0] == "2 clips"
    assert [line[0] for line in lines] == ["copy: the source held still", "squares", "squares against copy"]
    assert lines[2][1] == f"×{mean['pack'].l1 / mean['copy'].l1:.2f}"
    written = json.loads(knowing.to_json())
    assert written["clips"][0]["pack"]["lpips"] is None
    assert written["clips"][0]["mesh"] is None
    assert written["foreground_iou"] == knowing.foreground_iou


@pytest.mark.usefixtures("opened")
def test_a_pack_of_landmarks_is_measured_against_the_plain_mesh_too(clip: Clip, tmp_path: Path) -> None:
    write_clip(tmp_path / "made.mkv", list(clip.frames), even_times(10, len(clip.frames)), codec="ffv1")
    found = evaluate_pack("holding", tmp_path, every=1, open_tracker=lambda: ClipTracker(clip))
    mean = found.mean.scores  # the clip was made by the mesh
    assert mean["mesh"].l1 < 0.02 < mean["copy"].l1
    assert mean["mesh"].akd == pytest.approx(0, abs=1e-3)
    assert mean["mesh"].flicker < 0.2 * mean["copy"].flicker
    assert mean["pack"].l1 == pytest.approx(mean["copy"].l1)
    assert mean["pack"].akd == pytest.approx(mean["copy"].akd)
    titles, lines = found.clip_table()
    ratio = mean["pack"].l1 / mean["mesh"].l1
    assert titles[:2] == ("clip (× copy, × mesh)", "L1")
    assert lines[0][1] == f"{mean['pack'].l1:.4f} (×1.00 ×{ratio:.2f})"
    assert [line[1] for line in found.summary("holding")[1]] == [
        *(f"{mean[name].l1:.4f}" for name in ("copy", "mesh", "pack")),
        "×1.00",
        f"×{ratio:.2f}",
    ]
    assert json.loads(found.to_json())["clips"][0]["mesh"]["l1"] == pytest.approx(mean["mesh"].l1, abs=1e-5)


@pytest.mark.usefixtures("opened")
def test_a_video_that_is_not_square_is_framed_around_the_face_in_its_first_frame(clip: Clip, tmp_path: Path) -> None:
    beside = np.zeros((256, 200, 3), np.uint8)
    wide = [np.concatenate([beside, frame, beside], 1) for frame in clip.frames]
    write_clip(tmp_path / "wide.mkv", wide, even_times(10, len(wide)), codec="ffv1")
    sizes: list[tuple[int, ...]] = []

    class WideTracker(ClipTracker):
        def locate(self, image: Picture) -> Face | None:
            sizes.append(image.shape[:2])
            if image.shape[1] == image.shape[0]:
                return super().locate(image)
            face = super().locate(np.ascontiguousarray(image[:, 200:456]))
            return None if face is None else Face(face.points + np.array([200, 0, 0], np.float32))

    found = evaluate_pack("holding", tmp_path / "wide.mkv", every=1, open_tracker=lambda: WideTracker(clip))
    assert sizes[:2] == [(256, 656), (256, 256)]
    assert found.mean.scores["mesh"].l1 < 0.02 < found.mean.scores["copy"].l1


@pytest.mark.usefixtures("opened")
def test_a_broken_clip_is_skipped_and_none_at_all_is_an_error(clips: Path, tmp_path: Path) -> None:
    (clips / "broken.mp4").write_text("no video")
    write_clip(clips / "one.mkv", [square_at(np.array([100, 100]))], [0.0], codec="ffv1")
    found = evaluate_pack("lazy", clips, open_tracker=CornerTracker)
    assert len(found.rows) == 2
    assert len(found.skipped) == 2
    for path in clips.glob("[01].mkv"):
        path.unlink()
    with pytest.raises(ConfigError, match="no clip to score on"):
        evaluate_pack("lazy", clips, open_tracker=CornerTracker)


def test_aed_is_the_distance_of_what_a_network_makes_of_pictures(tmp_path: Path) -> None:
    path = tmp_path / "mean.onnx"
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)
    shapes = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", [1, 3, 8, 8]), ("y", [1, 3]))]
    graph = helper.make_graph([node], "mean", shapes[:1], shapes[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    black, white = (np.full((16, 16, 3), level, np.uint8) for level in (0, 255))
    assert Embedding(path).distance(black, white) == pytest.approx(3**0.5)
    (tmp_path / "text.onnx").write_text("no graph")
    with pytest.raises(CheckpointError, match="not a usable ONNX file"):
        Embedding(tmp_path / "text.onnx")
