"""Ready policy sets and designs, as data with their legal basis."""
# SPDX-License-Identifier: Apache-2.0

from importlib.resources import files

PACKS = ("balanced", "assume-compromise", "observe-first", "design-demo", "design-one-phone")


def load_pack(name: str) -> bytes:
    """Return the document of a pack.

    Raises:
        KeyError: if there is no such pack.
    """
    if name not in PACKS:
        raise KeyError(name)
    return files(__package__).joinpath(f"{name}.yaml").read_bytes()
