"""C2PA manifests (content credentials) with c2pa-python, the extra `c2pa`: signing finished files, and reading.

Nothing is fetched: no time stamp from a server, no remote manifest, no revocation list. Any thread.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import puppet
from puppet.config import Certificate
from puppet.errors import MediaError
from puppet.installation import install_command
from puppet.media.files import temporary_folder, whole_file
from puppet.media.mark import SOURCE_TYPE, TOOL

HOLDERS = (".mp4", ".mov", ".png", ".jpg", ".jpeg", ".webp")
"""Extensions of the files that can hold a manifest; Matroska and WebM cannot."""
INSTALL = f"install it with {install_command('c2pa')}"
_ALGORITHMS = ("es256", "es384", "es512", "ps256", "ed25519")
_SETTINGS = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_MANIFEST = {
    "claim_generator_info": [{"name": TOOL, "version": puppet.__version__}],
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}]},
        }
    ],
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Contents of a manifest.

    Attributes:
        state: result of the check: "Valid" (unchanged since it was signed), "Trusted" or "Invalid".
        signer: name on the certificate and the organisation that issued it; "" when there is none.
        generator: program that made the manifest.
        source_types: IPTC digital source types of its actions.
    """

    state: str
    signer: str
    generator: str
    source_types: tuple[str, ...]


def check_certificate(certificate: Certificate) -> None:
    """Sign a small picture, to find what is wrong with a certificate before any work. Raises MediaError."""
    from PIL import Image

    with temporary_folder() as folder:
        picture = folder / "trial.png"
        Image.new("RGB", (8, 8)).save(picture)
        _sign(picture, folder / "signed.png", certificate)


def sign(path: Path, certificate: Certificate) -> None:
    """Add a manifest to a finished file; the file stays as it is, with a warning, when that fails."""
    if path.suffix.lower() not in HOLDERS:
        _log.warning("%s: %s files cannot hold a C2PA manifest; the mark in its tags is there", path, path.suffix)
        return
    try:
        with whole_file(path) as copy:
            _sign(path, copy, certificate)
    except (MediaError, OSError) as error:
        _log.warning("%s: has no C2PA manifest (%s); its mark is there", path, error)


def read_credentials(path: Path) -> Credentials | None:
    """Return what the C2PA manifest of a file says; None without a manifest, or for a kind of file that holds none.

    Raises:
        MediaError: c2pa-python is not installed.
    """
    if path.suffix.lower() not in HOLDERS:
        return None
    library = _library()
    try:
        with library.Context.from_dict(_SETTINGS) as context, library.Reader(path, context=context) as reader:
            found = reader.get_active_manifest() or {}
            state = reader.get_validation_state()
    except library.C2paError.ManifestNotFound:
        return None
    except library.C2paError as error:
        return Credentials(f"unreadable ({' '.join(str(error).split())})", "", "", ())
    return _credentials(found, str(state))


def _credentials(manifest: dict[str, Any], state: str) -> Credentials:
    signature, generators = manifest.get("signature_info", {}), manifest.get("claim_generator_info", [])
    actions = [
        action
        for assertion in manifest.get("assertions", [])
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"].get("actions", [])
    ]
    return Credentials(
        state,
        ", ".join(filter(None, (signature.get("common_name"), signature.get("issuer")))),
        " ".join(str(generators[0].get(key, "")) for key in ("name", "version")) if generators else "",
        tuple(action["digitalSourceType"] for action in actions if "digitalSourceType" in action),
    )


def _sign(path: Path, signed: Path, certificate: Certificate) -> None:
    library = _library()
    try:
        chain, key = certificate.chain.read_bytes(), certificate.key.read_bytes()
    except OSError as error:
        raise MediaError(f"{error.filename}: cannot be read ({error.strerror}); check the path") from error
    reason = ""
    for algorithm in _ALGORITHMS:  # the key decides; the others are refused
        try:
            signer = library.Signer.from_info(library.C2paSignerInfo(algorithm, chain, key, None))
            with (
                library.Context.from_dict(_SETTINGS) as context,
                library.Builder(json.dumps(_MANIFEST), context=context) as builder,
            ):
                builder.sign_file(path, signed, signer)
            return
        except library.C2paError as error:
            reason = reason or " ".join(str(error).split())
    raise MediaError(f"{certificate.chain}: cannot sign with it ({reason}); use a certificate for C2PA and its own key")


def _library() -> Any:
    """Return the module c2pa, which has no types. Raises MediaError."""
    try:
        import c2pa
    except ImportError as error:
        raise MediaError(f"C2PA manifests need c2pa-python; {INSTALL}") from error
    return c2pa
