"""Measures lips and clicks in a take of the real program: a clip as camera, a null sink's monitor as microphone.

The clip is numbered: each frame has its number as a row of cells at its lower edge, and is bright at its upper edge at
the beginning of each second. Another process plays a click at each of these moments, through the sound server. In a
recording side by side, frames and clicks tell when they were to be seen and heard.

    PYTHONPATH=. python -m tests.support.take_offsets 180 FOLDER -- live --take --side-by-side --no-mirror

After `--`: the program's command line. FOLDER is its home, and keeps the take.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from puppet.cameras import file_cameras
from puppet.cameras.opening import BUNDLED_CLIP
from puppet.domain import Picture
from puppet.media.video_reader import VideoReader
from puppet.microphones.pulse import _BufferAttributes, _library, _SampleSpec
from tests.support.sound_server import MICROPHONE, RATE, clicks_in, sound_server

FPS = 30
COUNT = 600  # frames of the bundled clip
SIZE = 640, 360
_CELL, _CELLS = 24, 12
_FLASH_FRAMES = 3
_RETIMED_S = 0.2
_PLAYBACK, _FLOAT32_LE = 1, 5


def number(picture: Picture, index: int) -> Picture:
    """Return a picture with its number and, in the first tenth of each second, a bright bar at the top."""
    numbered = picture.copy()
    for cell in range(_CELLS):
        numbered[-_CELL:, cell * _CELL : (cell + 1) * _CELL] = 255 if index >> cell & 1 else 0
    if index % FPS < _FLASH_FRAMES:
        numbered[:_CELL] = 255
    return numbered


def number_of(picture: Picture) -> int:
    """Return the number in a picture (H, W, 3) of a whole frame, which may be scaled."""
    scale = picture.shape[1] / SIZE[0]
    row = picture[round(-_CELL / 2 * scale)]
    return sum((int(row[round((cell + 0.5) * _CELL * scale)].mean()) > 128) << cell for cell in range(_CELLS))


def make_clip(path: Path) -> None:
    """Write the bundled clip with numbers, flashes and clicks; 20 s, which the camera repeats."""
    with av.open(str(path), "w") as container, VideoReader(BUNDLED_CLIP) as reader:
        stream: Any = container.add_stream("libx264", FPS, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        sound: Any = container.add_stream("aac", rate=RATE, layout="mono")
        for index, timed in enumerate(reader.pictures()):
            frame = av.VideoFrame.from_ndarray(
                number(np.asarray(cv2.resize(timed.picture, SIZE), np.uint8), index), "rgb24"
            )
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        samples = np.zeros((1, COUNT // FPS * RATE), np.float32)
        for second in range(COUNT // FPS):
            samples[0, second * RATE : second * RATE + RATE // 1000] = 0.9
        clicks = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
        clicks.sample_rate, clicks.pts = RATE, 0
        for each in (stream.encode(None), sound.encode(clicks), sound.encode(None)):
            container.mux(each)


def run_program(began: Path, arguments: list[str]) -> int:
    """Run the program, and note when its camera began to play: monotonic seconds, a line each time."""
    original = file_cameras._FileCamera._frame

    def noted(self: Any, timed: Any) -> Any:
        before = self._began_s
        frame = original(self, timed)
        if self._began_s != before:
            with began.open("a") as file:
                file.write(f"{self._began_s!r}\n")
        return frame

    file_cameras._FileCamera._frame = noted  # type: ignore[method-assign]
    import main

    sys.argv = ["main.py", *arguments]
    return main.main()


def play_clicks(began: Path, sink: str) -> None:
    """Play a click through a sink at each second of the camera's clip, until the process is ended."""
    library, error = _library(), ctypes.c_int()
    unset = 0xFFFFFFFF
    buffer = _BufferAttributes(unset, RATE // 50 * 4, unset, unset, unset)
    spec = _SampleSpec(_FLOAT32_LE, RATE, 1)
    stream = library.pa_simple_new(
        None, b"clicks", _PLAYBACK, sink.encode(), b"clicks", ctypes.byref(spec), None, ctypes.byref(buffer), error
    )
    library.pa_simple_write.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    block = RATE // 200
    while True:
        heard_s = time.monotonic() + library.pa_simple_get_latency(stream, None) / 1e6
        samples = np.zeros(block, np.float32)
        if begins := began.read_text().split() if began.exists() else []:
            into_s = (heard_s - float(begins[-1])) % 1.0
            begin = round((1.0 - into_s) * RATE)  # of the clip's next second; most are in a later block
            samples[begin:] = 0.9
        library.pa_simple_write(stream, samples.ctypes.data, samples.nbytes, None)


def measured(video: Path, begins: list[float]) -> dict[str, Any]:
    """Return by how many milliseconds the clicks of a take are late, and how that changes in a minute."""
    shown, scheduled = [], []
    last = 0
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="rgb24")
            half = picture[:, picture.shape[1] // 2 :]
            height = half.shape[1] * SIZE[1] // SIZE[0]
            top = (half.shape[0] - height) // 2
            index = number_of(np.asarray(half[top : top + height], np.uint8))
            last += (index - last) % COUNT
            shown.append(float(frame.time or 0))
            scheduled.append(last / FPS)
    with av.open(str(video)) as container:
        frames = list(container.decode(audio=0))
    first = float(frames[0].time or 0)
    sound = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    clicks = [first + click for click in clicks_in(sound, frames[0].sample_rate)]
    times = np.array(shown)
    ahead = times - np.array(scheduled)  # of the file's time before the clip's
    late = []
    for click in clicks:
        near = ahead[(times > click - 1.5) & (times < click + 0.5)]
        if (
            not len(near) or np.ptp(near) > _RETIMED_S
        ):  # the overloaded camera left a part of the clip out: the click was played before
            continue
        into = (click - np.median(near)) % 1.0
        late.append((click, 1000 * (into - round(into))))
    return {
        "camera began": begins,
        "seconds": round(shown[-1], 1),
        "pictures": len(shown),
        "clicks": len(clicks),
        "compared": len(late),
        "late_ms": [round(float(each), 1) for each in np.percentile([ms for _, ms in late], [0, 5, 50, 95, 100])],
        "beyond_20_ms": [f"{click:.1f} s: {ms:+.0f}" for click, ms in late if abs(ms) > 20],
        "ms_by_minute": [
            round(float(np.median([ms for click, ms in late if click // 60 == minute])), 1)
            for minute in range(round(shown[-1] // 60))
        ],
    }


def main(seconds: float, folder: Path, arguments: list[str]) -> None:
    """Record, and print what was measured."""
    (folder / "pulse").mkdir(parents=True, exist_ok=True)
    clip, began = folder / "numbered.mp4", folder / "began"
    if not clip.exists():
        make_clip(clip)
    began.unlink(missing_ok=True)
    with sound_server(folder / "pulse") as server:
        common = [sys.executable, "-m", "tests.support.take_offsets"]
        environment = {**os.environ, "HOME": str(folder), "XDG_VIDEOS_DIR": str(folder), "PULSE_SERVER": server.address}
        speaker = subprocess.Popen([*common, "--play", str(began)], env=environment)
        program = subprocess.Popen(
            [*common, "--run", str(began), *arguments, "--camera", str(clip), "--microphone", MICROPHONE],
            env=environment,
        )
        try:
            program.wait(seconds + 60) if "--seconds" in arguments else time.sleep(seconds)
            program.send_signal(signal.SIGINT)
            program.wait(60)
        finally:
            speaker.kill()
    takes = sorted(folder.rglob("take.mp4"), key=lambda path: path.stat().st_mtime)
    sys.stdout.write(json.dumps(measured(takes[-1], [float(each) for each in began.read_text().split()])) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        sys.exit(run_program(Path(sys.argv[2]), sys.argv[3:]))
    elif sys.argv[1] == "--play":
        play_clicks(Path(sys.argv[2]), "mic")
    else:
        main(float(sys.argv[1]), Path(sys.argv[2]), sys.argv[sys.argv.index("--") + 1 :])
