"""Write modules as ONNX or TorchScript, and rewrite them for speed and lower precisions."""
