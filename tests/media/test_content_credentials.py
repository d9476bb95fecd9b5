"""C2PA manifests: signed with a certificate that these tests make, checked by c2pa-python itself."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from puppet.config import Certificate, Mark, RecordingOptions
from puppet.errors import MediaError
from puppet.media.content_credentials import check_certificate, read_credentials
from puppet.media.mark import SOURCE_TYPE
from puppet.media.mark_reader import read_mark
from puppet.media.pictures import read_picture, write_picture
from puppet.media.video import VideoReader, VideoWriter
from tests.support.certificates import make_certificate
from tests.support.clips import even_times, moving_square
from tools.supply.locks import read_lock

c2pa: Any = pytest.importorskip("c2pa")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def _record(path: Path, certificate: Certificate, *, live: bool) -> None:
    options = RecordingOptions() if live else None
    with VideoWriter(path, (64, 48), 25, live=options, mark=Mark(certificate)) as writer:
        for picture, time_s in zip(moving_square((64, 48), 20), even_times(25, 20), strict=True):
            writer.write(picture, time_s)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_a_video_is_signed_and_plays(tmp_path: Path, certificate: Certificate, name: str, live: bool) -> None:
    _record(tmp_path / name, certificate, live=live)
    found = read_mark(tmp_path / name)
    assert found.ai_made
    assert found.source_type
    assert found.credentials is not None
    assert found.credentials.state == "Valid"
    assert found.credentials.source_types == (SOURCE_TYPE,)
    assert found.credentials.signer == "Test signer, Puppet tests"
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with VideoReader(tmp_path / name) as reader:
        assert len(list(reader.pictures())) == 20


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_a_picture_is_signed(tmp_path: Path, certificate: Certificate, name: str) -> None:
    write_picture(tmp_path / name, moving_square((64, 64), 1)[0], mark=Mark(certificate))
    found = read_credentials(tmp_path / name)
    assert found is not None
    assert found.state == "Valid"


def test_a_picture_that_was_changed_after_signing_is_invalid(tmp_path: Path, certificate: Certificate) -> None:
    path = tmp_path / "a.png"
    write_picture(path, moving_square((64, 64), 1)[0], mark=Mark(certificate))
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 20] ^= 1
    path.write_bytes(content)
    found = read_credentials(path)
    assert found is not None
    assert found.state == "Invalid"


def test_matroska_keeps_its_tags_and_says_that_it_holds_no_manifest(
    tmp_path: Path, certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    _record(tmp_path / "a.mkv", certificate, live=False)
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "cannot hold a C2PA manifest" in record.getMessage()
    assert read_mark(tmp_path / "a.mkv").ai_made


def test_the_manifest_names_no_file(tmp_path: Path, certificate: Certificate) -> None:
    _record(tmp_path / "nameofthefile.mp4", certificate, live=False)
    content = (tmp_path / "nameofthefile.mp4").read_bytes()
    assert b"nameofthefile" not in content
    assert str(tmp_path).encode() not in content


def test_a_failure_at_the_end_keeps_the_file_with_its_mark(
    tmp_path: Path, certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    gone = Certificate(certificate.chain, tmp_path / "gone.pem")
    write_picture(tmp_path / "a.png", np.zeros((64, 64, 3), np.uint8), mark=Mark(gone))
    assert "has no C2PA manifest" in caplog.text
    assert read_mark(tmp_path / "a.png").ai_made
    assert read_picture(tmp_path / "a.png").shape == (64, 64, 3)


def test_a_certificate_that_cannot_sign_is_refused_in_one_line(certificate: Certificate) -> None:
    for bad in (Certificate(certificate.key, certificate.key), Certificate(certificate.chain, certificate.chain)):
        with pytest.raises(MediaError, match="cannot sign with it") as refused:
            check_certificate(bad)
        assert "\n" not in str(refused.value)


def test_without_the_library_the_hashed_lock_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(MediaError) as refused:
        read_credentials(tmp_path / "a.png")
    command = str(refused.value).partition("install it with ")[2]
    assert command == "pip install --no-deps --require-hashes -r requirements/c2pa.txt"
    assert "c2pa-python" in {package.name for package in read_lock("c2pa")}
