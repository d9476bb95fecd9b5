"""Translate a TensorFlow Lite network into ONNX, operator by operator.

TensorFlow Lite keeps pictures as (1, height, width, channels), ONNX as (1, channels, height, width). So every tensor
with four dimensions has its channels second here; all others keep their order. MediaPipe's four custom operators are
written as standard ones; their meaning is that of MediaPipe's mediapipe/util/tflite/operations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import tflite
from numpy.typing import NDArray

from puppet.tracking.networks.onnx_writer import OnnxWriter
from puppet.tracking.networks.tflite_reader import Operator, TfliteGraph

_NCHW, _NHWC = (0, 3, 1, 2), (0, 2, 3, 1)
_ACTIVATIONS = {tflite.ActivationFunctionType.NONE: "", tflite.ActivationFunctionType.RELU: "Relu"}

Translation: TypeAlias = Callable[["Translator", Operator], str]
Joint: TypeAlias = Callable[["Translator", Sequence[Operator]], str]
"""Translation of like operators that are computed as one, the channels of each after those of the one before."""


class Translator:
    """Adds the nodes of one network to an ONNX graph.

    Attributes:
        graph: the network that is translated.
        onnx: the graph under construction.
    """

    def __init__(self, graph: TfliteGraph, onnx: OnnxWriter) -> None:
        self.graph, self.onnx = graph, onnx
        self._joined: dict[tuple[int, ...], str] = {}  # tensors that lie in one value, one after another

    def run(self, picture: str) -> list[str]:
        """Add all nodes.

        Args:
            picture: name of the network's input in the ONNX graph: (1, channels, height, width) float32.

        Returns:
            The names of the network's outputs, in its own order.

        Raises:
            ValueError: an operator, or the way it is used, is unknown.
        """
        self._joined[(self.graph.inputs[0],)] = picture
        for operators in _side_by_side(self.graph):
            outputs = tuple(each.outputs[0] for each in operators)
            self._joined[outputs] = self._translated(operators)
        return [self.value(number) for number in self.graph.outputs]

    def value(self, number: int) -> str:
        """Return the name of a tensor in the ONNX graph; a constant is added at its first use."""
        if (number,) not in self._joined:
            constant = self.graph.constants.get(number)
            if constant is not None:
                value = self.onnx.constant(constant.transpose(_NCHW) if constant.ndim == 4 else constant)
            else:
                value = self._part(number)
            self._joined[(number,)] = value
        return self._joined[(number,)]

    def values(self, operators: Sequence[Operator], index: int) -> str:
        """Return the name of the inputs number `index` of operators that are computed as one, channel after channel."""
        numbers = tuple(each.inputs[index] for each in operators)
        if len(numbers) == 1:
            return self.value(numbers[0])
        if numbers not in self._joined:
            self._joined[numbers] = self.onnx.add("Concat", *map(self.value, numbers), axis=1)
        return self._joined[numbers]

    def _translated(self, operators: Sequence[Operator]) -> str:
        name = operators[0].name
        if name in _JOINTS:
            return _JOINTS[name](self, operators)
        if name not in _TRANSLATIONS:
            raise ValueError(f"the operator {name} is unknown")
        (operator,) = operators
        return _TRANSLATIONS[name](self, operator)

    def _part(self, number: int) -> str:
        """Cut a tensor out of those that it was computed with."""
        several = next(numbers for numbers in self._joined if number in numbers)
        channels, place = self.shape(number)[3], several.index(number)
        return self.onnx.add(
            "Slice", self._joined[several], *_bounds(self.onnx, 1, place * channels, (place + 1) * channels)
        )

    def shape(self, number: int) -> tuple[int, ...]:
        """Return the shape of a tensor as TensorFlow Lite has it."""
        return self.graph.shapes[number]

    def activated(self, value: str, options: Any) -> str:
        """Add the activation function that an operator's options fuse with it."""
        activation = _ACTIVATIONS.get(options.FusedActivationFunction())
        if activation is None:
            raise ValueError(f"the activation {options.FusedActivationFunction()} is unknown")
        return self.onnx.add(activation, value) if activation else value

    def window(self, operator: Operator, size: tuple[int, int]) -> dict[str, tuple[int, ...]]:
        """Return the attributes of a sliding window: its size, stride and padding."""
        strides = (operator.options.StrideH(), operator.options.StrideW())
        pads: list[tuple[int, int]] = [(0, 0), (0, 0)]
        if operator.options.Padding() == tflite.Padding.SAME:
            sides = self.shape(operator.inputs[0])[1:3]
            pads = [_same(*each) for each in zip(sides, size, strides, strict=True)]
        (top, bottom), (left, right) = pads
        return {"kernel_shape": size, "strides": strides, "pads": (top, left, bottom, right)}


