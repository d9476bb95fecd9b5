"""Motion transfer of learned keypoints: results of the original code, and identities that hold for any pose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from puppet.domain import Controls, Keypoints, Motion
from puppet.motion.keypoint_transfer import drive, move_segmentation, movement_scale, transfer

GOLDEN = Path(__file__).parents[2] / ".." / "shared" / "golden"
needs_golden = pytest.mark.skipif(not GOLDEN.exists(), reason="needs ../shared/golden, results of the original code")
_SEEDS = st.integers(0, 2**32 - 1)


def pose(seed: int, count: int = 10) -> Keypoints:
    """A random pose with well-conditioned jacobians and covariances."""
    random = np.random.default_rng(seed)
    twist = random.uniform(-0.3, 0.3, (count, 2, 2))
    root = np.eye(2) + random.uniform(-0.3, 0.3, (count, 2, 2))
    return Keypoints(
        random.uniform(-0.8, 0.8, (count, 2)).astype(np.float32),
        jacobians=(np.eye(2) + twist).astype(np.float32),
        covariances=(0.01 * root @ root.transpose(0, 2, 1)).astype(np.float32),
    )


def assert_same(a: Keypoints, b: Keypoints, atol: float = 1e-5) -> None:
    np.testing.assert_allclose(a.points, b.points, atol=atol)
    for one, other in ((a.jacobians, b.jacobians), (a.covariances, b.covariances)):
        assert one is not None
        assert other is not None
        np.testing.assert_allclose(one, other, atol=atol)


FOMM_MODES = [
    pytest.param("absolute", {"relative": False}, id="absolute"),
    pytest.param("relative", {"relative_jacobians": False, "adapt_scale": False}, id="relative"),
    pytest.param("relative_jac", {"adapt_scale": False}, id="relative with jacobians"),
    pytest.param("relative_jac_adapt", {}, id="relative with jacobians and scale"),
    # The original computes a scale and does not use it when motion is absolute.
    pytest.param("adapt_only", {"relative": False, "adapt_scale": True}, id="scale alone"),
]
MONKEY_MODES = [
    pytest.param("none", {"relative": False}, id="none"),
    pytest.param("move_location", {"adapt_scale": False}, id="moved"),
    pytest.param("move_location_mult", {"adapt_scale": True}, id="moved and scaled"),
    pytest.param("adapt_variance", {"adapt_scale": False, "adapt_variance": True}, id="covariances"),
    pytest.param("clip_mean", {"adapt_scale": True, "clip_points": True}, id="scaled and clipped"),
]


@needs_golden
@pytest.mark.parametrize(("mode", "options"), FOMM_MODES)
def test_fomm_is_normalised_as_by_the_original(mode: str, options: dict[str, bool]) -> None:
    golden = np.load(GOLDEN / "fomm" / "golden.npz")

    def keypoints(name: str, index: int) -> Keypoints:
        return Keypoints(golden[f"{name}/value"][index], jacobians=golden[f"{name}/jacobian"][index])

    for index in (0, 1):
        driven = transfer(
            keypoints("kp_source", 0), keypoints("kp_driving", index), keypoints("kp_initial", 0), **options
        )
        np.testing.assert_allclose(driven.points, golden[f"norm/{mode}/{index}/value"][0], atol=1e-6)
        assert driven.jacobians is not None
        np.testing.assert_allclose(driven.jacobians, golden[f"norm/{mode}/{index}/jacobian"][0], atol=1e-6)


@needs_golden
@pytest.mark.parametrize(("mode", "options"), MONKEY_MODES)
def test_monkeynet_is_normalised_as_by_the_original(mode: str, options: dict[str, bool]) -> None:
    golden = np.load(GOLDEN / "monkeynet" / "golden.npz")

    def keypoints(name: str, time: int) -> Keypoints:
        return Keypoints(golden[f"{name}/mean"][0, time], covariances=golden[f"{name}/var"][0, time])

    for time in range(4):
        driven = transfer(
            keypoints("kp_source", 0), keypoints("kp_driving", time), keypoints("kp_driving", 0), **options
        )
        np.testing.assert_allclose(driven.points, golden[f"norm/{mode}/mean"][0, time], atol=1e-6)
        assert driven.covariances is not None
        np.testing.assert_allclose(driven.covariances, golden[f"norm/{mode}/var"][0, time], atol=1e-6)


@given(_SEEDS, _SEEDS)
def test_the_neutral_pose_shows_the_source(source: int, neutral: int) -> None:
    assert_same(transfer(pose(source), pose(neutral), pose(neutral), adapt_variance=True), pose(source))


@given(_SEEDS, _SEEDS)
def test_a_source_in_the_neutral_pose_follows_exactly(driving: int, neutral: int) -> None:
    assert_same(transfer(pose(neutral), pose(driving), pose(neutral), adapt_variance=True), pose(driving))


@given(_SEEDS, _SEEDS, _SEEDS)
def test_a_motion_and_its_inverse_lead_back(source: int, driving: int, neutral: int) -> None:
    there = transfer(pose(source), pose(driving), pose(neutral), adapt_scale=False)
    back = transfer(there, pose(neutral), pose(driving), adapt_scale=False)
    assert_same(replace(back, covariances=pose(source).covariances), pose(source), atol=1e-4)


@given(_SEEDS, _SEEDS, _SEEDS, st.floats(-1, 1), st.floats(0.2, 3))
def test_a_larger_or_shifted_source_moves_as_much_larger(
    source: int, driving: int, neutral: int, shift: float, scale: float
) -> None:
    def changed(keypoints: Keypoints) -> Keypoints:
        return replace(keypoints, points=(keypoints.points * scale + shift).astype(np.float32))

    moved = transfer(changed(pose(source)), pose(driving), pose(neutral))
    expected = changed(transfer(pose(source), pose(driving), pose(neutral)))
    np.testing.assert_allclose(moved.points, expected.points, rtol=1e-3, atol=1e-3 * max(scale, 1))


@given(_SEEDS, _SEEDS, _SEEDS)
def test_adapted_covariances_are_symmetric_and_positive(source: int, driving: int, neutral: int) -> None:
    covariances = transfer(pose(source), pose(driving), pose(neutral), adapt_variance=True).covariances
    assert covariances is not None
    np.testing.assert_array_equal(covariances, covariances.transpose(0, 2, 1))
    assert (np.linalg.eigvalsh(covariances.astype(np.float64)) > 0).all()


def test_a_covariance_turned_inside_out_is_made_positive() -> None:
    def of(matrix: NDArray[np.float64]) -> Keypoints:
        return Keypoints(np.zeros((1, 2), np.float32), covariances=matrix[None].astype(np.float32))

    flipped = np.diag((0.01, -0.01))
    covariances = transfer(
        of(np.eye(2)), of(flipped), of(np.eye(2)), adapt_scale=False, adapt_variance=True
    ).covariances
    assert covariances is not None
    np.testing.assert_allclose(np.linalg.eigvalsh(covariances[0]), (1e-6, 0.01), rtol=1e-3)


def test_points_stay_inside_when_clipped() -> None:
    far = Keypoints(np.array([(3, -0.5), (0, -7)], np.float32))
    np.testing.assert_array_equal(
        transfer(far, far, far, relative=False, clip_points=True).points, [(1, -0.5), (0, -1)]
    )


def test_a_flat_neutral_jacobian_gives_numbers_all_the_same() -> None:
    flat = replace(pose(2), jacobians=np.zeros((10, 2, 2), np.float32))
    jacobians = transfer(pose(1), pose(3), flat).jacobians
    assert jacobians is not None
    assert np.isfinite(jacobians).all()


def test_relative_motion_needs_a_neutral_pose() -> None:
    with pytest.raises(ValueError, match="neutral"):
        transfer(pose(0), pose(1), None)


def test_the_movement_scale_is_the_ratio_of_the_hulls_sides() -> None:
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0.5)], np.float32)
    assert movement_scale(square * 3, square) == pytest.approx(3)


def test_points_in_a_line_have_no_movement_scale() -> None:
    line = np.array([(0, 0), (1, 1), (2, 2)], np.float32)
    assert movement_scale(line, pose(0).points) == 1
    assert movement_scale(pose(0).points, line) == 1
    assert movement_scale(line[:2], line[:2]) == 1


def test_strength_scales_the_movement_of_learned_keypoints() -> None:
    source, driving, neutral = pose(1), pose(2), pose(3)
    full = drive(source, driving, neutral, Controls())
    half = drive(source, driving, neutral, Controls(strength=0.5))
    np.testing.assert_allclose(half.points, (full.points + source.points) / 2, atol=1e-6)


def test_absolute_motion_takes_learned_keypoints_as_they_are() -> None:
    driven = drive(pose(1), pose(2), None, Controls(motion=Motion.ABSOLUTE))
    assert_same(driven, pose(2))


def segmented(seed: int = 1, count: int = 3, side: int = 33) -> Keypoints:
    """A pose with a soft disc around each of its points as segments."""
    keypoints = pose(seed, count)
    axis = np.linspace(-1, 1, side)
    grid = np.stack(np.meshgrid(axis, axis), -1)
    apart = np.linalg.norm(grid - keypoints.points[:, None, None], axis=-1)
    discs = np.clip(1.5 - apart / 0.2, 0, 1) / count
    return replace(
        keypoints, covariances=None, segmentation=np.concatenate([1 - discs.sum(0)[None], discs]).astype(np.float32)
    )


@given(_SEEDS)
def test_segments_that_do_not_move_stay_as_they_are(seed: int) -> None:
    source = segmented(seed)
    assert source.segmentation is not None
    np.testing.assert_allclose(move_segmentation(source, source), source.segmentation, atol=1e-4)


def test_segments_follow_their_points_and_show_nothing_of_the_source_twice() -> None:
    still = replace(segmented(), jacobians=np.broadcast_to(np.eye(2, dtype=np.float32), (3, 2, 2)))
    assert still.segmentation is not None
    step = np.float32(4 * 2 / 32)  # four pixels of the segmentation
    there = move_segmentation(still, replace(still, points=still.points + np.array((step, 0), np.float32)))
    moved = still.segmentation[:, :, :-4]
    free = still.segmentation[0, :, 4:] == 1  # where the source's own picture has nothing but background
    assert (moved[0][free] < 1).any()
    np.testing.assert_allclose(there[:, :, 4:][:, free], moved[:, free], atol=1e-4)
    # Where they came from is no background either, or the source would be seen there as well.
    assert (there[0, :, 4:] <= np.minimum(moved[0], still.segmentation[0, :, 4:]) + 1e-4).all()
    assert (there[1:, :, 4:] >= moved[1:] - 1e-4).all()
    np.testing.assert_allclose(there.sum(0), 1, atol=1e-5)


def test_relative_motion_moves_the_sources_segments_and_absolute_takes_the_drivings() -> None:
    source, driving, neutral = segmented(1), segmented(2), segmented(3)
    assert source.segmentation is not None
    resting = drive(source, neutral, neutral, Controls())
    assert resting.segmentation is not None
    np.testing.assert_allclose(resting.segmentation, source.segmentation, atol=1e-3)
    absolute = drive(source, driving, neutral, Controls(motion=Motion.ABSOLUTE))
    assert absolute.segmentation is driving.segmentation


def test_monkey_nets_covariances_are_adapted_and_its_points_clipped() -> None:
    source, driving, neutral = pose(1), pose(2), pose(3)
    moved = drive(source, driving, neutral, Controls())
    expected = transfer(source, driving, neutral, adapt_variance=True, clip_points=True)
    assert_same(moved, expected, atol=0)
    assert np.abs(moved.points).max() <= 1
