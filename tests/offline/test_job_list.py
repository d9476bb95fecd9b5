"""Jobs of a batch: portraits and drivers, combinations and pairs, names of outputs, job lists and mistakes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from puppet.errors import ConfigError, MediaError
from puppet.media.pictures import write_picture
from puppet.offline.job_list import Job, is_batch, jobs_of, read_jobs
from tests.support.clips import even_times, moving_square
from tests.support.square_engine import make_clip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two portraits and two clips in folders of their own, with files that are neither."""
    for name in ("portraits", "clips"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("not a video")
    for name in ("anna", "bert"):
        write_picture(tmp_path / "portraits" / f"{name}.png", moving_square((64, 64), 1)[0])
    for name in ("talk", "walk"):
        make_clip(tmp_path / "clips" / f"{name}.mp4", even_times(10, 3))
    return tmp_path


def _names(jobs: list[Job]) -> list[tuple[str, str, str]]:
    return [(job.source.stem, job.driving.stem, job.out.name) for job in jobs]


def test_folders_are_combined_each_with_each(folder: Path) -> None:
    jobs = jobs_of([folder / "portraits", folder / "clips"], folder / "{portrait}-{driving}.mkv")
    assert _names(jobs) == [
        ("anna", "talk", "anna-talk.mkv"),
        ("anna", "walk", "anna-walk.mkv"),
        ("bert", "talk", "bert-talk.mkv"),
        ("bert", "walk", "bert-walk.mkv"),
    ]


def test_pairs_globs_and_a_folder_as_output(folder: Path) -> None:
    inputs = [folder / "clips" / "*.mp4", folder / "portraits" / "*.png"]
    assert is_batch(inputs, folder / "out.mp4")
    jobs = jobs_of(inputs, folder, pairs=True)
    assert _names(jobs) == [("anna", "talk", "anna-talk.mp4"), ("bert", "walk", "bert-walk.mp4")]


def test_a_picture_and_a_video_are_one_job_unless_a_name_has_a_placeholder(folder: Path) -> None:
    inputs = [folder / "portraits" / "anna.png", folder / "clips" / "talk.mp4"]
    assert not is_batch(inputs, folder / "o.mp4")
    assert is_batch(inputs, folder / "{driving}.mp4")
    bracket = inputs[0].rename(folder / "anna[1].png")
    assert not is_batch([bracket, inputs[1]], folder / "o.mp4")


def test_names_in_a_folder_have_the_codec_s_extension_and_frames_are_folders(folder: Path) -> None:
    inputs, out = [folder / "portraits" / "anna.png", folder / "clips"], folder / "new"
    assert [job.out.name for job in jobs_of(inputs, out, suffix=".webm")] == ["anna-talk.webm", "anna-walk.webm"]
    assert [job.out.name for job in jobs_of(inputs, out / "{driving}", suffix="")] == ["talk", "walk"]


def test_a_damaged_file_is_a_job_that_will_fail(folder: Path) -> None:
    (folder / "clips" / "bad.mp4").write_bytes(b"\0\0\0\x20ftypisom" + b"x" * 100)
    assert len(jobs_of([folder / "portraits", folder / "clips"], folder)) == 6


@pytest.mark.parametrize(
    ("names", "out", "pairs", "words"),
    [
        (["portraits"], "", False, "No driver"),
        (["clips"], "", False, "No portrait"),
        (["portraits", "clips/talk.mp4"], "", True, "2 portraits and 1 drivers"),
        (["portraits", "clips"], "same.mp4", False, "is the output of 4 jobs"),
        (["portraits", "clips"], "clips", False, "is a folder of inputs"),
    ],
)
def test_what_cannot_be_jobs_is_refused(folder: Path, names: list[str], out: str, pairs: bool, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        jobs_of([folder / name for name in names], folder / out, pairs=pairs)


def test_a_missing_input_is_refused(folder: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        jobs_of([folder / "portraits", folder / "none.mp4"], folder)
    with pytest.raises(MediaError, match="matches no file"):
        jobs_of([folder / "portraits", folder / "none*.mp4"], folder)


def test_a_list_is_read_relative_to_its_folder(folder: Path) -> None:
    (folder / "a.csv").write_text("source,driving,out\nportraits/anna.png,clips/talk.mp4,one.mp4\nx.png,y.mp4,\n")
    (folder / "a.jsonl").write_text('{"source": "x.png", "driving": "y.mp4"}\n\n')
    out = folder / "{driving}.mp4"
    expected = Job(folder / "x.png", folder / "y.mp4", folder / "y.mp4")
    first = Job(folder / "portraits/anna.png", folder / "clips/talk.mp4", folder / "one.mp4")
    assert read_jobs(folder / "a.csv", out) == [first, expected]
    assert read_jobs(folder / "a.jsonl", out) == [expected]
    assert read_jobs(folder / "a.jsonl", folder, ".webm")[0].out.name == "x-y.webm"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.txt", "x", "use one of .csv, .jsonl"),
        ("a.csv", "", "has no rows"),
        ("a.csv", "source,out\na.png,b.mp4\n", "line 2: key driving is missing"),
        ("a.csv", "source,driving,out\na,b,c,d\n", "line 2"),
        ("a.csv", "source,driving\na.png,b.mp4\n", "has no out"),
        ("a.csv", "source,driving,out\na.png,b.mp4,o.mp4\nc.png,b.mp4,o.mp4\n", "is the output of 2 jobs"),
        ("a.jsonl", "[1]\n", "line 1: is not an object"),
        ("a.jsonl", '{"source": \n', "line 1: is not JSON"),
        ("a.jsonl", '{"source": "a", "driving": 5, "out": "o.mp4"}\n', "line 1: driving"),
    ],
)
def test_mistakes_in_a_list_are_told_with_their_line(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=words) as refused:
        read_jobs(tmp_path / name, None)
    assert "\n" not in str(refused.value)
