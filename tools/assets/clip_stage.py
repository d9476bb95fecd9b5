"""Light, camera and materials of the clip: draws a posed performer with OpenGL, without a window.

One pass makes a shadow map from the key light, one draws background and meshes with four samples a pixel. Hair is drawn
as shells: copies of the scalp, each further out, of which only strands are kept. Shaders are in clip_shaders.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from clip_mesh import Floats
from clip_occlusion import turn_to
from clip_performer import Moment, Part
from clip_room import paint_room
from clip_shaders import BACKDROP, DEPTH_FRAGMENT, DEPTH_VERTEX, FILL_VERTEX, SURFACE_FRAGMENT, SURFACE_VERTEX
from numpy.typing import NDArray

MATERIALS = {"skin": 0, "teeth": 1, "tongue": 2, "lashes": 3, "eye": 4, "scalp": 5}
SHELLS = 22
FOCAL_PX = 1250.0
DISTANCE_M = 0.74
SHADOW_PX = 2048
KEY = np.array([-0.55, -0.72, 0.55])  # towards the key light


@dataclass
class _Drawn:
    """A part's buffers on the graphics side."""

    part: Part
    moving: moderngl.Buffer
    still: moderngl.Buffer
    surface: moderngl.VertexArray
    depth: moderngl.VertexArray


class Stage:
    """Draws frames of `size` (width, height)."""

    def __init__(self, parts: list[Part], size: tuple[int, int]) -> None:
        self._size = size
        self._gl = moderngl.create_standalone_context(backend="egl")
        self._surfaces = {name: self._program(material) for name, material in MATERIALS.items()}
        self._depth = self._gl.program(vertex_shader=DEPTH_VERTEX, fragment_shader=DEPTH_FRAGMENT)
        self._backdrop = self._gl.vertex_array(
            self._gl.program(vertex_shader=FILL_VERTEX, fragment_shader=BACKDROP), []
        )
        self._room = self._gl.texture(size, 3, paint_room(size)[::-1].tobytes())
        self._drawn = [self._upload(part) for part in parts]
        self._shadow = self._gl.depth_texture((SHADOW_PX, SHADOW_PX))
        self._shadow_target = self._gl.framebuffer(depth_attachment=self._shadow)
        self._target = self._gl.framebuffer(
            self._gl.renderbuffer(size, 4, samples=4), self._gl.depth_renderbuffer(size, samples=4)
        )
        self._resolved = self._gl.framebuffer(self._gl.renderbuffer(size, 4))

    def draw(self, posed: list[tuple[Floats, Floats]], moment: Moment) -> NDArray[np.uint8]:
        """The (H, W, 3) RGB picture of a pose."""
        for drawn, (points, directions) in zip(self._drawn, posed, strict=True):
            drawn.moving.write(np.hstack([points, directions]).astype("f4").tobytes())
        body = _placed(moment)
        self._draw_shadow(_light_view(moment) @ body)
        self._target.use()
        self._target.clear()
        self._gl.disable(moderngl.DEPTH_TEST)
        self._room.use(0)
        self._backdrop.render(moderngl.TRIANGLES, vertices=3)
        self._gl.enable(moderngl.DEPTH_TEST)
        self._draw_surfaces(body, _light_view(moment))
        self._gl.copy_framebuffer(self._resolved, self._target)
        rows = np.frombuffer(self._resolved.read(components=3), np.uint8).reshape(self._size[1], self._size[0], 3)
        return np.ascontiguousarray(rows[::-1])

    def _program(self, material: int) -> moderngl.Program:
        head = f"#version 330\n#define MATERIAL {material}\n"
        return self._gl.program(vertex_shader=head + SURFACE_VERTEX, fragment_shader=head + SURFACE_FRAGMENT)

    def _upload(self, part: Part) -> _Drawn:
        moving = self._gl.buffer(reserve=len(part.rest) * 24)
        still = self._gl.buffer(np.hstack([part.rest, part.paint]).astype("f4").tobytes())
        index = self._gl.buffer(part.corners.astype("i4").tobytes())
        surface = self._array(self._surfaces[part.name], moving, still, index)
        return _Drawn(part, moving, still, surface, self._array(self._depth, moving, still, index))

    def _array(
        self, program: moderngl.Program, moving: moderngl.Buffer, still: moderngl.Buffer, index: moderngl.Buffer
    ) -> moderngl.VertexArray:
        """Binds the attributes that the program reads; a shader's compiler drops the others."""
        content = [
            (moving, *_layout(program, ("position", 3), ("normal", 3))),
            (still, *_layout(program, ("rest", 3), ("paint", 4))),
        ]
        return self._gl.vertex_array(program, [entry for entry in content if len(entry) > 2], index)

    def _draw_shadow(self, light: Floats) -> None:
        self._shadow_target.use()
        self._shadow_target.clear(depth=1.0)
        self._gl.enable(moderngl.DEPTH_TEST)
        _set(self._depth, "view", light.T)
        for drawn in self._drawn:
            if drawn.part.name in ("skin", "eye"):
                drawn.depth.render()

    def _draw_surfaces(self, body: Floats, light: Floats) -> None:
        self._shadow.use(0)
        for program in self._surfaces.values():
            _set(program, "body", body.T)
            _set(program, "camera", _camera(self._size).T)
            _set(program, "light", light.T)
            _set(program, "key", KEY / np.linalg.norm(KEY))
            _set(program, "eye_at", np.array([0, -DISTANCE_M, 0]))
        self._render("skin", "teeth", "tongue", "eye")
        self._gl.enable(moderngl.BLEND)
        self._render("lashes")
        self._gl.enable(moderngl.CULL_FACE)
        self._target.depth_mask = False  # shells are drawn from the inside out and seen through each other
        for shell in range(1, SHELLS + 1):
            _set(self._surfaces["scalp"], "shell", np.array(shell / SHELLS))
            self._render("scalp")
        self._target.depth_mask = True
        self._gl.disable(moderngl.BLEND | moderngl.CULL_FACE)

    def _render(self, *names: str) -> None:
        for drawn in self._drawn:
            if drawn.part.name in names:
                drawn.surface.render()


