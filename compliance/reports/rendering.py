"""HTML to PDF/A-3a and PDF/UA-1 with WeasyPrint; repacked so that the same input gives the same bytes.

Loaded on first use only: the library needs Pango and is heavy.
"""
# SPDX-License-Identifier: Apache-2.0

import hashlib
import warnings
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import pikepdf
from weasyprint import HTML, Attachment
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from compliance.reports.errors import RenderingError

_ALLOWED: Final = ("data",)
_PDFUA: Final = b"""<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
"""What makes a PDF/A file a PDF/UA file too; PDF/A wants every foreign schema described (6.6.2.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """The one file that is attached."""

    name: str
    description: str
    content: bytes


class DataOnlyFetcher(URLFetcher):  # type: ignore[misc]
    """Fetches `data:` addresses and nothing else: no file, no network."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=_ALLOWED, allow_redirects=False, fail_on_errors=True)


class _Metadata(DocumentMetadata):  # type: ignore[misc]
    """Metadata that also says PDF/UA-1."""

    def generate_rdf_metadata(self, *args: Any, **kwargs: Any) -> bytes:
        """Add PDF/UA's identification to what the library writes."""
        written: bytes = super().generate_rdf_metadata(*args, **kwargs)
        head, end, tail = written.rpartition(b"</rdf:RDF>")
        return head + _PDFUA + end + tail


def render_pdf(html: str, *, identifier: str, dated: datetime, data: DataFile) -> bytes:
    """Return the PDF. Nothing in it depends on when or where it is made.

    `identifier` and `dated` become the file's identifier and dates.

    Raises:
        RenderingError: if the document refers to anything outside itself.
    """
    digest = hashlib.sha256(identifier.encode()).digest()[:16]
    try:
        return _repacked(_written(html, digest, dated, data))
    except FatalURLFetchingError as error:
        # The library's error is no `Exception`: left alone it would end the worker.
        raise RenderingError(str(error)) from error


def _written(html: str, identifier: bytes, dated: datetime, data: DataFile) -> bytes:
    """Return the PDF as the library writes it."""
    document = HTML(string=html, url_fetcher=DataOnlyFetcher()).render()
    document.metadata = _with_ua(document.metadata, dated)
    document.metadata.attachments.append(
        Attachment(
            string=data.content,
            name=data.name,
            description=data.description,
            relationship="Data",
            created=dated,
            modified=dated,
        )
    )
    with warnings.catch_warnings():
        # The library leaves closing its colour profile to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        pdf: bytes = document.write_pdf(pdf_variant="pdf/a-3a", pdf_identifier=identifier)
    return pdf


def _with_ua(metadata: DocumentMetadata, dated: datetime) -> _Metadata:
    """Return the document's metadata as ours, with fixed dates."""
    stamp = dated.strftime("%Y-%m-%dT%H:%M:%SZ")
    values = {name: value for name, value in vars(metadata).items() if not name.startswith("_")}
    return _Metadata(**values | {"created": stamp, "modified": stamp})


def _repacked(pdf: bytes) -> bytes:
    """Return the file with 100 objects a stream: one stream of thousands makes validators crawl."""
    written = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as file:
        # The library names the attached file twice.
        file.Root.AF = pikepdf.Array(list(file.Root.AF)[:1])
        file.save(
            written,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            fix_metadata_version=False,
        )
    return written.getvalue()
