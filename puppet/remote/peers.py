"""WebRTC connections as both ends open them. Event loop's thread.

aiortc's SCTP waits for a second before it sends again what was not acknowledged, and sends one datagram for each such
wait then. libwebrtc's limits, which keep a channel alive over a link that loses packets, replace its own.
"""

from __future__ import annotations

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, rtcsctptransport

rtcsctptransport.SCTP_RTO_INITIAL = 0.5
rtcsctptransport.SCTP_RTO_MIN = 0.4  # type: ignore[assignment]


def open_peer() -> RTCPeerConnection:
    """Return a new connection."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


def is_free(channel: RTCDataChannel) -> bool:
    """Return True if a message would leave now: the channel is open, and none before it waits."""
    return channel.readyState == "open" and not channel.bufferedAmount and not channel.transport._outbound_queue
