"""Sinks take the finished pictures: the recorder and the virtual camera. The window polls the preview."""
