"""Addresses of tiles: one name for each tile, nothing else."""
# SPDX-License-Identifier: Apache-2.0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.api.v1.tile_paths import FULL_WIDTH, TilePath, read_tile_path


def encoded(number: int) -> str:
    """Return the number in groups of three digits (C2SP tlog-tiles)."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    return "/".join(groups)


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0/000", TilePath(0, 0, FULL_WIDTH)),
        ("0/x001/x234/067", TilePath(0, 1234067, FULL_WIDTH)),
        ("1/000.p/5", TilePath(1, 0, 5)),
        ("63/007.p/255", TilePath(63, 7, 255)),
        ("entries/x001/000", TilePath(None, 1000, FULL_WIDTH)),
        ("entries/000.p/1", TilePath(None, 0, 1)),
    ],
)
def test_the_address_of_a_tile_is_read(path: str, tile: TilePath) -> None:
    assert read_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/",
        "0/0",
        "0/00",
        "0/0000",
        "00/000",
        "-1/000",
        "64/000",
        "0/x000/001",
        "0/001/002",
        "0/x001",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/05",
        "0/000.p/",
        "0/000.p/+5",
        "0/000/",
        "0//000",
        "entries/000.P/1",
        "ENTRIES/000",
        "0/٠٠٠",
        "0/000\n",
        "0/" + "x001/" * 50 + "000",
    ],
)
def test_what_is_no_address_of_a_tile_is_none(path: str) -> None:
    assert read_tile_path(path) is None


@given(st.integers(0, 63), st.integers(0, 2**60), st.integers(1, FULL_WIDTH))
def test_every_tile_is_found_at_its_address(level: int, number: int, width: int) -> None:
    suffix = "" if width == FULL_WIDTH else f".p/{width}"

    tile = read_tile_path(f"{level}/{encoded(number)}{suffix}")

    assert tile == TilePath(level, number, width)


@given(st.text())
def test_any_text_is_read_or_refused(path: str) -> None:
    tile = read_tile_path(path)

    assert tile is None or 1 <= tile.width <= FULL_WIDTH
