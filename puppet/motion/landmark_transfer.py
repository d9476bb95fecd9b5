"""Motion transfer for landmarks: head pose and expression of the performer, applied to the portrait separately.

The landmarks with their depth are a 3D face. Fitting the skull's stable points gives the head's pose (similarity:
rotation, scale, shift); undoing it leaves the face in the head's own frame, where an expression is the offset from the
neutral face. The portrait takes over the change of pose and the offsets, scaled to its face. Its lids and lips follow
the performer's *apertures*: offsets alone cannot close wide eyes or an open mouth.

Between tracking and rendering; NumPy only, well under a millisecond. `drive` is a pure function, safe on any thread; a
`LandmarkTransfer` belongs to one thread.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from puppet.domain import CHEST, Controls, Floats, Keypoints, Lids, Motion
from puppet.geometry import landmarks as lm
from puppet.geometry.apertures import eye_width, lid_gap, lip_gap, lower_face
from puppet.geometry.head_pose import Array, Head, face_of, fit_head, moved_head, rotation_matrix, rotation_vector
from puppet.motion.flow_transfer import driven_appearance, driven_flow
from puppet.motion.head_limits import limited_shift, soft_limit, turn_limit

# Largest deviation from the portrait's own pose with limits on; of the head: head_limits.
_SCALE_LIMIT = 1.4
_SAME_OUTLINE = 0.08  # of half the square: standard deviation between two people's keypoints on the same body part
_BODY_LIMIT, _BODY_RISE = 0.25, 0.1  # of half the square; upwards less: a chest ends at the picture's lower border
_OFFSET_LIMIT = 1.1  # of the mean face's radius: the lower lip of a mouth opened as wide as possible
_GAZE_LIMIT = 0.36  # of the eye's width, from its middle: the iris' rim just reaches the corner

_LARGEST_PROPORTION = 3.0  # largest ratio of two faces' lengths or widths; more is a failed detection
_SMALLEST_MOUTH = 0.5  # smallest ratio of two faces' mouths; a smaller mouth moves as one of this size

# Aperture below which an eye counts as closed, in widths of the eye: MediaPipe's lids seldom meet. Open: about 0.2.
_CLOSED_EYE = 0.06
_WINK = 0.2, 0.5  # difference of the eyes' ratios to the neutral aperture: where a wink begins, and is complete
_WIDEST, _THICKEST = 1.6, 2.0  # largest ratio to the neutral aperture of the eyes, to the neutral thickness of the lips

# Distribution of an aperture's change, measured on blinks and speech: rows from the margin outwards.
_UPPER_LID_ROWS = np.array((0.87, 0.22, 0.10))
_LOWER_LID_ROWS = np.array((0.13, 0.13, 0.06))
_UPPER_LIP_SHARE, _LOWER_LIP_SHARE = 0.35, 0.65


def drive(
    source: Keypoints,
    driving: Keypoints,
    neutral: Keypoints | None,
    controls: Controls,
    shown: Floats | None = None,
) -> Keypoints:
    """Return the portrait's landmarks for one pose; see `LandmarkTransfer`, which is faster for a series of poses."""
    return LandmarkTransfer()(source, driving, neutral, controls, shown)


