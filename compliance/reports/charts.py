"""Charts: Vega-Lite specifications in `templates/charts`, drawn as SVG on the server."""
# SPDX-License-Identifier: Apache-2.0

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings

_NAME: Final = re.compile(r"[a-z][a-z_]{0,40}")

Rows = Sequence[Mapping[str, Any]]


def chart_svg(name: str, data: Rows) -> str:
    """Return the chart `name` of `data` as an SVG document; the same picture in page and PDF.

    Loading the renderer takes a moment, so it is done on first use.

    Raises:
        KeyError: if there is no such chart.
    """
    import vl_convert  # noqa: PLC0415 - heavy: a process that draws nothing does without

    specification = _specification(name) | {"data": {"values": list(data)}}
    svg: str = vl_convert.vegalite_to_svg(specification)
    return svg


@lru_cache(maxsize=32)
def _specification(name: str) -> dict[str, Any]:
    """Return a chart's specification, with the house style merged in.

    Raises:
        KeyError: if there is no such chart.
    """
    folder = Path(settings.BASE_DIR) / "templates" / "charts"
    path = folder / f"{name}.vl.json"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise KeyError(name)
    specification: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    style = json.loads((folder / "style.json").read_text(encoding="utf-8"))
    return specification | {"config": style}
