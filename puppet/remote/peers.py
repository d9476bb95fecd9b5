"""WebRTC connections as both ends open them. Event loop's thread.

aiortc's SCTP waits for a second before it sends again what was not acknowledged, and sends one datagram for each such
wait then. libwebrtc's limits, which keep a channel alive over a link that loses packets, replace its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiortc import RTCConfiguration, RTCDataChannel, RTCIceServer, RTCPeerConnection, rtcsctptransport

from puppet.config import IceServer

rtcsctptransport.SCTP_RTO_INITIAL = 0.5
rtcsctptransport.SCTP_RTO_MIN = 0.4  # type: ignore[assignment]


def open_peer(ice: Sequence[IceServer]) -> RTCPeerConnection:
    """Return a new connection, which may ask these STUN and TURN servers and no others."""
    servers = [RTCIceServer(server.url, server.user, server.password) for server in ice]
    return RTCPeerConnection(RTCConfiguration(iceServers=servers))


def is_free(channel: RTCDataChannel) -> bool:
    """Return True if a message would leave now: the channel is open, and none before it waits."""
    return channel.readyState == "open" and not channel.bufferedAmount and not channel.transport._outbound_queue
