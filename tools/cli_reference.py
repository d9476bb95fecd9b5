"""Write docs/cli.md from the commands themselves; tests/test_cli_reference.py holds it up to date.

PYTHONPATH=. python tools/cli_reference.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from main import app

PATH = Path(__file__).parents[1] / "docs" / "cli.md"
PROGRAM = "python main.py"
EXAMPLES = {
    "run": ["", "run --avatar me.jpg --camera 1 --size 720x720"],
    "hide": ["hide"],
    "live": [
        "live --virtual-camera",
        'live --record out.mp4 --microphone "C920" --microphone-delay 60',
        "live --camera talk.mp4 --avatar me.jpg --record out.mp4 --seconds 20",
        "live --pack parts --swap 2,4 --overlay segments",
    ],
    "animate": [
        "animate me.jpg talk.mp4 -o out.mp4",
        "animate me.jpg talk.mp4 -o out.mkv --codec ffv1 --output full --neutral best",
        "animate me.jpg talk.npz -o out.mp4",
        "animate portraits clips -o 'videos/{portrait}-{driving}.mp4' --report report.json",
        "animate --jobs jobs.csv",
        "animate --jobs jobs.csv --on auto --at-once 2",
    ],
    "swap": ["swap me.jpg talk.mp4 -o out.mp4 --segments 2,4", "swap me.jpg you.jpg friend.jpg -o out.png --mask hair"],
    "takes list": ["takes list"],
    "takes render": ["takes render puppet-20261129-231500 anna.jpg bert.png --size 1080p --background blur"],
    "camera-setup": ["camera-setup --dry-run", "camera-setup --test"],
    "serve": ["serve", "serve --port 9000 --sessions 2"],
    "pair": ["pair 192.168.1.20", "pair studio:9000 --code K7M2-P9XQ"],
    "inspect": ["inspect out.mp4", "inspect out.png --json"],
    "train": [
        "train recipe.toml --out runs/mine --data clips --vgg vgg16.safetensors --minutes 60",
        "train --evaluate face clips --json scores.json",
    ],
    "cameras": ["cameras"],
    "microphones": ["microphones"],
    "doctor": ["doctor", "doctor --json"],
    "bench": ["bench", "bench --pack learned --engine openvino --json bench.json"],
    "portrait make": ["portrait make me.portrait talk.mp4 smile.jpg", "portrait make me.portrait me1.jpg me2.jpg"],
    "portrait info": ["portrait info me.portrait"],
    "packs list": ["packs list"],
    "packs info": ["packs info face"],
    "packs verify": ["packs verify face"],
    "packs import": ["packs import vox.pth.tar --config vox-256.yaml -o packs/vox"],
    "packs export": ["packs export face -o packs/face-int8 --formats onnx --precision fp32,int8 --calibration crops"],
}
HEAD = f"""# Command line

Made from the commands by `tools/cli_reference.py`; do not edit.

    {PROGRAM} [-v] [COMMAND] [OPTIONS]

Without a command, `run` opens the window. `-v` or `--verbose`, anywhere in the line, logs every step to stderr.
`{PROGRAM} COMMAND --help` shows the options of a command. `make run ARGS="COMMAND …"` sets Puppet up first; an
installed `puppet` is the same program.

Results go to stdout, progress and messages to stderr.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | `doctor`: Puppet cannot run here; `inspect`: the file has no mark |
| 3 | `animate` with several jobs: some failed, and are named; the others are done |
| 2 | an error that you can act on: one line on stderr says what failed and what to do |
| 130 | stopped with Ctrl-C, or Ctrl-Break; a second one ends at once |
| 129, 143 | the same by the closing of the terminal, or by a request to terminate |

A stopped `live` finishes its recording, `animate` and `swap` keep what they rendered beside OUT as `OUT-unfinished`,
and `train` writes a checkpoint. What a killed run left is finished or removed at the next start, with one line.
"""


def commands() -> dict[str, Any]:
    """Return every command of typer's by its name, "packs list" for a nested one."""
    found: dict[str, Any] = {}
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        nested = getattr(command, "commands", None)
        found |= {f"{name} {inner}": each for inner, each in nested.items()} if nested else {name: command}
    return found


def reference() -> str:
    """Return docs/cli.md."""
    return "\n".join([HEAD, *chain.from_iterable(_section(name, each) for name, each in commands().items())])


def _section(name: str, command: Any) -> Iterator[str]:
    yield f"## {name}\n\n{command.help}\n"
    yield "".join(f"    {PROGRAM} {example}".rstrip() + "\n" for example in EXAMPLES[name])
    context = typer.Context(command, info_name=name)
    panels: dict[str, list[str]] = {}
    for parameter in command.params:
        kind = "Arguments" if parameter.param_type_name == "argument" else "Options"
        panels.setdefault(parameter.rich_help_panel or kind, []).append(_row(parameter, context))
    for panel, rows in panels.items():
        yield f"| {panel} | meaning | default, range |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _row(parameter: Any, context: typer.Context) -> str:
    usage, text = parameter.get_help_record(context)
    usage = re.sub(" <(path|str|list.*)>$", "", usage)
    notes = re.search(r"  \[(.*)\]$", text)
    facts = re.sub(r"default: \((.*?)\)", r"default: \1", notes[1]) if notes else ""
    facts = facts.replace("<=", " ≤ ").replace(">=", " ≥ ")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (f"`{usage}`", parameter.help, facts)) + " |"


if __name__ == "__main__":
    PATH.write_text(reference(), "utf-8")
