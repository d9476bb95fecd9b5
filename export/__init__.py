"""Trained networks become graphs that run without torch: ONNX and TorchScript, and the check that they agree."""
