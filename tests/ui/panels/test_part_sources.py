"""Part swap from several portraits, in the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt

from puppet.config import EngineOptions
from puppet.domain import MaskFrom, PartSwap
from tests.support.fake_session import RUNNING, FakeSession
from tests.support.learned_window import LEARNED, choose_pack, press, start
from tests.support.studio import Studio, save_picture
from ui.panels.part_sources import PartSourcesPanel
from ui.widgets.basic import ElidedLabel


@pytest.fixture
def sources(studio: Studio, tmp_path: Path) -> PartSourcesPanel:
    """The panel of part sources: part swap is on, with all segments of Ada, the shown portrait."""
    for name in ("Di", "Ed"):
        studio.gallery.add(save_picture(tmp_path / f"{name}.png", (9, 9, ord(name[0]))))
    studio.window.portraits.load("Ada")
    start(studio)
    press(studio, Qt.Key.Key_P)
    return studio.window.panel.part_swap.sources


def offered(sources: PartSourcesPanel) -> list[str]:
    return [sources.add_list.itemText(row) for row in range(sources.add_list.count())]


def ask(sources: PartSourcesPanel, name: str) -> None:
    sources.add_list.activated.emit(sources.add_list.findText(name))


def add(studio: Studio, sources: PartSourcesPanel, *names: str) -> None:
    for name in names:
        ask(sources, name)
        studio.until(lambda name=name: name in given_by(sources))  # type: ignore[misc]


def given_by(sources: PartSourcesPanel) -> list[str]:
    return [row.item.name for row in sources.others if row.item is not None]


def names_shown(sources: PartSourcesPanel) -> list[str]:
    return [label.text() for label in sources.findChildren(ElidedLabel) if label.isVisible()]


def choose_outline(studio: Studio, mask: MaskFrom) -> None:
    parts = studio.window.panel.part_swap.part
    parts.setCurrentIndex(parts.findData(mask.value))
    parts.activated.emit(parts.currentIndex())


def reopened(studio: Studio) -> FakeSession:
    """The session after another engine was chosen."""
    following = studio.session.next = FakeSession()
    following.current = replace(LEARNED, portrait="Ada")
    studio.window.model.choose_engine(EngineOptions("torch"))
    studio.until(lambda: studio.window.bridge.session is following)
    return following


def test_several_portraits_give_parts(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo", "Cy")
    sources.others[0].keys[2].click()
    sources.others[1].keys[4].click()
    assert studio.session.controls.swap == PartSwap((1, 2, 4), others=((3,), (5,)))
    assert (studio.session.shown[-1], studio.session.others) == ("Ada", ["Bo", "Cy"])


def test_a_single_source_is_shown_without_its_name(studio: Studio, sources: PartSourcesPanel) -> None:
    assert not sources.own.cross.isVisible()
    assert not names_shown(sources)
    add(studio, sources, "Bo")
    studio.until(lambda: names_shown(sources) == ["Ada", "Bo"])
    assert not sources.own.cross.isVisible()
    assert sources.others[0].cross.isVisible()


def test_sources_in_use_are_not_offered_and_three_others_are_the_maximum(
    studio: Studio, sources: PartSourcesPanel
) -> None:
    assert offered(sources) == ["Bo", "Cy", "Di", "Ed"]
    add(studio, sources, "Cy")
    assert offered(sources) == ["Bo", "Di", "Ed"]
    assert sources.add_list.currentIndex() == -1
    add(studio, sources, "Bo", "Di")
    assert not sources.add_list.isVisible()
    sources.others[1].cross.click()
    assert sources.add_list.isVisible()
    assert offered(sources) == ["Bo", "Ed"]


def test_a_segment_comes_from_the_portrait_chosen_last(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo")
    sources.others[0].keys[1].click()
    assert studio.session.controls.swap == PartSwap((1, 3, 4, 5), others=((2,),))
    assert not sources.own.keys[1].isChecked()
    sources.own.keys[1].click()
    assert studio.session.controls.swap == PartSwap((1, 2, 3, 4, 5), others=((),))


def test_another_main_portrait_keeps_the_others(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo")
    sources.others[0].keys[2].click()
    press(studio, Qt.Key.Key_3)
    studio.until(lambda: studio.session.shown[-1] == "Cy")
    assert studio.session.others == ["Bo"]
    assert studio.session.controls.swap == PartSwap((1, 2, 4, 5), others=((3,),))
    assert "Ada" in offered(sources)


def test_a_removed_source_of_every_part_leaves_those_of_the_shown_portrait(
    studio: Studio, sources: PartSourcesPanel
) -> None:
    add(studio, sources, "Bo")
    for key in sources.others[0].keys:
        key.click()
    assert studio.session.controls.swap == PartSwap(others=((1, 2, 3, 4, 5),))
    sources.others[0].cross.click()
    assert studio.session.controls.swap == PartSwap((1, 2, 3, 4, 5))


def test_a_removed_source_gives_no_segments(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo", "Cy")
    sources.others[0].keys[2].click()
    sources.others[1].keys[3].click()
    sources.others[0].cross.click()
    assert given_by(sources) == ["Cy"]
    assert studio.session.others == ["Cy"]
    assert studio.session.controls.swap == PartSwap((1, 2, 5), others=((4,),))
    assert sources.others[0].keys[3].isChecked()


def test_a_portrait_removed_from_the_gallery_gives_no_segments(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo", "Di")
    studio.window.strip.tiles()[3].remove_wanted.emit()
    assert given_by(sources) == ["Bo"]
    assert studio.session.others == ["Bo"]
    assert "Di" not in offered(sources)


def test_an_unreadable_portrait_changes_nothing_and_shows_the_reason(studio: Studio, sources: PartSourcesPanel) -> None:
    studio.until(lambda: len(studio.session.prepared) == 5)
    studio.window.bridge.poll_picture()
    studio.window.portraits.forget()  # nothing is analysed any more
    studio.gallery.portraits()[1].path.write_text("damaged")
    sources.own.keys[0].click()
    ask(sources, "Bo")
    studio.until(lambda: "bo.png" in studio.notice())
    assert sources.others == []
    assert studio.session.others == []
    assert studio.session.controls.swap == PartSwap((2, 3, 4, 5))
    assert "Bo" in offered(sources)


def test_others_are_kept_while_the_portrait_is_animated(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo")
    sources.others[0].keys[0].click()
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is None
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap == PartSwap((2, 3, 4, 5), others=((1,),))


def test_an_outline_comes_from_the_shown_portrait(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo")
    sources.others[0].keys[0].click()
    choose_outline(studio, MaskFrom.LIPS)
    assert studio.session.controls.swap == PartSwap((2, 3, 4, 5), MaskFrom.LIPS)
    assert not sources.isVisible()
    choose_outline(studio, MaskFrom.SEGMENTS)
    assert studio.session.controls.swap == PartSwap((2, 3, 4, 5), others=((1,),))


def test_others_are_kept_with_another_engine(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo", "Cy")
    sources.others[1].keys[2].click()
    following = reopened(studio)
    studio.until(lambda: following.shown == ["Ada"])
    assert following.others == ["Bo", "Cy"]
    assert following.controls.swap == PartSwap((1, 2, 4, 5), others=((), (3,)))


def test_a_source_that_another_engine_cannot_analyse_is_removed(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo", "Cy")
    sources.others[1].keys[2].click()
    studio.gallery.portraits()[1].path.write_text("damaged since")
    following = reopened(studio)
    studio.until(lambda: following.others == ["Cy"])
    assert given_by(sources) == ["Cy"]
    assert following.controls.swap == PartSwap((1, 2, 4, 5), others=((3,),))
    assert "bo.png" in studio.notice()


def test_others_are_not_used_with_a_pack_without_segments(studio: Studio, sources: PartSourcesPanel) -> None:
    add(studio, sources, "Bo")
    following = choose_pack(studio, "parts")
    following.current = RUNNING  # not one with parts, whatever it is called
    studio.until(lambda: following.shown == ["Ada"])
    assert following.others == []
    assert given_by(sources) == ["Bo"]
