"""Sinks take finished pictures: the virtual camera and the recorder. The preview is not a sink: Qt pulls it."""