class LandmarkTransfer:
    """The `follower.Transfer` of landmark packs; caches the analysis of the portrait's and the neutral pose.

    Relative motion: the head moves from the portrait's own pose as the performer's moved from `neutral`, and so does
    the face. Absolute motion: the head takes the performer's pose, position and size in the performer's crop; the face
    moves from `neutral`, or, without one, from an average face of the performer's proportions. In both, the eyes open
    by their ratio to the neutral pose, and the lips by the performer's own aperture, so that closed lips stay closed.
    """

    def __init__(self) -> None:
        self._recent: deque[_Analysis] = deque(maxlen=4)  # saves a fifth of the time

    def __call__(
        self,
        source: Keypoints,
        driving: Keypoints,
        neutral: Keypoints | None,
        controls: Controls,
        shown: Floats | None = None,
    ) -> Keypoints:
        """Return the portrait's landmarks for the performer's pose `driving`.

        Args:
            source: the portrait's 478 landmarks with depth, in its crop.
            driving: the performer's, in the performer's crop, which must be the same box for a whole performance.
            neutral: the performer's neutral pose, in the same crop; None only when the motion is absolute.
            controls: motion, gains and limits. With gains of 1 and no limits, neutral = source returns `driving`.
            shown: turns of further pictures of the portrait, as of `shown_turns`.

        Returns:
            (478, 2) points, (478,) depth and the body, float32, finite; `source` itself when an input is not finite.

        Raises:
            ValueError: relative motion without a neutral pose, or keypoints that are not landmarks.
        """
        controls, performer = controls.limited_to_parts, face_of(driving)
        portrait, rest = self._analyse(source), None if neutral is None else self._analyse(neutral)
        if portrait is None or (neutral is not None and rest is None) or not np.isfinite(performer).all():
            return source
        if controls.motion is Motion.RELATIVE and rest is None:
            raise ValueError("Relative motion needs the performer's neutral pose")
        at_rest = rest.head if rest is not None else fit_head(performer)
        now = at_rest if rest is None else moved_head(at_rest, rest.face, performer)
        start = portrait.head if controls.motion is Motion.ABSOLUTE else at_rest
        head = _driven_head(portrait.head, start, now, controls, portrait.face, shown)
        body = _driven_body(source, driving, neutral, portrait.head.size / start.size, controls)
        performed = now.to_own(performer)
        rested = rest.own if rest is not None else _average_rest(performed)
        face = head.to_camera(_driven_expression(portrait.own, performed, rested, controls))
        driven = Keypoints(face[:, :2].astype(np.float32), face[:, 2].astype(np.float32), body=body)
        if driving.flow is None or rest is None or controls.motion is Motion.ABSOLUTE:
            return driven
        gain = controls.strength * controls.shift
        flow = driven_flow(driving.flow, portrait.own, (portrait.head, head), (rest.head, now), gain)
        return replace(driven, flow=flow, appearance=driven_appearance(driving.appearance, portrait.head, rest.head))

    def _analyse(self, keypoints: Keypoints) -> _Analysis | None:
        """Return the analysis of a pose, cached for the last few objects; None when the pose is not finite."""
        for known in self._recent:
            if known.keypoints is keypoints:
                return known
        face = face_of(keypoints)
        if not np.isfinite(face).all():
            return None
        head = fit_head(face)
        self._recent.append(_Analysis(keypoints, face, head, head.to_own(face)))
        return self._recent[-1]


@dataclass(frozen=True, slots=True)
class _Analysis:
    """Head pose and face of the portrait's pose or of the neutral pose.

    Attributes:
        keypoints: the pose.
        face: (478, 3): its landmarks with depth.
        head: its head pose.
        own: (478, 3): the face in the head's own frame.
    """

    keypoints: Keypoints
    face: Array
    head: Head
    own: Array


# -- the head --


def _driven_head(own: Head, start: Head, now: Head, controls: Controls, portrait: Array, shown: Floats | None) -> Head:
    """Return the portrait's head, `own` in its picture, after the motion from `start` (absolute: `own`) to `now`."""
    gains = controls.strength * np.array((controls.tilt, controls.turn, controls.tilt))  # pitch, yaw, roll
    turn = gains * rotation_vector(now.rotation @ start.rotation.T)
    moving = controls.strength * controls.shift
    growth = moving * float(np.log(now.size / start.size))
    shift = moving * (now.centre - start.centre) * own.size / start.size
    if controls.limits:
        turn = soft_limit(turn, turn_limit(turn, own, shown))
        growth = float(soft_limit(np.array(growth), np.log(_SCALE_LIMIT)))
        shift = np.append(limited_shift(shift[:2], portrait), shift[2])
    return Head(rotation_matrix(turn) @ own.rotation, own.size * float(np.exp(growth)), own.centre + shift)


