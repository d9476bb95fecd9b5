"""Motion of landmarks across people: the head's pose apart from what the face does.

The landmarks with their depth are a 3D face. Fitting the skull's stable points gives the head's pose
(similarity: rotation, scale, shift); undoing it leaves the face in the head's own frame, where expressions are offsets
from the neutral face. The portrait takes over the change of pose, and the offsets scaled to its face. Its lids and lips
follow the performer's *apertures*: offsets alone could not close wide eyes, nor an open mouth.

Between tracking and rendering, on the puppet thread; pure NumPy, well under a millisecond.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cache

import numpy as np

from puppet.domain import CHEST, Controls, Floats, Keypoints, Motion
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Array, Head, face_of, fit_head, moved_head, rotation_matrix, rotation_vector

# How far the portrait may go from its picture when limits are on.
_ROTATION_LIMIT_RAD = np.radians((24.0, 30.0, 35.0))  # pitch, yaw, roll
_SHIFT_LIMIT = np.array((0.18, 0.12))  # of half the square: shoulders stay, so a neck bears no more
_SCALE_LIMIT = 1.4
_SAME_OUTLINE = 0.08  # of half the square: how far apart two people's keypoints are that lie on the same
_BODY_LIMIT, _BODY_RISE = 0.25, 0.1  # of half the square; upwards less: a chest ends where the picture does
_OFFSET_LIMIT = 1.1  # of the mean face's radius: the lower lip of a mouth as wide open as it gets
_GAZE_LIMIT = 0.36  # of the eye's width, from its middle: the iris' rim just reaches the corner

_OTHER_PROPORTIONS = 3.0  # a face longer or wider than this, relative to the other, is no face
_SMALL_MOUTH = 0.5  # a mouth smaller than this, relative to the other, moves as one of this size

# Below this aperture, in widths of the eye, an eye is closed: MediaPipe's lids seldom meet. Open eyes have about 0.2.
_CLOSED_EYE = 0.06
_WIDEST, _THICKEST = 1.6, 2.0  # times the neutral aperture of the eyes, the neutral thickness of the lips

# How an aperture's change is shared out, as measured on blinks and on talk: rows from the margin outwards.
_UPPER_LID_ROWS = np.array((0.87, 0.22, 0.10))
_LOWER_LID_ROWS = np.array((0.13, 0.13, 0.06))
_UPPER_LIP_SHARE, _LOWER_LIP_SHARE = 0.35, 0.65


def drive(source: Keypoints, driving: Keypoints, neutral: Keypoints | None, controls: Controls) -> Keypoints:
    """The portrait's landmarks when the performer's are `driving`.

    Relative: the head moves from the portrait's own pose as the performer's moved from `neutral`, and so does the face.
    Absolute: the head takes the performer's pose, position and size as they are in the performer's crop; the face
    moves from `neutral`, or from an average face of the performer's proportions where there is none. In both, the eyes
    open by their ratio to the neutral, and the lips by the performer's own aperture, so that closed is closed.

    All driving poses of a performance must be normalised to one and the same box: what moves inside it is the motion.

    Args:
        source: the portrait's landmarks (478) with depth, in its crop.
        driving: the performer's, in the performer's crop.
        neutral: the performer's at rest, in the same crop; None only when the motion is absolute.
        controls: motion, gains and limits. With gains of 1 and no limits, neutral = source gives back `driving`.

    Returns:
        (478, 2) points and (478,) depth, float32, finite; `source` itself when an input is not finite.
    """
    performer = face_of(driving)
    portrait, rest = _still(source), None if neutral is None else _still(neutral)
    if portrait is None or (neutral is not None and rest is None) or not np.isfinite(performer).all():
        return source
    if controls.motion is Motion.RELATIVE and rest is None:
        raise ValueError("relative motion needs the performer's neutral pose")
    at_rest = rest.head if rest is not None else fit_head(performer)
    now = at_rest if rest is None else moved_head(at_rest, rest.face, performer)
    start = portrait.head if controls.motion is Motion.ABSOLUTE else at_rest
    head = _head(portrait.head, start, now, controls, portrait.face)
    body = _body(source, driving, neutral, portrait.head.size / start.size, controls)
    performed = now.to_own(performer)
    rested = rest.own if rest is not None else _average_rest(performed)
    posed = head.to_camera(_expression(portrait.own, performed, rested, controls))
    return Keypoints(posed[:, :2].astype(np.float32), posed[:, 2].astype(np.float32), body=body)


@dataclass(frozen=True, slots=True)
class _Still:
    """A pose that stays from frame to frame, the portrait's or the neutral one, analysed.

    Attributes:
        keypoints: whose.
        face: (478, 3).
        head: its pose.
        own: (478, 3): the face in its head's own frame.
    """

    keypoints: Keypoints
    face: Array
    head: Head
    own: Array


_stills: deque[_Still] = deque(maxlen=4)  # analysing them anew costs a fifth of `drive`


def _still(keypoints: Keypoints) -> _Still | None:
    """The analysis of a pose, remembered for the last few objects; None when it is not finite."""
    for known in tuple(_stills):
        if known.keypoints is keypoints:
            return known
    face = face_of(keypoints)
    if not np.isfinite(face).all():
        return None
    head = fit_head(face)
    still = _Still(keypoints, face, head, head.to_own(face))
    _stills.append(still)
    return still


def unrest(face: Keypoints) -> float:
    """How far landmarks are from a frontal face with open eyes and closed lips: 0 at best, unfit as neutral above 1."""
    points = face_of(face)
    head = fit_head(points)
    pitch, yaw, roll = np.abs(rotation_vector(head.rotation))
    own = head.to_own(points)
    lips = max(float(_lip_gap(own).mean()), 0.0)
    eyes = min(_openness(own, eye) for eye in (0, 1))
    # Cameras look up or down at people, so a pitch says least.
    signs = (pitch / np.radians(35), yaw / np.radians(20), roll / np.radians(25), lips / 0.15, max(0.3 - eyes, 0) / 0.2)
    return float(np.linalg.norm(signs))


# -- the head --


def _head(own: Head, start: Head, now: Head, controls: Controls, portrait: Array) -> Head:
    """The portrait's head after the motion from `start` to `now`: the performer's, or `start` the portrait's own."""
    turn = controls.strength * rotation_vector(now.rotation @ start.rotation.T)
    growth = controls.strength * float(np.log(now.size / start.size))
    shift = controls.strength * (now.centre - start.centre) * own.size / start.size
    if controls.limits:
        turn = _softly_within(turn, _turn_limit(turn, own))
        growth = float(_softly_within(np.array(growth), np.log(_SCALE_LIMIT)))
        shift = np.append(_kept_inside(shift[:2], portrait), shift[2])
    return Head(rotation_matrix(turn) @ own.rotation, own.size * float(np.exp(growth)), own.centre + shift)


