"""`packs list`, `packs info` and `packs verify`. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from dataclasses import fields

from puppet.cli.parameters import PackArgument


def packs_list() -> int:
    """List the installed packs, the values of --pack."""
    from puppet.cli.console import table
    from puppet.packs import DEFAULT_PACK, list_packs

    rows = [
        (
            f"{pack.name} (default)" if pack.name == DEFAULT_PACK else pack.name,
            pack.card.family,
            f"{pack.size}x{pack.size}",
            pack.card.licence,
            pack.card.description,
        )
        for pack in list_packs()
    ]
    table(("pack", "family", "size", "licence", "description"), rows)
    return 0


def packs_info(pack: PackArgument) -> int:
    """Show the manifest of a pack."""
    from puppet.cli.console import table
    from puppet.packs import open_pack

    opened = open_pack(pack)
    facts = [(field.name, str(getattr(opened.card, field.name))) for field in fields(opened.card)]
    table(("folder", str(opened.folder)), [*facts, ("files", ", ".join(opened.files))])
    return 0


def packs_verify(pack: PackArgument) -> int:
    """Compare every file of a pack with its checksum."""
    from puppet.cli.console import result
    from puppet.packs import open_pack, verify_pack

    opened = open_pack(pack)
    verify_pack(opened)
    result(f"{opened.name}: the checksums of all files match")
    return 0