def _driven_body(
    source: Keypoints, driving: Keypoints, neutral: Keypoints | None, scale: float, controls: Controls
) -> Floats | None:
    """Return the portrait's body moved by FOMM's transfer; unmoved when a pose has no body."""
    own, now, rest = (pose.body if pose else None for pose in (source, driving, neutral))
    relative = controls.motion is Motion.RELATIVE
    if own is None or now is None or (relative and rest is None):
        return own
    shift = controls.strength * controls.shift * ((now - rest) * scale if relative and rest is not None else now - own)
    if rest is not None:
        shift = shift * _body_similarity(own, rest)
    if controls.limits:
        length = np.linalg.norm(shift, axis=1, keepdims=True)
        shift = shift * soft_limit(length, _BODY_LIMIT) / np.maximum(length, 1e-9)
        shift[:, 1] = np.where(shift[:, 1] < 0, soft_limit(shift[:, 1], _BODY_RISE), shift[:, 1])
    moved: Floats = (own + shift).astype(np.float32)
    return moved


def _body_similarity(own: Floats, rest: Floats) -> Array:
    """Return (BODY_KEYPOINTS, 1) in [0, 1]: the similarity of each keypoint's place on portrait and performer at rest.

    Shoulders move the same on everybody. Hair does not: keypoints of short hair would distort long hair.
    """
    share = np.exp(-(((own - rest) / _SAME_OUTLINE) ** 2).sum(1, keepdims=True) / 2)
    share[CHEST] = 1
    return np.asarray(share, np.float64)


# -- the face --


@dataclass(frozen=True, slots=True)
class _Expression:
    """The performer's expression, for one portrait. Faces are (478, 3), each in its head's own frame.

    Attributes:
        portrait: the portrait's face in its picture.
        performed: the performer's face now.
        rested: the performer's face at rest.
        offset: (478, 3) from `rested` to `performed`, with gains and limits.
        scale: (478, 3) from the performer's face to the portrait's.
        controls: gains and limits.
    """

    portrait: Array
    performed: Array
    rested: Array
    offset: Array
    scale: Array
    controls: Controls


def _driven_expression(portrait: Array, performed: Array, rested: Array, controls: Controls) -> Array:
    """Return the portrait's face (478, 3) with the performer's expression, in the head's own frame."""
    offset = (performed - rested) * _gains(controls)
    if controls.limits:
        length = np.linalg.norm(offset, axis=1, keepdims=True)
        offset *= soft_limit(length, _OFFSET_LIMIT) / np.maximum(length, 1e-9)
    expression = _Expression(portrait, performed, rested, offset, _movement_scale(portrait, rested), controls)
    face = portrait + offset * expression.scale
    for eye in (0, 1):
        _set_eye(face, eye, expression)
    for lip in (lm.UPPER_LIPS, lm.LOWER_LIPS):
        _set_lip_thickness(face, lip, expression)
    _set_lip_aperture(face, expression)
    return face


def _movement_scale(portrait: Array, rested: Array) -> Array:
    """Return (478, 3): the scale of movements from the performer's face to the portrait's, by their proportions.

    It is smaller around a mouth that is small for its face, as in many drawings. It is not larger around a wide mouth,
    which may be smiling.
    """
    whole = np.clip(_proportions(portrait) / _proportions(rested), 1 / _LARGEST_PROPORTION, _LARGEST_PROPORTION)
    mouths = [max(float(np.ptp(face[lm.MOUTH_CORNERS, 0])), 1e-6) for face in (portrait, rested)]
    small = float(np.clip(mouths[0] / mouths[1] / whole[0], _SMALLEST_MOUTH, 1))
    scale: Array = whole * (1 - (1 - small) * _near_mouth())
    return scale


@cache
def _near_mouth() -> Array:
    """Return (478, 1) in [0, 1]: 1 at the lips, decreasing with the distance from them."""
    return _nearness([lm.UPPER_LIPS, lm.LOWER_LIPS, lm.LIP_CORNERS], 0.4)


