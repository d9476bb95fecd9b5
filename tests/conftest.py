"""Environment of every test: no window on the screen, no file of the user's own, few threads for two cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

# Before Qt, or OpenMP are loaded by any test module.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("GLOG_minloglevel", "2")

_HOMES = {
    "HOME": "",
    "USERPROFILE": "",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CACHE_HOME": ".cache",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
}
_OUTSIDE = ("XDG_VIDEOS_DIR", "XDG_PICTURES_DIR", "XDG_DESKTOP_DIR", "XDG_DOCUMENTS_DIR", "XDG_CONFIG_DIRS")


@pytest.fixture(scope="session", autouse=True)
def _home_of_modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where fixtures of whole modules are at home: they are made before a test's own `home`."""
    folder = tmp_path_factory.mktemp("modules")
    with pytest.MonkeyPatch.context() as patch:
        for name, inside in _HOMES.items():
            patch.setenv(name, str(folder / inside))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_trial() -> Iterator[None]:
    """`auto` is ONNX Runtime: a trial in every test's empty home would take seconds, and chance would choose.

    Nor do the packs that tests make first run in a process of their own; tests/engines/test_trial_run.py has those.
    """

    from puppet.engines import factory

    with pytest.MonkeyPatch.context() as patch:
        plain = partial(min, key=lambda choice: (choice.engine != "onnxruntime", choice.precision != "fp32"))
        patch.setattr(factory, "check_trial", lambda pack, options: None)
        patch.setattr(factory, "fastest", lambda pack, candidates, open_choice: plain(candidates))
        yield


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own: settings, galleries and recordings of the person are never read or touched."""
    folder = tmp_path_factory.mktemp("home")
    for name, inside in _HOMES.items():
        monkeypatch.setenv(name, str(folder / inside))
    for name in _OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    return folder
