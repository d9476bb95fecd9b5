"""Puppet drives a still picture live from a webcam; this package is the engine room and knows nothing of Qt."""

import os

# Read once, when OpenCV is loaded: how long it waits for a webcam's picture. Its ten seconds outlast any stop.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
# A camera that is in use is told in Puppet's own words.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")

__version__ = "0.1.0"

# ONNX Runtime's wheels send their maker figures about every session unless this is set before they load. Puppet never
# touches the network.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