def _average_rest(performed: Array) -> Array:
    """Estimate the performer's face at rest: average in expressive areas, the performer's own elsewhere."""
    average = lm.mean_face() * (_proportions(performed) / _proportions(lm.mean_face()))
    rest = performed.copy()
    rest[:, 1] -= _lip_pull() @ (lip_gap(performed) - lip_gap(average))  # the jaw's share of an open mouth
    rest += _expressiveness() * (average - rest)
    return rest


@cache
def _expressiveness() -> Array:
    """Return (478, 1) in [0, 1]: 1 at lips, lids, brows and irises, decreasing with the distance from them."""
    rows = [lm.UPPER_LIPS, lm.LOWER_LIPS, *lm.UPPER_LIDS, *lm.LOWER_LIDS, *lm.IRISES, *lm.BROWS]
    weight = _nearness(rows, 0.2)
    weight[lm.STABLE] = 0
    return weight


def _nearness(rows: list[lm.Indices], reach: float) -> Array:
    """Return (478, 1) in [0, 1]: 1 at the landmarks in `rows`, decreasing with the distance on the mean face."""
    mean = lm.mean_face()
    centres = mean[np.concatenate([row.ravel() for row in rows])]
    distance = np.linalg.norm(mean[:, None] - centres[None], axis=2).min(1, keepdims=True)
    return np.asarray(np.exp(-((distance / reach) ** 2)))


def _proportions(face: Array) -> Array:
    """Return (3,): width, height and their mean of a face in its head's frame, from points that do not move."""
    width = np.abs(face[[356, 454, 263, 362], 0] - face[[127, 234, 33, 133], 0]).sum()
    height = np.abs(face[[2, 4], 1] - face[[10, 151], 1]).sum()
    return np.maximum((width, height, (width * height) ** 0.5), 1e-6)


def _gains(controls: Controls) -> Array:
    """Return (478, 1): the gains of brows, irises and eyes on the upper face, of the mouth on the lower."""
    lower = lower_face()
    upper = controls.eyes * (1 + (controls.brows - 1) * _near_brows())
    upper[np.concatenate(lm.IRISES)] = controls.eyes * controls.gaze
    gains: Array = controls.mouth * lower + upper * (1 - lower)
    return gains


@cache
def _near_brows() -> Array:
    """Return (478, 1) in [0, 1]: 1 at the brows, decreasing with the distance from them."""
    return _nearness(list(lm.BROWS), 0.2)


def _set_eye(face: Array, eye: int, expression: _Expression) -> None:
    """Set lids and iris of one eye of `face`: apertures by their ratio to the neutral ones, gaze in eye widths."""
    iris = lm.IRISES[eye]
    width, width_at_rest = (float(eye_width(points, eye)) for points in (expression.portrait, expression.rested))
    controls = expression.controls
    ratio, gain = width / width_at_rest, controls.eyes * (controls.left_lid, controls.right_lid)[eye]
    face[iris] += expression.offset[iris] * (ratio - expression.scale[iris])
    own, rest, now = (lid_gap(points, eye) for points in (expression.portrait, expression.rested, expression.performed))
    if controls.lids is not Lids.EACH:
        ratio_to_rest, share = _shared_opening(expression, eye)
        now = now + share * (rest * ratio_to_rest - now)
    opening = float((now - rest).mean()) / max(float(rest.mean()) - _CLOSED_EYE * width_at_rest, 0.03 * width_at_rest)
    closing = 1 - float(np.clip(1 + gain * opening, 0, _WIDEST))
    # The performer's movement, minus the difference in aperture between portrait and performer as the eye closes.
    target = own + gain * ratio * (now - rest) - closing * (own - ratio * rest)
    target = np.maximum(target, np.minimum(ratio * now, 0))
    move_lids(face, eye, target - lid_gap(face, eye))
    if controls.limits:
        gaze = face[iris[0], 0] - face[lm.EYE_CORNERS[eye], 0].mean()
        face[iris, 0] += soft_limit(np.array(gaze), _GAZE_LIMIT * width) - gaze


