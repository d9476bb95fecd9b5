"""Complete graphs around the translated networks: uint8 pictures in, landmarks, boxes or a silhouette out.

Each graph takes `image`, a square (side, side, 3) uint8 RGB picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from puppet.tracking.networks.catalogue import SOURCES, Network
from puppet.tracking.networks.onnx_writer import OnnxWriter
from puppet.tracking.networks.tflite_reader import read_tflite
from puppet.tracking.networks.translate import Translator

MESH_POINTS, IRIS_POINTS = 468, 5
_EYE_CONTOUR = 16
"""The first landmarks of an eye are its contour; the irises have its mean depth."""


def build(network: Network, content: bytes) -> bytes:
    """Return the ONNX model of a network from its TensorFlow Lite file.

    Raises:
        ValueError: the file cannot be translated.
    """
    source, onnx = SOURCES[network], OnnxWriter()
    net = Translator(read_tflite(content), onnx)
    image = onnx.input("image", "uint8", (source.side, source.side, 3))
    batch = onnx.add("Unsqueeze", onnx.add("Cast", image, to=1), onnx.constant((0,)))
    picture = onnx.add("Transpose", batch, perm=(0, 3, 1, 2))
    picture = onnx.add("Mul", picture, onnx.constant((source.brightest - source.darkest) / 255))
    if source.darkest:
        picture = onnx.add("Add", picture, onnx.constant(source.darkest))
    _FINISH[network](net, net.run(picture))
    return onnx.model()


def _detector(net: Translator, outputs: Sequence[str]) -> None:
    boxes, logits = outputs
    count = net.shape(net.graph.outputs[0])[1]
    _output(net.onnx, "boxes", boxes, (count, 16))
    _output(net.onnx, "scores", net.onnx.add("Sigmoid", logits), (count,))


def _mesh(net: Translator, outputs: Sequence[str]) -> None:
    """Put the landmarks of lips and eyes, found with attention, in the place of the mesh's own, and add the irises."""
    onnx = net.onnx
    mesh, *parts, presence = outputs  # lips, left eye, right eye, left iris, right iris
    subsets = [each.options["subset_idxs"] for each in net.graph.operators if each.name == "Landmarks2TransformMatrix"]
    irises = range(MESH_POINTS, MESH_POINTS + 2 * IRIS_POINTS)
    chosen = np.arange(len(irises) + MESH_POINTS)
    refined = [*(number for subset in subsets for number in subset), *irises]
    chosen[refined] = MESH_POINTS + np.arange(len(refined))
    points = onnx.add("Reshape", mesh, onnx.constant((MESH_POINTS, 3)))
    rows = [onnx.add("Reshape", part, onnx.constant((-1, 2))) for part in parts]
    flat, depth = (onnx.add("Slice", points, *map(onnx.constant, ([a], [b], [1]))) for a, b in ((0, 2), (2, 3)))
    flat = onnx.add("Gather", onnx.add("Concat", flat, *rows, axis=0), onnx.constant(chosen), axis=0)
    depths = [depth]
    for eye in subsets[1:]:
        contour = onnx.add("Gather", depth, onnx.constant(eye[:_EYE_CONTOUR]), axis=0)
        depths += [onnx.add("ReduceMean", contour, axes=(0,))] * IRIS_POINTS
    landmarks = onnx.add("Concat", flat, onnx.add("Concat", *depths, axis=0), axis=1)
    _output(onnx, "landmarks", landmarks, (len(chosen), 3))
    _output(onnx, "presence", onnx.add("Sigmoid", presence), ())


def _person(net: Translator, outputs: Sequence[str]) -> None:
    side = SOURCES[Network.PERSON].side
    _output(net.onnx, "silhouette", outputs[0], (side, side))


def _output(onnx: OnnxWriter, name: str, value: str, shape: tuple[int, ...]) -> None:
    onnx.output(name, onnx.add("Reshape", value, onnx.constant(np.array(shape, np.int64))), shape)


_FINISH: Mapping[Network, Callable[[Translator, Sequence[str]], None]] = {
    Network.NEAR: _detector,
    Network.FAR: _detector,
    Network.MESH: _mesh,
    Network.PERSON: _person,
}