def _body(
    source: Keypoints, driving: Keypoints, neutral: Keypoints | None, scale: float, controls: Controls
) -> Floats | None:
    """The portrait's body after the performer's, with the paper's transfer; still where one of them was not seen."""
    own, now, rest = (pose.body if pose else None for pose in (source, driving, neutral))
    relative = controls.motion is Motion.RELATIVE
    if own is None or now is None or (relative and rest is None):
        return own
    shift = controls.strength * ((now - rest) * scale if relative and rest is not None else now - own)
    if rest is not None:
        shift = shift * _alike(own, rest)
    if controls.limits:
        length = np.linalg.norm(shift, axis=1, keepdims=True)
        shift = shift * _softly_within(length, _BODY_LIMIT) / np.maximum(length, 1e-9)
        shift[:, 1] = np.where(shift[:, 1] < 0, _softly_within(shift[:, 1], _BODY_RISE), shift[:, 1])
    moved: Floats = (own + shift).astype(np.float32)
    return moved


def _alike(own: Floats, rest: Floats) -> Array:
    """(BODY_KEYPOINTS, 1) in [0, 1]: how far each keypoint says the same of both people at rest.

    Shoulders move alike on everybody. Hair does not: the outline of a short cut would pull long hair apart.
    """
    share = np.exp(-(((own - rest) / _SAME_OUTLINE) ** 2).sum(1, keepdims=True) / 2)
    share[CHEST] = 1
    return np.asarray(share, np.float64)


def _turn_limit(turn: Array, own: Head) -> Array:
    """(3,) radians: how far a head may turn; less towards the cheek that its picture hides."""
    limit = _ROTATION_LIMIT_RAD.copy()
    aside = float(rotation_vector(own.rotation)[1])
    if turn[1] * aside < 0:
        limit[1] -= min(0.5 * abs(aside), 0.5 * limit[1])
    return limit


def _kept_inside(shift: Array, portrait: Array) -> Array:
    """A shift (2,) limited so that the face stays in the square and the neck is not stretched; a little is free."""
    low, high = portrait[:, :2].min(0), portrait[:, :2].max(0)
    room = np.where(shift > 0, 1 - high, low + 1)
    return _softly_within(shift, np.clip(room, 0.08, _SHIFT_LIMIT))


