"""Inputs that are all of one thing and as long as may be: what a parser might read deep, often, or twice."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from typing import Final

from tests.fuzzing.target import Target

_REPEATED: Final = (
    # JSON and YAML: depth, breadth, numbers, text that grows, comments and anchors.
    *(
        b"[",
        b"{",
        b'{"a":',
        b"[[],",
        b"[1,",
        b'{"":0,',
        b"9",
        b'"',
        b"\\",
        b'"\\u0000',
        b'"\\ud800"',
    ),
    *(b"- ", b"- a\n", b"? ", b"a:\n ", b"&a [*a,", b"#", b"|\n", b"\n", b" ", b"---\n", b"{a: "),
    # CBOR: lists, maps and strings within each other, tags, lengths that never end.
    *(b"\x81", b"\xa1\x00", b"\x9f", b"\xbf", b"\xc0", b"\x5f", b"\xd8\x18", b"\x1b" + b"\xff" * 8),
    # BER and DER: indefinite lengths, tags of many octets, empty sequences, lengths of lengths.
    *(b"\x30\x80", b"\x24\x80", b"\xbf\xff", b"\x30\x00", b"\x30\x84\x7f\xff\xff\xff", b"\x1f\x80"),
    # Tokens, notes, proofs, files.
    *(b".", b"A", b"e30.", b"=", b"\n\n", b"\xe2\x80\x94 a AAAA\n", b"%PDF-1.7\n", b"1 0 obj<<"),
    *(b"\x00", b"\xff", b"PK\x03\x04", b"PK\x01\x02", b"\xed\xa0\x80"),
)


def hostile(target: Target) -> Iterator[bytes]:
    """Yield inputs of the longest size for a target: alone, and in the middle of a sound input."""
    for unit in _REPEATED:
        yield (unit * (target.max_size // len(unit) + 1))[: target.max_size]
    for seed in target.seeds():
        half = len(seed) // 2
        for unit in _REPEATED:
            times = max(target.max_size - len(seed), 0) // len(unit)
            yield seed[:half] + unit * times + seed[half:]
        return
