"""Body keypoints of the `face` model: initial positions, detection and the motion they cause."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from puppet.domain import BODY_KEYPOINTS  # noqa: E402
from puppet.geometry import face_mesh  # noqa: E402
from puppet.models.face import BodyDetector, FaceBody, FaceMaps, FaceModel, MotionNetwork  # noqa: E402
from tests.support.faces import face  # noqa: E402

NOWHERE = torch.zeros(1, 1, 64, 64)


def maps() -> FaceMaps:
    drawn = face_mesh.draw(face(), face())
    return FaceMaps(*(torch.from_numpy(getattr(drawn, name))[None] for name in FaceMaps._fields))


def test_untrained_keypoints_are_apart_and_do_not_depend_on_the_picture() -> None:
    torch.manual_seed(0)
    detector = BodyDetector().eval()
    with torch.no_grad():
        one, other = detector(torch.rand(2, 3, 256, 256), torch.zeros(2, 1, 64, 64))
    torch.testing.assert_close(one, other)
    distances = torch.cdist(one, one) + torch.eye(BODY_KEYPOINTS)
    assert float(distances.min()) > 0.1


def test_a_keypoint_follows_its_heatmap() -> None:
    torch.manual_seed(0)
    detector = BodyDetector().eval()
    with torch.no_grad():
        detector.kp.weight.normal_(std=0.05)
        plain = torch.full((1, 3, 256, 256), 0.5)
        marked = plain.clone()
        marked[:, :, 150:200, 40:90] = 1
        assert float((detector(marked, NOWHERE) - detector(plain, NOWHERE)).abs().max()) > 0.02


def test_no_keypoint_lies_in_the_face() -> None:
    torch.manual_seed(0)
    detector, inside = BodyDetector().eval(), torch.from_numpy(face_mesh.region(face(size=0.5)))
    with torch.no_grad():
        detector.kp.weight.normal_(std=0.2)
        found = detector(torch.rand(4, 3, 256, 256), inside.expand(4, 1, 64, 64))
    at = ((found + 1) * 31.5).round().long().clamp(0, 63).flatten(0, 1)
    assert float(inside.mean()) > 0.1
    assert float(inside[at[:, 1], at[:, 0]].mean()) < 0.1  # the mean of a heatmap around it may lie in it


def test_the_body_moves_like_its_nearest_keypoint() -> None:
    torch.manual_seed(0)
    model = FaceModel().eval()
    network = model.motion
    assert isinstance(network, MotionNetwork)
    with torch.no_grad():
        assert network.out.bias is not None
        network.out.bias[:4] = torch.tensor([0.0, 0.0, 20.0, 0.0])  # the body's mask, everywhere but in the face
        home = model.body(torch.zeros(1, 3, 256, 256), NOWHERE)
        body = FaceBody(home, home + torch.tensor([0.1, 0.0]))
        motion = network(torch.rand(1, 16, 64, 64), maps(), body)
    flow = motion.flow[0].numpy()
    np.testing.assert_allclose(flow[0, -4:], -0.1, atol=1e-3)  # backward: the source lies to the left
    np.testing.assert_allclose(flow[1, -4:], 0, atol=1e-3)