def _softly_within(values: Array, limit: Array | float) -> Array:
    """Values unchanged up to 0.7 of the limit (> 0), then approaching it."""
    knee = 0.7 * np.asarray(limit)
    span = np.asarray(limit) - knee
    beyond = np.maximum(np.abs(values) - knee, 0)
    kept: Array = np.sign(values) * (np.minimum(np.abs(values), knee) + span * np.tanh(beyond / span))
    return kept


# -- the face --


@dataclass(frozen=True, slots=True)
class _Change:
    """What the performer's face does, for one portrait. Faces are (478, 3), each in its head's own frame.

    Attributes:
        portrait: the portrait's face in its picture.
        performed: the performer's now.
        rested: the performer's at rest.
        offset: (478, 3) from `rested` to `performed`, with gains and limits.
        scale: (478, 3) from the performer's face to the portrait's.
        controls: the gains and limits.
    """

    portrait: Array
    performed: Array
    rested: Array
    offset: Array
    scale: Array
    controls: Controls


def _expression(portrait: Array, performed: Array, rested: Array, controls: Controls) -> Array:
    """The portrait's face in its head's frame."""
    offset = (performed - rested) * _gains(controls)
    if controls.limits:
        length = np.linalg.norm(offset, axis=1, keepdims=True)
        offset *= _softly_within(length, _OFFSET_LIMIT) / np.maximum(length, 1e-9)
    change = _Change(portrait, performed, rested, offset, _scale(portrait, rested), controls)
    face = portrait + offset * change.scale
    for eye in (0, 1):
        _follow_eye(face, eye, change)
    for lip in (lm.UPPER_LIPS, lm.LOWER_LIPS):
        _follow_thickness(face, lip, change)
    _follow_aperture(face, change)
    return face


def _scale(portrait: Array, rested: Array) -> Array:
    """(478, 3): how much larger movements are in the portrait's face, by the proportions of the two.

    Around a mouth that is small for its face, as drawn ones often are, they are smaller than elsewhere. Around a wide
    one they are not larger: it may well be smiling.
    """
    whole = np.clip(_proportions(portrait) / _proportions(rested), 1 / _OTHER_PROPORTIONS, _OTHER_PROPORTIONS)
    mouths = [max(float(np.ptp(face[lm.MOUTH_CORNERS, 0])), 1e-6) for face in (portrait, rested)]
    small = float(np.clip(mouths[0] / mouths[1] / whole[0], _SMALL_MOUTH, 1))
    scale: Array = whole * (1 - (1 - small) * _near_mouth())
    return scale


@cache
def _near_mouth() -> Array:
    """(478, 1) in [0, 1]: 1 at the lips, less with the distance from them."""
    mean = lm.mean_face()
    lips = mean[np.concatenate([lm.UPPER_LIPS.ravel(), lm.LOWER_LIPS.ravel(), lm.LIP_CORNERS])]
    distance = np.linalg.norm(mean[:, None] - lips[None], axis=2).min(1, keepdims=True)
    weight: Array = np.exp(-((distance / 0.4) ** 2))
    return weight


def _average_rest(performed: Array) -> Array:
    """A stand-in for a performer's face at rest: average where faces are expressive, the performer's own elsewhere."""
    average = lm.mean_face() * (_proportions(performed) / _proportions(lm.mean_face()))
    rest = performed.copy()
    rest[:, 1] -= _lip_pull() @ (_lip_gap(performed) - _lip_gap(average))  # the jaw's share of an open mouth
    rest += _expressive() * (average - rest)
    return rest


@cache
def _expressive() -> Array:
    """(478, 1) in [0, 1]: 1 at lips, lids, brows and irises, less with the distance from them."""
    mean = lm.mean_face()
    rows = [lm.UPPER_LIPS, lm.LOWER_LIPS, *lm.UPPER_LIDS, *lm.LOWER_LIDS, *lm.IRISES, *lm.BROWS]
    centres = mean[np.concatenate([row.ravel() for row in rows])]
    distance = np.linalg.norm(mean[:, None] - centres[None], axis=2).min(1, keepdims=True)
    weight: Array = np.exp(-((distance / 0.2) ** 2))
    weight[lm.STABLE] = 0
    return weight


def _proportions(face: Array) -> Array:
    """(3,) width, height and their mean of a face in its head's frame, from points that do not move."""
    width = np.abs(face[[356, 454, 263, 362], 0] - face[[127, 234, 33, 133], 0]).sum()
    height = np.abs(face[[2, 4], 1] - face[[10, 151], 1]).sum()
    return np.maximum((width, height, (width * height) ** 0.5), 1e-6)


