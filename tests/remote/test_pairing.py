"""Pairing: a key from a code, kept for the user alone; wrong codes, strangers and replays get nothing."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from puppet.errors import ConfigError, RemoteError
from puppet.remote.pairing import Exchange, KnownMachines, Nonces, WrongCodes, is_proof, new_code, proof
from puppet.remote.signalling import Invitation, parse_address
from tests.support.fakes import FakeClock
from tests.support.rendering_machine import PACK, RenderingMachine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[RenderingMachine]:
    machine = RenderingMachine(tmp_path)
    yield machine
    machine.close()


@pytest.mark.parametrize(("typed", "same"), [("K7M2-P9XQ", True), ("k7m2 p9xq", True), ("K7M2-P9XR", False)])
def test_the_same_code_makes_the_same_key(typed: str, same: bool) -> None:
    client = Exchange(typed, "c" * 32, "s" * 32, is_server=False)
    server = Exchange("K7M2-P9XQ", "c" * 32, "s" * 32, is_server=True)
    assert (client.finish(server.message) == server.finish(client.message)) is same


def test_a_message_of_something_else_is_refused() -> None:
    for message in (b"", b"x" * 33, b"A" + b"\xff" * 32):
        with pytest.raises(RemoteError):
            Exchange("CODE", "c" * 32, "s" * 32, is_server=True).finish(message)


def test_a_proof_is_bound_to_its_purpose_and_parts() -> None:
    given = proof(b"key", "offer", "nonce", "sdp")
    assert is_proof(given, b"key", "offer", "nonce", "sdp")
    for other in (
        (b"other", "offer", "nonce", "sdp"),
        (b"key", "answer", "nonce", "sdp"),
        (b"key", "offer", "nonces", "dp"),
    ):
        assert not is_proof(given, *other)


def test_codes_differ_and_are_short() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 9 and code[4] == "-" for code in codes)


def test_keys_are_kept_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "servers.json"
    KnownMachines(path).remember("a" * 32, b"k" * 32)
    again = KnownMachines(path)
    again.remember("a" * 32, b"n" * 32)
    assert KnownMachines(path).key("a" * 32) == b"n" * 32
    assert again.key("b" * 32) is None
    assert len(json.loads(path.read_text())["paired"]) == 1
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_file_of_keys_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "servers.json"
    for content in ("{", "[]", '{"id": 3}', "[" * 5000):
        path.write_text(content)
        with pytest.raises(ConfigError, match="servers"):
            KnownMachines(path)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("box", ("box", 8470)),
        ("10.0.0.2:9000", ("10.0.0.2", 9000)),
        ("[::1]:9000", ("::1", 9000)),
        ("::1", ("::1", 8470)),
        (" box ", ("box", 8470)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "a b", "box:port", "box:0", "box:99999", "user@box", "box/x"])
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError, match="--remote"):
        parse_address(text)


def test_three_wrong_codes_make_their_address_wait_and_leave_the_code_to_others(machine: RenderingMachine) -> None:
    code = machine.server.code
    for _ in range(3):
        with pytest.raises(RemoteError, match="type it again"):
            asyncio.run(machine.client(paired=False).pair("WRONG"))
    with pytest.raises(RemoteError, match="wait a minute"):
        asyncio.run(machine.client(paired=False).pair(code))
    assert machine.server.code == code
    machine.server.wrong_codes = WrongCodes(FakeClock())
    machine.server.wrong_codes.add("192.0.2.1")
    asyncio.run(machine.client(paired=False).pair(code))


def test_wrong_codes_are_forgotten_after_a_minute_and_counted_by_address() -> None:
    wrong_codes = WrongCodes(clock := FakeClock())
    for address in ("a", "a", "b", "a"):
        assert not wrong_codes.must_wait(address)
        wrong_codes.add(address)
    assert wrong_codes.must_wait("a")
    assert not wrong_codes.must_wait("b")
    clock.now_s += 61
    assert not wrong_codes.must_wait("a")


def test_a_nonce_serves_once_and_for_a_minute() -> None:
    nonces = Nonces(clock := FakeClock())
    first, second = nonces.new(), nonces.new()
    assert nonces.use(first)
    assert not nonces.use(first)
    for other in ("0" * 32, "x" * 32, Nonces(clock).new(), second[:-1] + ("0" if second[-1] != "0" else "1")):
        assert not nonces.use(other)
    clock.now_s += 61
    assert not nonces.use(second)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/json", "Origin": "http://evil.example"}, 403),
        ({"Content-Type": "application/json", "Origin": "http://127.0.0.1"}, 403),
    ],
)
def test_a_web_page_uses_up_no_code(machine: RenderingMachine, headers: dict[str, str], status: int) -> None:
    confirm = json.dumps({"client": "a" * 32, "proof": "b" * 64})

    async def post() -> int:
        url = f"http://127.0.0.1:{machine.port}/puppet/confirm"
        async with aiohttp.ClientSession() as http, http.post(url, data=confirm, headers=headers) as response:
            return response.status

    assert [asyncio.run(post()) for _ in range(4)] == [status] * 4
    asyncio.run(machine.client(paired=False).pair(machine.server.code))


def test_a_code_serves_once(machine: RenderingMachine) -> None:
    code = machine.server.code
    machine.client("first")
    with pytest.raises(RemoteError, match="type it again"):
        asyncio.run(machine.client("second", paired=False).pair(code))


def test_strangers_other_packs_and_other_programs_get_one_line(machine: RenderingMachine, tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match=f"not paired.*pair 127.0.0.1:{machine.port}"):
        asyncio.run(machine.client(paired=False).ask("sdp"))
    other = Invitation(f"127.0.0.1:{machine.port}", "other", "cd" * 32, KnownMachines(tmp_path / "other.json"))
    with pytest.raises(RemoteError, match="same pack"):
        asyncio.run(other.ask("sdp"))
    nobody = Invitation("127.0.0.1:1", *PACK, KnownMachines(tmp_path / "nobody.json"))
    with pytest.raises(RemoteError, match="cannot be reached"):
        asyncio.run(nobody.ask("sdp"))


@pytest.mark.parametrize("answer", [b"HTTP/1.0 200 OK\r\n\r\n<html>", b"SSH-2.0-OpenSSH_9.6\r\n"])
def test_another_program_at_the_port_is_told(tmp_path: Path, answer: bytes) -> None:
    async def ask() -> None:
        async def reply(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            writer.close()

        async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await Invitation(f"127.0.0.1:{port}", *PACK, KnownMachines(tmp_path / "keys.json")).ask("sdp")

    with pytest.raises(RemoteError, match="another program answers there"):
        asyncio.run(ask())


def test_an_offer_needs_a_fresh_nonce_and_the_key(machine: RenderingMachine) -> None:
    client = machine.client()
    key, base = machine.known.key(client._known.id), client._base
    assert key is not None

    async def post(values: dict[str, str]) -> tuple[int, str]:
        async with aiohttp.ClientSession() as http, http.post(f"{base}/offer", json=values) as response:
            return response.status, (await response.json())["error"]

    nonce = "0" * 32
    offer = {"client": client._known.id, "nonce": nonce, "sdp": "x", "proof": proof(key, "offer", nonce, "x")}
    assert asyncio.run(post(offer))[0] == 403  # this nonce was never given
    assert asyncio.run(post(offer | {"proof": "0" * 64}))[0] == 403
    assert asyncio.run(post(offer | {"client": "f" * 32}))[0] == 403
    assert asyncio.run(post({"client": "x"}))[0] == 400


def test_a_description_that_is_none_frees_the_seat(machine: RenderingMachine) -> None:
    client = machine.client()
    for sdp in ("nonsense", "v=0\r\nm=video x y\r\n", "v=0\r\n" + "a=" * 20_000):
        with pytest.raises(RemoteError):
            asyncio.run(client.ask(sdp))
    assert machine.studios[0].is_free
