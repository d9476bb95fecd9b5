"""The performance in the clip's 20 seconds: speech, blinks, smiles, brows, gaze and the way the head moves.

The first 1.5 seconds are a still, frontal, neutral face, because the app calibrates there; the last frames come back to
it, so that the clip loops. All of it is a seeded random text and hand-set keys; weights are ARKit face units, 0 to 1.
"""

from __future__ import annotations

import numpy as np
from clip_performer import Moment
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

Floats = NDArray[np.float64]
RATE = 30
SECONDS = 20.0
FINE = 240  # samples a second in which speech and blinks are made before they are taken at RATE
COARTICULATION_S = 0.038  # mouths are on their way to the next sound before the last one is over
OPEN_EYES = 0.18  # the resting lids are a little heavy

BOTH = ("Left", "Right")
MOUTH = ("mouthSmile", "mouthStretch", "mouthUpperUp", "mouthLowerDown", "mouthPress")
SYMMETRIC = (*MOUTH, "browOuterUp", "browDown", "eyeBlink")  # units that come as a left and a right one
VOWELS: dict[str, dict[str, float]] = {
    "a": {"jawOpen": 0.56, "mouthLowerDown": 0.25, "mouthUpperUp": 0.18},
    "e": {"jawOpen": 0.24, "mouthStretch": 0.35, "mouthUpperUp": 0.22, "mouthLowerDown": 0.28},
    "i": {"jawOpen": 0.12, "mouthStretch": 0.45, "mouthSmile": 0.25, "mouthUpperUp": 0.28, "mouthLowerDown": 0.35},
    "o": {"jawOpen": 0.38, "mouthFunnel": 0.60},
    "u": {"jawOpen": 0.13, "mouthPucker": 0.80},
}
CONSONANTS: dict[str, dict[str, float]] = {
    "m": {"mouthPress": 0.35, "mouthRollLower": 0.25, "mouthRollUpper": 0.20},
    "f": {"jawOpen": 0.04, "mouthRollLower": 0.40, "mouthUpperUp": 0.25},
    "t": {"jawOpen": 0.12, "mouthLowerDown": 0.25, "mouthUpperUp": 0.12},
    "s": {"jawOpen": 0.05, "mouthStretch": 0.25, "mouthLowerDown": 0.40, "mouthUpperUp": 0.30},
    "l": {"jawOpen": 0.20, "mouthLowerDown": 0.22},
    "k": {"jawOpen": 0.22, "mouthStretch": 0.10},
    "w": {"jawOpen": 0.06, "mouthPucker": 0.60},
}
PHRASES = ((1.75, 4.75), (6.30, 9.20), (10.60, 13.70), (15.20, 17.40))
BLINKS = (1.62, 3.55, 5.30, 5.75, 7.85, 10.05, 11.70, 14.00, 15.05, 16.60, 18.35)
LONG_BLINK = 11.70


def _keys(text: str) -> PchipInterpolator:
    """The monotone cubic curve through keys written as "second:value second:value ..."."""
    return PchipInterpolator(*np.array([pair.split(":") for pair in text.split()], float).T)