def _gains(controls: Controls) -> Array:
    """(478, 1): the upper face follows the eyes' gain, the lower the mouth's."""
    lower = _lower_face()
    return controls.mouth * lower + controls.eyes * (1 - lower)


@cache
def _lower_face() -> Array:
    """(478, 1) in [0, 1]: 0 from the lower lids up, 1 from the nose's base down."""
    t = np.clip((lm.mean_face()[:, 1:2] + 0.25) / 0.5, 0, 1)
    weight: Array = t * t * (3 - 2 * t)
    return weight


def _follow_eye(face: Array, eye: int, change: _Change) -> None:
    """Set lids and iris of one eye of `face`: apertures by ratio to the rest, the gaze in widths of the eye."""
    upper, lower, iris = lm.UPPER_LIDS[eye], lm.LOWER_LIDS[eye], lm.IRISES[eye]
    width, width_at_rest = (_eye_width(points, eye) for points in (change.portrait, change.rested))
    ratio, gain = width / width_at_rest, change.controls.eyes
    face[iris] += change.offset[iris] * (ratio - change.scale[iris])
    own, rest, now = (_gap(points, upper, lower) for points in (change.portrait, change.rested, change.performed))
    opening = float((now - rest).mean()) / max(float(rest.mean()) - _CLOSED_EYE * width_at_rest, 0.03 * width_at_rest)
    closing = 1 - float(np.clip(1 + gain * opening, 0, _WIDEST))
    # As the performer's lids move, and giving up what the portrait's eye is wider than the performer's as it closes.
    target = own + gain * ratio * (now - rest) - closing * (own - ratio * rest)
    target = np.maximum(target, np.minimum(ratio * now, 0))
    shift = target - _gap(face, upper, lower)
    face[upper, 1] -= _UPPER_LID_ROWS[:, None] * shift
    face[lower, 1] += _LOWER_LID_ROWS[:, None] * shift
    if change.controls.limits:
        aside = face[iris[0], 0] - face[lm.EYE_CORNERS[eye], 0].mean()
        face[iris, 0] += _softly_within(np.array(aside), _GAZE_LIMIT * width) - aside


def _eye_width(face: Array, eye: int) -> float:
    return max(float(np.ptp(face[lm.EYE_CORNERS[eye], 0])), 1e-6)


def _openness(face: Array, eye: int) -> float:
    """The mean aperture of an eye's lids in widths of the eye."""
    return float(_gap(face, lm.UPPER_LIDS[eye], lm.LOWER_LIDS[eye]).mean()) / _eye_width(face, eye)


def _lip_gap(points: Array) -> Array:
    return _gap(points, lm.UPPER_LIPS, lm.LOWER_LIPS)


def _gap(points: Array, upper: lm.Indices, lower: lm.Indices) -> Array:
    """How far each column's margins are apart, downwards."""
    gap: Array = points[lower[0], 1] - points[upper[0], 1]
    return gap


def _follow_thickness(face: Array, rows: lm.Indices, change: _Change) -> None:
    """Set how thick a lip of `face` is, by ratio to the rest: offsets alone would turn a thin lip inside out."""
    inner, outer = rows[0], rows[-1]
    points_of = (change.portrait, change.rested, change.performed)
    own, rest, now = (points[outer, 1] - points[inner, 1] for points in points_of)
    gain, scale = change.controls.mouth, change.scale[inner, 1]
    thinning = 1 - np.clip(1 + gain * (now - rest) / _away_from_zero(rest), 0, _THICKEST)
    target = own + gain * scale * (now - rest) - thinning * (own - scale * rest)
    shift = target - (face[outer, 1] - face[inner, 1])
    face[rows, 1] += np.linspace(0, 1, len(rows))[:, None] * shift


def _away_from_zero(values: Array) -> Array:
    return np.where(values < 0, -1, 1) * np.maximum(np.abs(values), 0.01)


def _follow_aperture(face: Array, change: _Change) -> None:
    """Give the lips of `face` the performer's aperture instead of the portrait's own plus its change."""
    rest = change.scale[lm.LOWER_LIPS[0], 1] * _lip_gap(change.rested)
    face[:, 1] += _lip_pull() @ (min(change.controls.mouth, 1.0) * (rest - _lip_gap(change.portrait)))


@cache
def _lip_pull() -> Array:
    """(478, columns): how far each point moves down when a column of the lips opens by 1.

    Lips move whole, the skin around them less with distance, as far as the chin and the nose's base.
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
