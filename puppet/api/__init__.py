"""A local WebSocket API that speaks the part of VTube Studio's public API which remote controls use, and own verbs."""