def _layout(program: moderngl.Program, *fields: tuple[str, int]) -> tuple[str, ...]:
    """The format of a buffer and the names of the fields in it; bytes that are not read are skipped."""
    read = [(name, count) for name, count in fields if name in program]
    layout = " ".join(f"{count}f" if name in program else f"{count * 4}x" for name, count in fields)
    return (layout, *(name for name, _ in read))


def _set(program: moderngl.Program, name: str, value: Floats) -> None:
    """Set a uniform, if the material has not let the compiler drop it."""
    uniform = program.get(name, None)
    if isinstance(uniform, moderngl.Uniform):
        uniform.write(value.astype("f4").tobytes())


def _placed(moment: Moment) -> Floats:
    """(4, 4): where the whole person is; sway leans about a point below the picture."""
    c, s = np.cos(moment.sway), np.sin(moment.sway)
    pivot = -0.6
    lean = np.array([[c, 0, s, -s * pivot], [0, 1, 0, 0], [-s, 0, c, pivot - c * pivot], [0, 0, 0, 1]])
    shift = np.eye(4)
    shift[:3, 3] = moment.x_m, moment.y_m, moment.z_m
    return np.asarray(shift @ lean, np.float64)


def _camera(size: tuple[int, int], near: float = 0.1, far: float = 5.0) -> Floats:
    """(4, 4) perspective from DISTANCE_M in front of the origin, looking along +y with z up."""
    width, height = size
    to_view = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, -DISTANCE_M], [0, 0, 0, 1]], float)
    project = np.array(
        [
            [2 * FOCAL_PX / width, 0, 0, 0],
            [0, 2 * FOCAL_PX / height, 0, 0],
            [0, 0, (far + near) / (near - far), 2 * far * near / (near - far)],
            [0, 0, -1, 0],
        ]
    )
    return np.asarray(project @ to_view, np.float64)


def _light_view(moment: Moment, reach_m: float = 0.34) -> Floats:
    """(4, 4) orthographic view from the key light around the head."""
    turn = np.eye(4)
    turn[:3, :3] = turn_to(KEY / np.linalg.norm(KEY))
    shift = np.eye(4)
    shift[:3, 3] = -moment.x_m, -moment.y_m - 0.05, -moment.z_m + 0.08
    return np.diag([1 / reach_m, 1 / reach_m, -1 / 0.6, 1]) @ turn @ shift
