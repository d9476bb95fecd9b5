"""Discovery over the loopback interface."""

from __future__ import annotations

import pytest

from puppet.errors import RemoteError
from puppet.remote import discovery, opening
from puppet.remote.discovery import FoundMachine, announced, find_machines


def test_an_announced_machine_is_found_and_one_that_ended_is_not() -> None:
    with announced(8470, ["127.0.0.1"]):
        found = find_machines(10.0, ["127.0.0.1"])
        assert [machine.address for machine in found] == ["127.0.0.1:8470"]
    assert find_machines(0.3, ["127.0.0.1"]) == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_one_machine_is_taken_and_several_are_named(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    machines = [FoundMachine(f"studio{index}", f"10.0.0.{index}:8470") for index in range(count)]
    monkeypatch.setattr(discovery, "find_machines", lambda: machines)
    if count == 1:
        assert opening.find_machine(lambda line: None) == "10.0.0.0:8470"
    else:
        with pytest.raises(RemoteError, match="name one"):
            opening.find_machine(lambda line: None)