def _same(side: int, size: int, stride: int) -> tuple[int, int]:
    """Return the padding before and after for an output of side / stride, rounded up."""
    total = max((-(-side // stride) - 1) * stride + size - side, 0)
    return total // 2, total - total // 2


def _convolution(net: Translator, operators: Sequence[Operator]) -> str:
    weights = [
        net.graph.constants[each.inputs[1]].transpose(_NCHW) for each in operators
    ]  # from (out, height, width, in)
    return _convolve(net, operators, np.concatenate(weights), len(operators))


def _depthwise(net: Translator, operators: Sequence[Operator]) -> str:
    if operators[0].options.DepthMultiplier() != 1:
        raise ValueError("a depthwise convolution multiplies channels")
    weights = [
        net.graph.constants[each.inputs[1]].transpose(3, 0, 1, 2) for each in operators
    ]  # from (1, h, w, channels)
    joined = np.concatenate(weights)
    return _convolve(net, operators, joined, len(joined))


def _convolve(net: Translator, operators: Sequence[Operator], weights: NDArray[Any], groups: int) -> str:
    options = operators[0].options
    if (options.DilationHFactor(), options.DilationWFactor()) != (1, 1):
        raise ValueError("a convolution is dilated")
    height, width = weights.shape[2:]
    window = net.window(operators[0], (height, width))
    bias = np.concatenate([net.graph.constants[each.inputs[2]] for each in operators])
    inputs = (net.values(operators, 0), net.onnx.constant(weights), net.onnx.constant(bias))
    return net.activated(net.onnx.add("Conv", *inputs, group=groups, **window), options)


def _pool(name: str) -> Joint:
    def translate(net: Translator, operators: Sequence[Operator]) -> str:
        options = operators[0].options
        window = net.window(operators[0], (options.FilterHeight(), options.FilterWidth()))
        return net.activated(net.onnx.add(name, net.values(operators, 0), **window), options)

    return translate


def _elementwise(name: str) -> Joint:
    def translate(net: Translator, operators: Sequence[Operator]) -> str:
        value = net.onnx.add(name, *(net.values(operators, index) for index in range(len(operators[0].inputs))))
        return net.activated(value, operators[0].options) if operators[0].options else value

    return translate


def _prelu(net: Translator, operators: Sequence[Operator]) -> str:
    """Add x·slope + relu(x)·(1 − slope): ONNX's PRelu keeps ONNX Runtime from its fast layout."""
    slopes = np.concatenate([net.graph.constants[each.inputs[1]].ravel() for each in operators]).reshape(-1, 1, 1)
    value = net.values(operators, 0)
    below = net.onnx.add("Mul", value, net.onnx.constant(slopes))
    above = net.onnx.add("Mul", net.onnx.add("Relu", value), net.onnx.constant(1 - slopes))
    return net.onnx.add("Add", below, above)


def _pad(net: Translator, operators: Sequence[Operator]) -> str:
    pads = net.graph.constants[operators[0].inputs[1]][list(_NCHW)]  # (dimensions, 2)
    value, (_, height, width, channels) = net.values(operators, 0), net.shape(operators[0].inputs[0])
    if len(operators) > 1:
        value = net.onnx.add("Reshape", value, net.onnx.constant((len(operators), channels, height, width)))
    padded = net.onnx.add("Pad", value, net.onnx.constant(pads.T.ravel()))
    if len(operators) > 1:
        padded = net.onnx.add("Reshape", padded, net.onnx.constant((1, -1, *net.shape(operators[0].outputs[0])[1:3])))
    return padded


def _concatenate(net: Translator, operator: Operator) -> str:
    if len(net.shape(operator.outputs[0])) == 4:
        raise ValueError("pictures are concatenated")
    values = [net.value(number) for number in operator.inputs]
    return net.activated(net.onnx.add("Concat", *values, axis=operator.options.Axis()), operator.options)


def _resize(net: Translator, operator: Operator) -> str:
    if not operator.options.HalfPixelCenters():
        raise ValueError("a picture is resized by its corners")
    height, width = net.graph.constants[operator.inputs[1]]
    size = (*(net.shape(operator.inputs[0])[axis] for axis in (0, 3)), height, width)
    modes = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    return net.onnx.add("Resize", net.value(operator.inputs[0]), "", "", net.onnx.constant(size), **modes)


def _depth_to_space(net: Translator, operator: Operator) -> str:
    return net.onnx.add("DepthToSpace", net.value(operator.inputs[0]), blocksize=operator.options.BlockSize())


def _reshape(net: Translator, operator: Operator) -> str:
    before, after = net.shape(operator.inputs[0]), net.shape(operator.outputs[0])
    value = net.value(operator.inputs[0])
    if len(before) == 4 and before[1:3] != (1, 1):
        value = net.onnx.add("Transpose", value, perm=_NHWC)
    if len(after) == 4 and after[1:3] != (1, 1):
        raise ValueError("a picture is made of a vector")
    target = tuple(after[axis] for axis in _NCHW) if len(after) == 4 else after
    return net.onnx.add("Reshape", value, net.onnx.constant(target))


def _slice(net: Translator, operator: Operator) -> str:
    if net.shape(operator.inputs[0]) != net.shape(operator.outputs[0]):
        raise ValueError("a part of a tensor is cut out")
    return net.value(operator.inputs[0])


def _transposed_convolution(net: Translator, operator: Operator) -> str:
    padding, width, height = np.frombuffer(operator.options, "<i4")
    weights = net.graph.constants[operator.inputs[1]]  # (out, height, width, in)
    if padding != 1 or weights.shape[1:3] != (height, width):  # 1: kTfLitePaddingSame
        raise ValueError("a transposed convolution overlaps itself")
    inputs = (net.value(operator.inputs[0]), net.onnx.constant(weights.transpose(3, 0, 1, 2)))
    return net.onnx.add("ConvTranspose", *inputs, net.value(operator.inputs[2]), strides=(int(height), int(width)))


# -- the attention of the face mesh: a part of a feature map is looked at again, aligned with lips or an eye --


def _landmarks_to_matrix(net: Translator, operator: Operator) -> str:
    """Return (1, 4, 4): from pixels of the aligned part to pixels of the feature map.

    The part is the rotated bounding box of some landmarks, enlarged; its x axis runs from one landmark to another.
    """
    onnx, options = net.onnx, operator.options
    size = np.array([options["output_width"], options["output_height"]], np.float32)
    if options["target_rotation_radians"] != 0:
        raise ValueError("a part is rotated")
    flat = onnx.add("Slice", net.value(operator.inputs[0]), *_bounds(onnx, 2, 0, 2))
    ends = [onnx.add("Gather", flat, onnx.constant([options[key]]), axis=1) for key in _AXIS_ENDS]
    along = onnx.add("Reshape", onnx.add("Sub", *reversed(ends)), onnx.constant((1, 2)))
    unit = onnx.add("Div", along, onnx.add("ReduceL2", along, axes=(1,)))
    # From aligned axes to x and y: a rotation. Small products are sums of elements here: a MatMul costs more to start.
    turned = onnx.add("Mul", onnx.add("Gather", unit, onnx.constant([0, 1, 1, 0]), axis=1), onnx.constant(_TURN))
    back = onnx.add("Reshape", turned, onnx.constant((2, 2)))
    points = onnx.add("Gather", flat, onnx.constant(options["subset_idxs"]), axis=1)
    aligned = onnx.add("MatMul", points, back)
    low, high = (onnx.add(name, aligned, axes=(0, 1), keepdims=0) for name in ("ReduceMin", "ReduceMax"))
    scales = np.array([options["scale_x"], options["scale_y"]], np.float32) / size
    linear = onnx.add("Mul", back, onnx.add("Mul", onnx.add("Sub", high, low), onnx.constant(scales)))
    middle = onnx.add("Mul", onnx.add("Add", high, low), onnx.constant(0.5))
    half = onnx.add("Mul", linear, onnx.constant(size / 2))
    corner = onnx.add("Sub", onnx.add("Mul", back, middle), half)
    corner = onnx.add("ReduceSum", corner, onnx.constant((1,)))
    upper = onnx.add("Concat", linear, onnx.constant(np.zeros((2, 1), np.float32)), corner, axis=1)
    lower = onnx.constant(np.eye(4, dtype=np.float32)[2:])
    return onnx.add("Unsqueeze", onnx.add("Concat", upper, lower, axis=0), onnx.constant((0,)))


_TURN = np.array([1, -1, 1, 1], np.float32)
_AXIS_ENDS = ("left_rotation_idx", "right_rotation_idx")


def _sample_part(net: Translator, operator: Operator) -> str:
    """Sample a feature map through a matrix, bilinearly; what lies outside the map is 0."""
    onnx = net.onnx
    _, height, width, _ = net.shape(operator.inputs[0])
    rows, columns = np.indices((operator.options["output_height"], operator.options["output_width"]), np.float32) + 0.5
    centres = np.stack([columns, rows], -1)
    places = onnx.add("Sub", _through(onnx, onnx.constant(centres), net.value(operator.inputs[1])), onnx.constant(0.5))
    last = onnx.constant(np.array([width - 1, height - 1], np.float32))
    grid = onnx.add("Sub", onnx.add("Div", places, onnx.add("Mul", last, onnx.constant(0.5))), onnx.constant(1.0))
    grid = onnx.add("Unsqueeze", grid, onnx.constant((0,)))
    sampled = onnx.add("GridSample", net.value(operator.inputs[0]), grid, align_corners=1, padding_mode="border")
    inside = onnx.add("Clip", places, onnx.constant(0.0), "")
    inside = onnx.add("Equal", onnx.add("Min", inside, last), places)
    both = onnx.add("ReduceMin", onnx.add("Cast", inside, to=1), axes=(-1,), keepdims=0)
    return onnx.add("Mul", sampled, both)


def _transform_landmarks(net: Translator, operator: Operator) -> str:
    return _through(net.onnx, *(net.value(number) for number in operator.inputs))


def _through(onnx: OnnxWriter, points: str, matrix: str) -> str:
    """Map (…, 2) points by the first two rows of a (1, 4, 4) matrix."""
    rows = onnx.add("Squeeze", onnx.add("Slice", matrix, *_bounds(onnx, 1, 0, 2)), onnx.constant((0,)))
    linear = onnx.add("Transpose", onnx.add("Slice", rows, *_bounds(onnx, 1, 0, 2)), perm=(1, 0))
    shift = onnx.add("Reshape", onnx.add("Slice", rows, *_bounds(onnx, 1, 3, 4)), onnx.constant((2,)))
    return onnx.add("Add", onnx.add("MatMul", points, linear), shift)


def _bounds(onnx: OnnxWriter, axis: int, start: int, end: int) -> tuple[str, str, str]:
    """Return the inputs of Slice for one axis."""
    return onnx.constant([start]), onnx.constant([end]), onnx.constant([axis])


_TRANSLATIONS: dict[str, Translation] = {
    "CONCATENATION": _concatenate,
    "Convolution2DTransposeBias": _transposed_convolution,
    "DEPTH_TO_SPACE": _depth_to_space,
    "Landmarks2TransformMatrix": _landmarks_to_matrix,
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize,
    "STRIDED_SLICE": _slice,
    "TransformLandmarks": _transform_landmarks,
    "TransformTensorBilinear": _sample_part,
}
_JOINTS: dict[str, Joint] = {
    "ADD": _elementwise("Add"),
    "AVERAGE_POOL_2D": _pool("AveragePool"),
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "HARD_SWISH": _elementwise("HardSwish"),
    "LOGISTIC": _elementwise("Sigmoid"),
    "MAX_POOL_2D": _pool("MaxPool"),
    "MUL": _elementwise("Mul"),
    "PAD": _pad,
    "PRELU": _prelu,
    "RELU": _elementwise("Relu"),
}


def _side_by_side(graph: TfliteGraph) -> Iterable[Sequence[Operator]]:
    """Yield the operators in an order of computation; like ones of the attention's branches in one go.

    Lips, eyes and irises are looked at by networks of the same form, which alone are too small to be worth a
    call for each step. Joined, their channels lie one after another, and a convolution has a group for each.
    """
    depth: dict[int, int] = defaultdict(int)
    branch: set[int] = set()
    groups: dict[tuple[Any, ...], list[Operator]] = defaultdict(list)
    for index, operator in enumerate(graph.operators):
        level = 1 + max(depth[number] for number in operator.inputs)
        depth[operator.outputs[0]] = level
        inside = operator.name == "TransformTensorBilinear" or branch.intersection(operator.inputs)
        branch.update(operator.outputs if inside else ())
        shapes = (graph.shapes[operator.inputs[0]], graph.shapes[operator.outputs[0]])
        alike = shapes if inside and operator.name in _JOINTS else index
        groups[level, operator.name, alike].append(operator)
    return [groups[key] for key in sorted(groups, key=lambda key: key[0])]
