"""The libraries that compute a graph: ONNX Runtime, OpenVINO and PyTorch, behind one protocol."""
