"""The end of a client's connection; poses that come before their portrait."""

from __future__ import annotations

import asyncio
import hashlib
from types import SimpleNamespace
from typing import Any, cast

from puppet.remote.messages import Offer, write_message
from puppet.remote.motion_packet import PORTRAIT_BYTES, MotionPacket, Reference
from puppet.remote.seat import PoseClient, Seat
from puppet.remote.studio import Studio
from tests.support.fakes import make_puppeteer


def test_a_connection_is_closed_to_its_end_whoever_is_interrupted() -> None:
    async def close_twice(studio: Studio) -> None:
        seat, may_end, ended = Seat(studio), asyncio.Event(), list[bool]()
        close = seat._peer.close

        async def slowly() -> None:
            await may_end.wait()
            await close()
            ended.append(True)

        seat._peer.close = slowly  # type: ignore[method-assign]
        first, second = asyncio.ensure_future(seat.close()), asyncio.ensure_future(seat.close())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait({first})
        assert not second.done()
        may_end.set()
        await second
        assert len(ended) == 2

    studio = Studio(make_puppeteer())
    asyncio.run(close_twice(studio))
    studio.close()


def test_a_pose_before_its_portrait_is_there_costs_no_pose_after() -> None:
    puppeteer = make_puppeteer()
    assert puppeteer.portrait is not None
    own, content = puppeteer.portrait.keypoints, b"a portrait"
    key, reference = hashlib.sha256(content).hexdigest(), Reference(own)
    pose = reference.write(MotionPacket(1, 0.0, bytes.fromhex(key)[:PORTRAIT_BYTES], own))
    here, painted, jobs = set[str](), list[MotionPacket](), list[Any]()
    studio = SimpleNamespace(has=here.__contains__, paint=painted.append, add=lambda key, content: here.add(key))
    seat = SimpleNamespace(studio=studio, send=lambda text: None, in_background=jobs.append)
    client = PoseClient(cast(Seat, seat))
    client.hear("control", write_message(Offer(key, len(content), reference.text, own.depth is not None)))
    client.hear("motion", pose)
    client.hear("control", content)
    asyncio.run(jobs[0])
    client.hear("motion", pose)
    assert [packet.number for packet in painted] == [1]
