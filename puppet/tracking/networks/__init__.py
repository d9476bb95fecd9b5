"""MediaPipe's networks for faces and people, translated from TensorFlow Lite into ONNX for the packs' runtimes."""
