"""Values of a frame's path through the puppeteer: the portrait, the scene to paint, and the finished frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from puppet.compositing.donor_parts import Donor
from puppet.compositing.face_alignment import PerformerView
from puppet.compositing.layered_compositor import Composition
from puppet.domain import Controls, Floats, Following, Frame, Inspection, Keypoints, Picture
from puppet.engines.base import PoseInputs, SwapPart
from puppet.geometry.crop import CropBox
from puppet.geometry.head_pose import face_of, fit_head
from puppet.motion.head_limits import shown_turns
from puppet.motion.tight_framing import PictureEdges


class Siblings:
    """Further pictures of a portrait's person, ready one after the other; replaced whole, so any thread may read it.

    Attributes:
        ready: the pictures that were analysed, moved to the portrait's place.
        turns: of their heads, as of `shown_turns`; None: no photograph, or a pack without landmarks.
    """

    def __init__(self) -> None:
        """Begin without a picture."""
        self.ready: tuple[Portrait, ...] = ()
        self.turns: Floats | None = None

    def add(self, portrait: Portrait, *siblings: Portrait) -> None:
        """Add further pictures of the person of `portrait`."""
        self.ready += siblings
        photographs = [each.keypoints for each in self.ready if not each.is_front_view]
        if photographs and portrait.keypoints.depth is not None:
            own, *others = (fit_head(face_of(each)) for each in (portrait.keypoints, *photographs))
            self.turns = shown_turns(own, others)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Portrait:
    """A picture that was analysed and can be animated; compared by identity.

    Attributes:
        name: its name in the gallery.
        picture: the whole picture.
        crop: the model's square in it.
        face: (size, size, 3): the pixels of that square.
        keypoints: the portrait's own pose.
        code: the engine's encoding.
        faces: number of faces in the picture; the largest was taken.
        turned_deg: degrees (0, 90, 180 or 270) by which `picture` was turned clockwise to bring the face upright.
        outline: (K, 2) outline of the face in pixels of `picture`, to cut the person out; None: only the model's square
            is shown.
        edges: of the picture, where landmarks are kept from moving away from close ones; None: nothing is kept.
        siblings: further pictures of the same person.
        from_neutral: of such a picture: where the neutral one's shoulders, clothes and hair are in it, a `flow_grid`.
        is_front_view: of such a picture: it was made of the neutral one, which looks aside.
    """

    name: str
    picture: Picture
    crop: CropBox
    face: Picture
    keypoints: Keypoints
    code: Any
    faces: int
    turned_deg: int = 0
    outline: Floats | None = None
    edges: PictureEdges | None = None
    siblings: Siblings = field(default_factory=Siblings)
    from_neutral: Floats | None = None
    is_front_view: bool = False


@dataclass(frozen=True, slots=True)
class _BaseScene:
    """Common to all scenes.

    Attributes:
        frame: from the camera.
        controls: at the time of `look`.
        portrait: shown at the time of `look`.
        following: state of the performer's tracking.
        driving: the performer's pose; None: no face.
        size: (width, height) of the finished picture; None: see Puppeteer.
        allow_low_precision: for the engine; see Step.
        stages_ms: stage -> milliseconds spent in `look`.
    """

    frame: Frame
    controls: Controls
    portrait: Portrait
    following: Following
    driving: Keypoints | None
    size: tuple[int, int] | None
    allow_low_precision: bool
    stages_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class AnimateScene(_BaseScene):
    """A frame to paint as the portrait in another pose.

    Attributes:
        driven: the portrait's pose.
        composition: composes it from the portrait's own pixels; None: the model's square is shown.
        picture: the picture it is made of: the portrait itself or one of its siblings.
        layers: of that picture, over the portrait's background; None without `composition`.
        donors: parts of other pictures.
        view: of the performer, if the portrait shows them, too.
        inputs: of the engine, from both poses; None: `render` works them out.
    """

    driven: Keypoints
    composition: Composition | None
    picture: Portrait
    layers: Composition | None
    donors: Sequence[Donor] = ()
    view: PerformerView | None = None
    inputs: PoseInputs | None = None

    @property
    def source(self) -> Portrait:
        """The picture that the engine moves."""
        return self.portrait if self.controls.overlay else self.picture


@dataclass(frozen=True, slots=True)
class SwapScene(_BaseScene):
    """A frame to paint as the performer's picture with parts of portraits.

    Attributes:
        image: the frame's picture, mirrored if the controls say so.
        box: the performer's square in it.
        face: (size, size, 3): the pixels of that square.
        parts: of the portraits; none without a face.
    """

    image: Picture
    box: CropBox
    face: Picture
    parts: Sequence[SwapPart]


Scene: TypeAlias = AnimateScene | SwapScene
"""The result of `Puppeteer.look`, to be painted."""


@dataclass(frozen=True, slots=True)
class RenderedScene:
    """A scene with what the networks rendered, to be composed.

    Attributes:
        scene: from `look`.
        inspection: the model's square, or what moves the portrait's own pixels.
        before: the composition that fades out; None: the model's square does, or nothing.
        share: of the scene's composition in the picture, in [0, 1]; 0: the square alone is shown.
        notice: one line about overlays that cannot be shown, or "".
        stages_ms: stage -> milliseconds spent in `render`.
    """

    scene: Scene
    inspection: Inspection
    before: Composition | None
    share: float
    notice: str
    stages_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One finished frame.

    Attributes:
        picture: (H, W, 3) of the output size.
        frame: the camera frame it was made from.
        following: state of the performer's tracking.
        finished_s: when it was finished, on the clock of `Frame.captured_s`.
        stages_ms: stage -> milliseconds.
        driving: the performer's pose in the frame, None without a face; motion tracks record these.
        notice: one line for the user about overlays that cannot be shown, or "".
        shows_performer: the picture contains the performer's own picture.
        cutout: (H, W, 4): the picture with straight alpha, without a background; None: it has one.
    """

    picture: Picture
    frame: Frame
    following: Following
    finished_s: float
    stages_ms: dict[str, float]
    driving: Keypoints | None = None
    notice: str = ""
    shows_performer: bool = False
    cutout: Picture | None = None

    @property
    def written(self) -> Picture:
        """The picture as it is written to files that can carry transparency: (H, W, 3) or (H, W, 4)."""
        return self.picture if self.cutout is None else self.cutout


@dataclass(frozen=True, slots=True)
class ArrivedScene(_BaseScene):
    """A frame that another machine has painted already.

    Attributes:
        rendered: the finished frame.
        expires_s: when it is too old to be shown, on the clock of `Frame.captured_s`.
    """

    rendered: Rendered
    expires_s: float