KEYS: dict[str, PchipInterpolator] = {
    "smile": _keys(
        "0:0 4.5:0 5.1:0.95 5.9:0.9 6.4:0.1 9.0:0 9.6:0.6 10.2:0.55 10.8:0.05 17.2:0 17.8:0.9 18.5:0.8 19.2:0 20:0"
    ),
    "brows": _keys(
        "0:0 2.0:0 2.3:0.7 2.7:0.15 6.2:0 6.6:0.9 7.2:0.8 7.6:0 11.0:0 11.3:0.5 11.8:0 15.6:0 15.9:0.85 "
        "16.6:0.1 17.5:0.2 18.6:0 20:0"
    ),
    "frown": _keys("0:0 12.3:0 12.8:0.8 13.5:0.7 14.0:0 20:0"),
    "yaw": _keys(
        "0:0 1.6:0 2.6:0.10 3.6:-0.08 4.8:0.05 6.3:-0.05 7.4:-0.42 8.4:-0.43 9.6:-0.05 10.4:0.05 "
        "11.3:0.42 12.3:0.44 13.6:0.08 14.4:0.0 15.8:-0.16 17.0:0.12 18.4:0.04 19.3:0 20:0"
    ),
    "pitch": _keys(
        "0:0 1.7:0 2.2:-0.06 2.8:0.08 3.5:0.0 4.2:0.10 5.2:-0.05 6.6:-0.14 7.6:0.02 9.0:0.10 10.4:-0.02 "
        "12.8:0.14 13.9:0.05 14.6:-0.12 15.4:0.0 15.9:-0.08 16.3:0.10 16.8:-0.02 17.9:0.02 19.2:0 20:0"
    ),
    "roll": _keys(
        "0:0 2.0:0 3.4:0.06 5.2:-0.15 6.2:-0.10 7.6:0.05 9.8:0.14 11.2:-0.04 13.4:-0.10 15.2:0.03 "
        "16.6:0.16 17.8:-0.06 19.2:0 20:0"
    ),
    "x": _keys(
        "0:-0.050 1.6:-0.050 4.2:-0.018 6.2:-0.005 8.4:-0.045 10.4:-0.095 12.4:-0.070 14.6:-0.012 "
        "16.6:-0.030 19.2:-0.050 20:-0.050"
    ),
    "y": _keys("0:0.02 1.6:0.02 4.0:-0.03 6.4:0.10 9.0:0.02 11.5:-0.06 14.2:0.08 16.8:-0.05 19.2:0.02 20:0.02"),
    "z": _keys("0:0.0 1.6:0.0 3.2:-0.012 5.4:0.02 8.0:-0.015 10.6:0.012 13.2:-0.02 15.6:0.015 19.2:0 20:0"),
    "look_x": _keys("0:0 13.9:0 14.0:0.40 14.45:0.40 14.53:-0.42 15.0:-0.40 15.1:0 20:0"),
    "look_y": _keys("0:0 3.0:0 3.08:-0.14 3.5:-0.12 3.6:0 9.3:0 9.4:0.22 9.9:0.20 10.0:0 20:0"),
}


def perform(seed: int = 7) -> list[Moment]:
    """The clip's moments, one a frame."""
    draws = np.random.default_rng(seed)
    time_s = np.arange(int(SECONDS * RATE)) / RATE
    mouth = {unit: _at_rate(curve) for unit, curve in _speech(draws).items()}
    lids = _at_rate(_blinks())
    keyed = {name: curve(time_s) for name, curve in KEYS.items()}
    awake = np.interp(time_s, (0, 1.5, 2.2, 18.6, 19.3, SECONDS), (0, 0, 1, 1, 0, 0))
    drift = {name: awake * _drift(draws, time_s) for name in ("yaw", "pitch", "roll", "x", "z")}
    beat = gaussian_filter1d(mouth["jawOpen"], RATE * 0.12)
    return [_moment(i, mouth, lids, keyed, drift, beat) for i in range(len(time_s))]


def _moment(
    i: int, mouth: dict[str, Floats], lids: Floats, keyed: dict[str, Floats], drift: dict[str, Floats], beat: Floats
) -> Moment:
    """One frame's moment from all the curves."""
    yaw = float(keyed["yaw"][i] + 0.030 * drift["yaw"][i])
    pitch = float(keyed["pitch"][i] + 0.025 * drift["pitch"][i] + 0.16 * beat[i])
    return Moment(
        actions=_face(i, mouth, lids, keyed),
        pitch=pitch,
        yaw=yaw,
        roll=float(keyed["roll"][i] + 0.020 * drift["roll"][i]),
        gaze_yaw=float(
            np.clip(keyed["look_x"][i] - 0.55 * yaw, -0.5, 0.5)
        ),  # eyes stay nearer the camera than the head
        gaze_pitch=float(np.clip(keyed["look_y"][i] - 0.5 * pitch, -0.3, 0.3)),
        x_m=float(keyed["x"][i] + 0.006 * drift["x"][i]),
        y_m=float(keyed["y"][i]),
        z_m=float(keyed["z"][i] + 0.003 * drift["z"][i]),
        sway=float(0.35 * (keyed["x"][i] - keyed["x"][0])),
    )


