"""A certificate for C2PA, signed by an authority that nobody trusts."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from puppet.config import Certificate


def make_certificate(folder: Path) -> Certificate:
    """Write a chain and its key as PEM; needs cryptography, which comes with c2pa-python."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def name(text: str) -> x509.Name:
        parts = ((NameOID.COMMON_NAME, text), (NameOID.ORGANIZATION_NAME, "Puppet tests"))
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])

    def certificate(subject: str, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("Test authority"))
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        now = datetime.now().astimezone()
        builder = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(30))
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
        builder = builder.add_extension(issuer, critical=False)
        if not authority:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
            )
        return builder.sign(root, hashes.SHA256())

    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    chain = [certificate("Test signer", leaf, authority=False), certificate("Test authority", root, authority=True)]
    (folder / "chain.pem").write_bytes(b"".join(each.public_bytes(pem) for each in chain))
    format_ = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(leaf.private_bytes(pem, format_, serialization.NoEncryption()))
    return Certificate(folder / "chain.pem", folder / "key.pem")
