"""Interpret a checkpoint's pickle without executing it, before torch's reader opens it.

A pickle is a program. Its instructions run here on placeholders, within bounds: they may only make plain values,
containers, and tensors of storages that the file holds. Torch's own weights-only reader calls nothing else either, but
it hashes nested tuples for ever, and allocates what a number in the file says.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from puppet.errors import CheckpointError

_MAX_INSTRUCTIONS = 1_000_000  # a large FOMM with its optimizers has some 60,000
_MAX_STACK = 100_000
_MAX_DIMENSIONS = 16

_ITEM_BYTES = {
    **dict.fromkeys(("ByteStorage", "CharStorage", "BoolStorage"), 1),
    **dict.fromkeys(("HalfStorage", "BFloat16Storage", "ShortStorage"), 2),
    **dict.fromkeys(("FloatStorage", "IntStorage"), 4),
    **dict.fromkeys(("DoubleStorage", "LongStorage"), 8),
}
_STORAGES = {f"{module} {name}": size for name, size in _ITEM_BYTES.items() for module in ("torch", "torch.cuda")}
_DICTIONARY, _SIZE, _PARAMETER = "collections OrderedDict", "torch Size", "torch._utils _rebuild_parameter"
_REBUILT = ("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2")
_NAMES = {_DICTIONARY, _SIZE, _PARAMETER, *_REBUILT, *_STORAGES}
_VALUES = (
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING", "BINSTRING"),
    *("NONE", "NEWTRUE", "NEWFALSE"),
)
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_KEYS = (str, int, float, type(None))


@dataclass(frozen=True, slots=True)
class _Name:
    """A class or function by its module and name."""

    name: str


@dataclass(frozen=True, slots=True)
class _Storage:
    items: int


@dataclass(frozen=True, slots=True)
class _Made:
    """A container or a tensor: "list", "dict", "ordered" or "tensor"."""

    kind: str


_MARK: Final = object()
LIST, _DICT, _ORDERED, _TENSOR = _Made("list"), _Made("dict"), _Made("ordered"), _Made("tensor")


class PickleCheck:
    """Checks one pickle.

    Args:
        file: name of the file, for error messages.
        bytes_of: bytes of the storage of a key in the file, -1 where it has none.
    """

    def __init__(self, file: str, bytes_of: Callable[[str], int]) -> None:
        self.storages: dict[str, int] = {}  # key -> bytes that its tensors need
        self.listed: list[Any] = []  # items of lists
        self._file, self._bytes_of = file, bytes_of
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, content: BinaryIO) -> object:
        """Interpret the instructions from the stream's position to STOP; return what they make.

        Raises:
            CheckpointError: the pickle is damaged, endless, or would make something else than weights.
        """
        try:
            for count, (instruction, value, _) in enumerate(pickletools.genops(content)):
                if count > _MAX_INSTRUCTIONS or len(self._stack) > _MAX_STACK:
                    raise self._refusal("it has more instructions than any checkpoint")
                if instruction.name == "STOP":
                    return self._pop()
                self._step(instruction.name, value)
        except ValueError as error:  # an unknown instruction, or the end of the file
            raise self._damage() from error
        raise self._damage()

    def _step(self, name: str, value: Any) -> None:
        if name in _VALUES:
            self._stack.append(_CONSTANTS.get(name, value))
        elif name in ("BINPUT", "LONG_BINPUT"):
            self._memo[value] = self._stack[-1] if self._stack else None
        elif name in ("BINGET", "LONG_BINGET"):
            if value not in self._memo:
                raise self._damage()
            self._stack.append(self._memo[value])
        elif name in _STEPS:
            _STEPS[name](self)
        elif name in ("GLOBAL", "PROTO"):
            if name == "GLOBAL":
                self._stack.append(self._known(value))
        else:
            raise self._refusal(f"its instruction {name} belongs to no checkpoint")

    def _known(self, name: str) -> _Name:
        if name not in _NAMES:
            raise self._refusal(f"it holds more than weights ({ascii(name.replace(' ', '.'))[1:-1][:100]})")
        return _Name(name)

    # --- containers ---

    def _make(self, made: _Made) -> None:
        self._stack.append(made)

    def _tuple(self, length: int | None) -> None:
        items = self._to_mark() if length is None else [self._pop() for _ in range(length)][::-1]
        self._stack.append(tuple(items))

    def _append(self, many: bool) -> None:
        self.listed += self._to_mark() if many else [self._pop()]
        self._expect(self._top() == LIST)

    def _set(self, items: Sequence[Any]) -> None:
        self._expect(self._top() in (_DICT, _ORDERED) and len(items) % 2 == 0)
        if not all(isinstance(key, _KEYS) for key in items[::2]):
            raise self._refusal("a key is neither text nor a number")

    def _build(self) -> None:
        state = self._pop()
        self._expect(self._top() == _ORDERED and state in (_DICT, _ORDERED))

    # --- tensors ---

    def _persistent(self) -> None:
        """A storage: ("storage", type, key, place, items), and in old files a view of another one."""
        match self._pop():
            case ("storage", _Name(kind), str(key), str(), int(items), *view) if kind in _STORAGES and items >= 0:
                self._expect(not view or view == [None] or self._is_view(view[0]))
            case _:
                raise self._damage()
        needed = items * _STORAGES[kind]
        if needed > self._bytes_of(key):
            raise CheckpointError(f"{self._file} is cut off: storage {ascii(key)[1:-1][:40]} is missing or too short")
        self.storages[key] = max(needed, self.storages.get(key, 0))
        self._stack.append(_Storage(items))

    @staticmethod
    def _is_view(view: object) -> bool:
        return isinstance(view, tuple) and [type(item) for item in view] == [str, int, int]

    def _reduce(self) -> None:
        arguments, function = self._pop(), self._pop()
        self._expect(isinstance(arguments, tuple) and isinstance(function, _Name))
        match function.name, arguments:
            case "collections OrderedDict", ():
                self._make(_ORDERED)
            case "torch Size", (tuple(sides),) if _are_sides(sides):
                self._stack.append(sides)
            case "torch._utils _rebuild_parameter", (_Made("tensor"), bool(), _Made("ordered")):
                self._make(_TENSOR)
            case name, (_Storage(items), int(offset), tuple(sides), tuple(strides), *more) if name in _REBUILT:
                self._expect(len(more) == 0 if name == _REBUILT[0] else more[1:] in ([_ORDERED], [_ORDERED, None]))
                self._expect(_are_sides(sides) and _are_sides(strides) and len(sides) == len(strides) and offset >= 0)
                last = sum((side - 1) * stride for side, stride in zip(sides, strides, strict=True))
                self._expect(0 in sides or offset + last < items)
                self._make(_TENSOR)
            case name, _:
                raise self._refusal(f"it calls {name.replace(' ', '.')} with other values than a checkpoint does")

    # --- stack ---

    def _pop(self) -> Any:
        self._top()
        return self._stack.pop()

    def _top(self) -> Any:
        self._expect(bool(self._stack) and self._stack[-1] is not _MARK)
        return self._stack[-1]

    def _to_mark(self) -> list[Any]:
        items: list[Any] = []
        while self._stack and self._stack[-1] is not _MARK:
            items.append(self._stack.pop())
        self._expect(bool(self._stack))
        self._stack.pop()
        return items[::-1]

    def _expect(self, condition: bool) -> None:
        if not condition:
            raise self._damage()

    def _damage(self) -> CheckpointError:
        return CheckpointError(f"{self._file} is damaged or not a PyTorch checkpoint; download it again")

    def _refusal(self, reason: str) -> CheckpointError:
        return CheckpointError(f"{self._file} was refused: {reason}; choose a checkpoint of weights alone")


def _are_sides(sides: tuple[Any, ...]) -> bool:
    return len(sides) <= _MAX_DIMENSIONS and all(type(side) is int and 0 <= side < 1 << 40 for side in sides)


_STEPS: Final[dict[str, Callable[[PickleCheck], None]]] = {
    "MARK": lambda check: check._stack.append(_MARK),
    "EMPTY_TUPLE": lambda check: check._tuple(0),
    "TUPLE1": lambda check: check._tuple(1),
    "TUPLE2": lambda check: check._tuple(2),
    "TUPLE3": lambda check: check._tuple(3),
    "TUPLE": lambda check: check._tuple(None),
    "EMPTY_LIST": lambda check: check._make(LIST),
    "EMPTY_DICT": lambda check: check._make(_DICT),
    "APPEND": lambda check: check._append(False),
    "APPENDS": lambda check: check._append(True),
    "SETITEM": lambda check: check._set([check._pop(), check._pop()][::-1]),
    "SETITEMS": lambda check: check._set(check._to_mark()),
    "BUILD": PickleCheck._build,
    "BINPERSID": PickleCheck._persistent,
    "REDUCE": PickleCheck._reduce,
}