def _shared_opening(expression: _Expression, eye: int) -> tuple[float, float]:
    """Return the opening that both eyes' lids give this one, as a ratio to the one at rest, and its share in [0, 1]."""
    faces = expression.performed, expression.rested
    gaps = [[float(lid_gap(face, each).mean()) for face in faces] for each in (0, 1)]
    openings = [now / max(rest, 1e-6) for now, rest in gaps]
    if expression.controls.lids is Lids.TOGETHER:
        return float(np.mean(openings)), 1.0
    own, other = openings[eye], openings[1 - eye]
    begin, end = _WINK
    return float(own > other), float(np.clip((abs(own - other) - begin) / (end - begin), 0, 1))


def move_lids(face: Array, eye: int, opening: Array) -> None:
    """Open the lids of one eye of `face` by `opening` in each column; negative values close them."""
    face[lm.UPPER_LIDS[eye], 1] -= _UPPER_LID_ROWS[:, None] * opening
    face[lm.LOWER_LIDS[eye], 1] += _LOWER_LID_ROWS[:, None] * opening


def _set_lip_thickness(face: Array, rows: lm.Indices, expression: _Expression) -> None:
    """Set a lip's thickness by its ratio to the neutral one: offsets alone would invert a thin lip."""
    inner, outer = rows[0], rows[-1]
    points_of = (expression.portrait, expression.rested, expression.performed)
    own, rest, now = (points[outer, 1] - points[inner, 1] for points in points_of)
    gain, scale = expression.controls.mouth, expression.scale[inner, 1]
    thinning = 1 - np.clip(1 + gain * (now - rest) / _away_from_zero(rest), 0, _THICKEST)
    target = own + gain * scale * (now - rest) - thinning * (own - scale * rest)
    shift = target - (face[outer, 1] - face[inner, 1])
    face[rows, 1] += np.linspace(0, 1, len(rows))[:, None] * shift


def _away_from_zero(values: Array) -> Array:
    return np.where(values < 0, -1, 1) * np.maximum(np.abs(values), 0.01)


def _set_lip_aperture(face: Array, expression: _Expression) -> None:
    """Set the lips' aperture to the performer's, in place of the portrait's own plus the change."""
    rest = expression.scale[lm.LOWER_LIPS[0], 1] * lip_gap(expression.rested)
    face[:, 1] += _lip_pull() @ (min(expression.controls.mouth, 1.0) * (rest - lip_gap(expression.portrait)))


@cache
def _lip_pull() -> Array:
    """Return (478, columns): the downward movement of each point when a column of the lips opens by 1.

    Lips move as a whole; the skin around them moves less with distance, as far as the chin and the nose's base.
    """
    mean = lm.mean_face()
    pull = np.zeros((lm.COUNT, lm.UPPER_LIPS.shape[1]))
    width = float(np.ptp(mean[lm.MOUTH_CORNERS, 0]))
    for rows, share, reach in ((lm.UPPER_LIPS, -_UPPER_LIP_SHARE, 0.22), (lm.LOWER_LIPS, _LOWER_LIP_SHARE, 0.6)):
        edge = mean[rows[-1]]
        distance = np.linalg.norm(mean[:, None] - edge[None], axis=2) / width
        near = np.exp(-((distance / 0.2) ** 2)) + 1e-12
        beyond = np.sign(share) * (mean[:, 1:2] - mean[lm.MOUTH_CORNERS, 1].mean()) > 0
        skin = near / near.sum(1, keepdims=True) * np.exp(-((distance.min(1, keepdims=True) / reach) ** 2)) * beyond
        skin[np.concatenate([lm.UPPER_LIPS.ravel(), lm.LOWER_LIPS.ravel(), lm.LIP_CORNERS, lm.STABLE])] = 0
        pull += share * skin
        pull[rows] += share * np.eye(rows.shape[1])
    return pull
