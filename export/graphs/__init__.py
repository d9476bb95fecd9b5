"""Graphs: modules written as ONNX or TorchScript, and the rewrites that make them fast."""
