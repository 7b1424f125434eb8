"""Reads addresses of tiles (C2SP tlog-tiles), strictly: each tile has one address."""
# SPDX-License-Identifier: Apache-2.0

import re
from typing import Final, NamedTuple

FULL_WIDTH: Final = 256
_PATH = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/"
    r"(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)
_HIGHEST_LEVEL = 63


class TilePath(NamedTuple):
    """One tile: its level (None: the bundle of entries), number, and how many hashes of 256 it has."""

    level: int | None
    number: int
    width: int

    @property
    def is_full(self) -> bool:
        """Return whether the tile can never change any more."""
        return self.width == FULL_WIDTH


def read_tile_path(path: str) -> TilePath | None:
    """Return what `path` (after `tile/`) names, or None if it names no tile.

    `0/x001/x234/067` is tile 1234067 of level 0; `.p/5` asks for its first five hashes.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    level = None if match["level"] == "entries" else int(match["level"])
    width = int(match["width"] or FULL_WIDTH)
    too_wide = match["width"] is not None and width >= FULL_WIDTH
    # `x000/001` would be a second name of `001`.
    has_zero_group = match["index"].startswith("x000/")
    if too_wide or has_zero_group or (level or 0) > _HIGHEST_LEVEL:
        return None
    return TilePath(level, int(match["index"].replace("x", "").replace("/", "")), width)
