"""Seeds from the sample evidence beside the project; it is read where it lies and never copied into it."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.fuzzing.target import Target

VECTORS: Final = Path(
    os.environ.get(
        "NINEFOLD_VECTORS",
        str(Path(__file__).resolve().parents[3] / "shared" / "evidence" / "vectors"),
    )
)
_MOST: Final = 24
_FILES: Final = {
    "item.play_integrity": "play-integrity/worldcoin-test-*.json",
    "evidence.key_attestation_leaf": "android-key-attestation/**/*.pem",
    "reader.certificate": "android-key-attestation/**/*.pem",
    "reader.frame": "android-key-attestation/**/*.pem",
    "reader.revocation_list": "google-revocation-list/status.json",
    "evidence.caep_claims": "caep/*.json",
    "evidence.ear_claims": "ear/**/*.json",
    "evidence.ear_token": "ear/**/*.jwt",
}
_ARMOUR: Final = "-----BEGIN CERTIFICATE-----"


def vectors(target: Target) -> Iterator[bytes]:
    """Yield samples for a target, none where the folder is absent or a sample is longer than an input."""
    for path in sorted(VECTORS.glob(_FILES.get(target.name, "-")))[:_MOST]:
        for data in _samples(target.name, path):
            if len(data) <= target.max_size:
                yield data


def _samples(name: str, path: Path) -> Iterator[bytes]:
    """Yield what a file holds, in the form of the target's inputs."""
    if path.suffix == ".pem":
        for armoured in path.read_text().split(_ARMOUR)[1:]:
            yield b64decode(armoured.partition("-----END")[0])
    elif name == "item.play_integrity":
        payload = json.loads(path.read_text())
        yield json.dumps({"provider": "x", "mode": "decoded", "payload": payload}).encode()
    else:
        yield path.read_bytes().strip()
