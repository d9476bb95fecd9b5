"""External data of ONNX files is found wherever it stands, and however it was written."""

from __future__ import annotations

import pytest

onnx = pytest.importorskip("onnx")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402

from puppet.engines.onnx_scan import has_external_data  # noqa: E402
from puppet.packs import list_packs  # noqa: E402


def tensor(external: bool) -> TensorProto:
    made = helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])
    if external:
        made.ClearField("float_data")
        made.data_location = TensorProto.EXTERNAL
        entry = made.external_data.add()
        entry.key, entry.value = "location", "/etc/passwd"
    return made


def models(external: bool) -> dict[str, bytes]:
    """The tensor at every place where a model can have one."""
    constant = helper.make_node("Constant", [], ["c"], value=tensor(external))
    inner = helper.make_graph([constant], "inner", [], [])
    sparse = onnx.SparseTensorProto(values=tensor(external), indices=tensor(False), dims=[2])
    branch = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    graphs = {
        "initializer": helper.make_graph([], "g", [], [], [tensor(external)]),
        "attribute": helper.make_graph([constant], "g", [], []),
        "branch": helper.make_graph([branch], "g", [], []),
        "sparse": helper.make_graph([], "g", [], [], sparse_initializer=[sparse]),
    }
    found = {name: helper.make_model(graph) for name, graph in graphs.items()}
    function = helper.make_function("d", "f", [], ["c"], [constant], [helper.make_opsetid("", 17)])
    found["function"] = helper.make_model(helper.make_graph([], "g", [], []), functions=[function])
    found["training"] = helper.make_model(helper.make_graph([], "g", [], []))
    found["training"].training_info.add().initialization.CopyFrom(graphs["initializer"])
    return {name: model.SerializeToString() for name, model in found.items()}


@pytest.mark.parametrize("place", list(models(False)))
def test_external_data_is_found_at_every_place(place: str) -> None:
    assert has_external_data(models(True)[place])
    assert not has_external_data(models(False)[place])


def field(number: int, value: bytes) -> bytes:
    assert len(value) < 128
    return bytes([number << 3 | 2, len(value)]) + value


def test_order_of_the_fields_makes_no_difference() -> None:
    value_before_key = field(2, b"weights.bin") + field(1, b"location")
    model = field(7, field(5, field(13, value_before_key)))
    assert onnx.load_from_string(model).graph.initializer[0].external_data[0].key == "location"
    assert has_external_data(model)


def test_location_alone_is_enough() -> None:
    assert has_external_data(field(7, field(5, bytes([14 << 3, 1]))))
    assert not has_external_data(field(7, field(5, bytes([14 << 3, 0]))))


@pytest.mark.parametrize("content", [b"\x07", b"\x3a\x05ab", b"<?xml version", b"\xff" * 20, b"\x38\x01", b"\x3a"])
def test_what_is_no_protobuf_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"damaged|cut off"):
        has_external_data(content)


def test_endless_nesting_is_refused() -> None:
    deep = b""
    for level in range(300):
        content = (b"\x32", b"\x2a", b"\x0a")[level % 3]
        deep = content + _length(deep) + deep
    with pytest.raises(ValueError, match="nested too deeply"):
        has_external_data(b"\x3a" + _length(deep) + deep)


def _length(content: bytes) -> bytes:
    size, found = len(content), b""
    while size > 127:
        found += bytes([size & 127 | 128])
        size >>= 7
    return found + bytes([size])


@pytest.mark.parametrize("pack", list_packs(), ids=lambda pack: str(pack.name))
def test_shipped_graphs_hold_their_weights(pack) -> None:  # type: ignore[no-untyped-def]
    for name in pack.files:
        if name.endswith(".onnx"):
            assert not has_external_data(pack.read(name))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_scanned_or_refused(content: bytes) -> None:
    try:
        assert has_external_data(content) in (True, False)
    except ValueError as error:
        assert str(error) in ("damaged", "cut off", "nested too deeply")  # noqa: PT017
