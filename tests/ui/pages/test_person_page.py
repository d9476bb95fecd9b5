"""The page that adds a person: the guided minute, files, and what cannot be used."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any, cast

import numpy as np
import pytest

import puppet.portraits.guided
import puppet.portraits.making
from puppet.domain import Picture
from puppet.errors import PuppetError
from puppet.media.portrait_file import Shot
from puppet.portraits.guided import GuidedPose, Hint, Progress
from puppet.portraits.making import Made, OtherPeopleError
from tests.support.studio import Studio, save_picture
from ui.pages.person import PersonPage

SHOTS = [Shot(np.full((64, 64, 3), level, np.uint8), 0, "a picture") for level in (40, 200)]


class FakeMinute:
    """Every picture shows the next pose; a picture of one grey is blurred."""

    def __init__(self) -> None:
        self.closed = False
        self._done: list[GuidedPose] = []

    def look(self, picture: Picture) -> Progress:
        if picture.max() == 0:
            return self.progress(Hint.NO_FACE)
        self._done.append(list(GuidedPose)[len(self._done)])
        return self.progress()

    def skip(self, pose: GuidedPose) -> Progress:
        return self.progress()

    def progress(self, hint: Hint = Hint.NONE) -> Progress:
        return Progress(list(GuidedPose)[len(self._done)], frozenset(self._done), hint)

    def shots(self) -> list[Shot]:
        return SHOTS

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def page(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> PersonPage:
    monkeypatch.setattr(puppet.portraits.guided, "GuidedMinute", FakeMinute)
    studio.start()
    studio.window.commands.run("person")
    return cast("PersonPage", studio.window.pages.page("person"))


def ticked(page: PersonPage) -> int:
    return sum(label.text().startswith("✓") for label in page.ticks.values())


def begin(studio: Studio, page: PersonPage) -> None:
    page.start.click()
    studio.until(lambda: page.ask.text() != "")
    for done in (1, 2):
        studio.render()
        studio.until(lambda done=done: ticked(page) == done)  # type: ignore[misc]


def names(studio: Studio) -> list[str]:
    return [item.name for item in studio.gallery.portraits()]


def test_poses_are_ticked_off_and_make_a_portrait(studio: Studio, page: PersonPage) -> None:
    page.start.click()
    studio.until(lambda: page.ask.text() == "Look straight at the camera, mouth closed")
    studio.render(0)
    studio.until(lambda: page.hint.text() == "No face is seen")
    assert not page.use.isEnabled()
    studio.render()
    studio.until(lambda: ticked(page) == 1)
    assert not page.use.isEnabled()  # one picture is no portrait of several
    studio.render()
    studio.until(lambda: ticked(page) == 2)
    page.name.setText("Ruth")
    page.use.click()
    studio.until(lambda: "Ruth" in names(studio))
    assert page.start.isVisibleTo(page)


def test_the_minute_ends_with_its_page_and_keeps_nothing(studio: Studio, page: PersonPage) -> None:
    begin(studio, page)
    minute = cast("FakeMinute", studio.window.person._minute)
    studio.window.pages.close()
    studio.until(lambda: minute.closed)
    assert "Me" not in names(studio)


def test_poses_are_kept_while_another_portrait_is_being_made(
    studio: Studio, page: PersonPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = Event()

    def make(_paths: object, **_options: Any) -> Made:
        assert free.wait(20)
        return Made(SHOTS[::-1], ["dark.jpg: too dark"])

    monkeypatch.setattr(puppet.portraits.making, "make_portrait", make)
    begin(studio, page)
    studio.window.person.make([Path("a.jpg"), Path("b.jpg")], "Bea")
    page.use.click()
    assert "is being made" in studio.notice()
    assert ticked(page) == 2
    free.set()
    studio.until(lambda: studio.notice() == "dark.jpg: too dark")
    assert "Bea" in names(studio)
    page.use.click()
    studio.until(lambda: "Me" in names(studio))


def test_pictures_of_other_people_are_used_only_when_the_person_says_so(
    studio: Studio, page: PersonPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(_paths: object, *, any_people: bool, **_options: Any) -> Made:
        if not any_people:
            error = OtherPeopleError("b.jpg")
            error.files = "b.jpg"
            raise error
        return Made(SHOTS, [])

    monkeypatch.setattr(puppet.portraits.making, "make_portrait", make)
    studio.window.person.make([Path("a.jpg"), Path("b.jpg")], "Bea")
    studio.until(lambda: "b.jpg seems to show another person; nothing was added" in studio.notice())
    studio.window.notices.action.click()
    studio.until(lambda: "Bea" in names(studio))


def test_errors_and_cancelling_leave_the_page_ready(
    studio: Studio, page: PersonPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = Event(), Event()

    def make(_paths: object, *, progress: Any, **_options: Any) -> Made:
        begun.set()
        assert goes_on.wait(20)
        progress("clip.mp4", 1, 4)
        raise PuppetError("clip.mp4: no face was found")

    monkeypatch.setattr(puppet.portraits.making, "make_portrait", make)
    for cancelled, told in ((True, False), (False, True)):
        begun.clear()
        goes_on.clear()
        studio.window.person.make([Path("clip.mp4")], "Bea")
        assert not page.choose.isEnabled()
        studio.until(begun.is_set)
        if cancelled:
            studio.window.person.cancel()
        goes_on.set()
        studio.until(page.choose.isEnabled)
        assert ("no face was found" in studio.notice()) is told


def test_files_dropped_together_are_asked_about(studio: Studio, page: PersonPage, tmp_path: Path) -> None:
    paths = [save_picture(tmp_path / f"{name}.png", (9, 9, level)) for level, name in enumerate(("Ida", "Jan"))]
    studio.window.person.take(paths)
    question = studio.window.person.question
    assert question is not None
    assert question.text() == "Make one portrait of these 2 files?"
    next(button for button in question.buttons() if button.text() == "Add each picture").click()
    studio.until(lambda: {"Ida", "Jan"} <= set(names(studio)))
