"""One of two training processes, started by test_trainer: five steps of two families, at once and resumed in between.

Argument: a folder with `clips.pickle` (the clips of FOMM, and one of a face) and fomm.toml. Weights after the last step
are written to RANK.pt.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from puppet.training.checkpoint import read_checkpoint, save_checkpoint
from puppet.training.distributed import Process, largest, processes
from puppet.training.recipe_schema.face import FaceRecipe, StageRecipe
from puppet.training.recipe_schema.learned import LearnedRecipe
from puppet.training.recipe_schema.reader import read_recipe
from puppet.training.trainer import Trainer
from tests.support.made_learned import trainer
from tests.support.made_training import Clock, face_trainer


def weights_of(make: Callable[[], Trainer[Any]], process: Process, folder: Path) -> list[dict[str, Tensor]]:
    """Weights after five steps, and after the rest of them by trainers resumed after two and four."""
    whole = make()
    for number in range(5):
        if number in (2, 4):
            checkpoint = whole.checkpoint()
            if process.rank == 0:
                save_checkpoint(folder / str(number), checkpoint)
            largest(0)  # wait until it is written
        whole.step()
    trainers = [whole]
    for number in (2, 4):
        resumed = make()
        resumed.resume(read_checkpoint(folder / str(number) / f"{number:08d}"))
        for _ in range(5 - number):
            resumed.step()
        trainers.append(resumed)
    return [{name: value.clone() for name, value in one.model.state_dict().items()} for one in trainers]


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    clips, face = pickle.loads((folder / "clips.pickle").read_bytes())
    fomm = read_recipe(folder / "fomm.toml")
    assert isinstance(fomm, LearnedRecipe)
    with processes() as process:
        clock = Clock(tick_s=20 + process.rank)  # clocks of processes differ; the first stage has three steps
        stages = FaceRecipe(stages=(StageRecipe("motion", 1, 2, 1e-3), StageRecipe("mouth", 9, 2, 1e-3, 0.1)))
        makers: dict[str, Callable[[], Trainer[Any]]] = {
            "fomm": lambda: trainer(fomm, clips, process),
            "face": lambda: face_trainer(stages, [face], clock, process),
        }
        found = {name: weights_of(make, process, folder / name) for name, make in makers.items()}
        torch.save(found, folder / f"{process.rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