def _face(i: int, mouth: dict[str, Floats], lids: Floats, keyed: dict[str, Floats]) -> dict[str, float]:
    """The face units' weights of frame i."""
    smile, blink = float(keyed["smile"][i]), float(lids[i])
    down = float(np.clip(keyed["look_y"][i], 0, 1))
    units = {name: float(curve[i]) * (1 - 0.35 * smile) for name, curve in mouth.items()}
    for name, share in (("mouthSmile", 0.90), ("mouthUpperUp", 0.46), ("mouthLowerDown", 0.38), ("jawOpen", 0.07)):
        units[name] = units.get(name, 0.0) + share * smile
    units["browInnerUp"] = 0.75 * float(keyed["brows"][i])
    units["browOuterUp"] = 0.85 * float(keyed["brows"][i])
    units["browDown"] = 0.85 * float(keyed["frown"][i])
    units["eyeBlink"] = max(blink, 1.2 * down)
    weights = {name: value for name, value in units.items() if name not in SYMMETRIC}
    for name in SYMMETRIC:
        weights |= {name + side: min(1.0, units.get(name, 0.0)) for side in BOTH}
    for side in BOTH:
        weights[f"eyeWide{side}"] = (OPEN_EYES + 0.35 * float(keyed["brows"][i])) * (1 - blink)
        weights[f"cheekSquint{side}"] = 0.6 * smile
        weights[f"eyeSquint{side}"] = (0.25 * smile + 0.3 * float(keyed["frown"][i])) * (1 - blink)
    return weights


def _speech(draws: np.random.Generator) -> dict[str, Floats]:
    """Face units over FINE samples of a text of random syllables, each sound blending into the next."""
    curves = {name: np.zeros(int(SECONDS * FINE)) for sound in (VOWELS | CONSONANTS).values() for name in sound}
    for start, end in PHRASES:
        now = start
        while now < end:
            syllables = int(draws.integers(1, 4))
            for _ in range(syllables):
                loud = draws.uniform(0.75, 1.2)
                now = _say(curves, CONSONANTS[draws.choice(list(CONSONANTS))], now, draws.uniform(0.06, 0.10), 1.0)
                now = _say(curves, VOWELS[draws.choice(list(VOWELS))], now, draws.uniform(0.10, 0.19), loud)
            now += draws.uniform(0.0, 0.12)
    return {name: gaussian_filter1d(curve, COARTICULATION_S * FINE) for name, curve in curves.items()}


def _say(curves: dict[str, Floats], sound: dict[str, float], start_s: float, length_s: float, loud: float) -> float:
    """Hold a sound's mouth from `start_s` on; returns where it ends."""
    for name, weight in sound.items():
        curves[name][int(start_s * FINE) : int((start_s + length_s) * FINE)] = weight * loud
    return start_s + length_s


def _blinks() -> Floats:
    """Lids over FINE samples: down in 90 ms, shut for 80 ms, up in 170 ms."""
    time_s = np.arange(int(SECONDS * FINE)) / FINE
    lids = np.zeros_like(time_s)
    for start in BLINKS:
        shut = 0.40 if start == LONG_BLINK else 0.08
        times = np.array([0.0, 0.09, 0.09 + shut, 0.26 + shut]) + start
        lids = np.maximum(lids, np.interp(time_s, times, (0, 1, 1, 0), left=0, right=0))
    return np.asarray(gaussian_filter1d(lids, 0.012 * FINE) * 1.02, np.float64)


def _at_rate(curve: Floats) -> Floats:
    return curve[:: FINE // RATE]


def _drift(draws: np.random.Generator, time_s: Floats) -> Floats:
    """Slow wandering within about -1 to 1 with whole periods in the clip."""
    waves = [np.sin(2 * np.pi * (k * time_s / SECONDS + draws.uniform())) / np.sqrt(k) for k in (3, 5, 8, 13, 21)]
    return np.asarray(np.sum(waves, axis=0) / 2, np.float64)
