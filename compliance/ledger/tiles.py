"""Addresses of tiles and entry bundles, as C2SP tlog-tiles spells them in a path."""
# SPDX-License-Identifier: Apache-2.0

import re
from dataclasses import dataclass

from compliance.core.errors import NotFoundError
from compliance.ledger.merkle import TILE_WIDTH

_PATH = re.compile(
    r"(?P<level>entries|0|[1-9]|[1-5][0-9]|6[0-3])/"
    r"(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TileAddress:
    """One tile: `level` None means the bundle of entries; `width` 256 means a full one."""

    level: int | None
    index: int
    width: int


def parse_tile_path(path: str) -> TileAddress:
    """Return the tile that `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]` names.

    Each tile has one accepted spelling.

    Raises:
        NotFoundError: if the path is not of that form.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise NotFoundError("tile", path[:80])
    index = int(re.sub("[x/]", "", match["index"]))
    width = int(match["width"] or TILE_WIDTH)
    level = None if match["level"] == "entries" else int(match["level"])
    address = TileAddress(level=level, index=index, width=width)
    if format_tile_path(address) != path:
        raise NotFoundError("tile", path[:80])
    return address


def format_tile_path(address: TileAddress) -> str:
    """Return the path of a tile below `tile/`: 1234067 is spelt `x001/x234/067`."""
    groups = f"{address.index % 1000:03}"
    rest = address.index // 1000
    while rest:
        groups = f"x{rest % 1000:03}/{groups}"
        rest //= 1000
    level = "entries" if address.level is None else str(address.level)
    suffix = "" if address.width == TILE_WIDTH else f".p/{address.width}"
    return f"{level}/{groups}{suffix}"
