"""Every target, by its name. A parser that reads what strangers send belongs here."""
# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tests.fuzzing.documents import DOCUMENT_TARGETS
from tests.fuzzing.evidence_content import CONTENT_TARGETS
from tests.fuzzing.evidence_items import ITEM_TARGETS, SETTINGS_TARGETS
from tests.fuzzing.readers import READER_TARGETS
from tests.fuzzing.target import Target

TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        target.name: target
        for target in (
            *ITEM_TARGETS,
            *SETTINGS_TARGETS,
            *CONTENT_TARGETS,
            *READER_TARGETS,
            *DOCUMENT_TARGETS,
        )
    }
)
