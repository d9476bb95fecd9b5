"""WebRTC connections as both ends open them. Event loop's thread.

aiortc's SCTP waits for a second before it sends again what was not acknowledged, and sends one datagram for each such
wait then. libwebrtc's limits, which keep a channel alive over a link that loses packets, replace its own. Its VP8 is
set for cameras: the noise filter costs a third of the time and of the rate, and painted pictures have no noise.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import aiortc.codecs
from aiortc import RTCConfiguration, RTCDataChannel, RTCIceServer, RTCPeerConnection, rtcsctptransport
from aiortc.codecs.vpx import Vp8Encoder, number_of_threads
from av import CodecContext, VideoFrame
from av.frame import Frame
from av.video.codeccontext import VideoCodecContext
from typing_extensions import override

from puppet.config import IceServer

_VP8 = {
    "cpu-used": "-12",
    "deadline": "realtime",
    "lag-in-frames": "0",
    "noise-sensitivity": "0",
    "overshoot-pct": "15",
    "partitions": "0",
    "static-thresh": "100",
    "undershoot-pct": "100",
}
_CHANGED = 0.1  # of the rate, and the encoder begins anew


class PlainEncoder(Vp8Encoder):
    """VP8 for painted pictures."""

    @override
    def encode(self, frame: Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        if isinstance(frame, VideoFrame) and not self._fits(frame):
            self.codec = _opened(frame, self.target_bitrate)
        return super().encode(frame, force_keyframe)

    def _fits(self, frame: VideoFrame) -> bool:
        if self.codec is None or (self.codec.width, self.codec.height) != (frame.width, frame.height):
            return False
        rate = self.codec.bit_rate or 1
        return abs(self.target_bitrate - rate) <= _CHANGED * rate


def _opened(frame: VideoFrame, rate: int) -> VideoCodecContext:
    """Return a codec for frames of the size of `frame` at a constant rate, in bits per second."""
    codec = CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = frame.width, frame.height, "yuv420p"
    codec.bit_rate, codec.gop_size, codec.qmin, codec.qmax = rate, 3000, 2, 56
    codec.options = _VP8 | dict.fromkeys(("bufsize", "minrate", "maxrate"), str(rate))
    codec.thread_count = number_of_threads(frame.width * frame.height, os.cpu_count() or 1)
    return codec


aiortc.codecs.Vp8Encoder = PlainEncoder  # type: ignore[attr-defined]
rtcsctptransport.SCTP_RTO_INITIAL = 0.5
rtcsctptransport.SCTP_RTO_MIN = 0.4  # type: ignore[assignment]


def open_peer(ice: Sequence[IceServer]) -> RTCPeerConnection:
    """Return a new connection, which may ask these STUN and TURN servers and no others."""
    servers = [RTCIceServer(server.url, server.user, server.password) for server in ice]
    return RTCPeerConnection(RTCConfiguration(iceServers=servers))


def is_free(channel: RTCDataChannel) -> bool:
    """Return True if a message would leave now: the channel is open, and none before it waits."""
    return channel.readyState == "open" and not channel.bufferedAmount and not channel.transport._outbound_queue
