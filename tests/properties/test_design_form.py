"""The form of a design and its text say the same: form, document, form is the identity."""
# SPDX-License-Identifier: Apache-2.0

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.web.forms.design_rows import (
    COMPONENT_FIELDS,
    METHOD_FIELDS,
    DesignRows,
    changed,
    document_of,
    field_of,
    rows_from,
    rows_of,
)
from policies.design import Designs
from policies.documents import DesignDocumentError, read_designs, write_designs
from tests.support import drawn_designs

texts = st.text(max_size=12)
rows = st.builds(
    DesignRows,
    name=texts,
    components=st.lists(
        st.fixed_dictionaries(dict.fromkeys(COMPONENT_FIELDS, texts)), max_size=3
    ).map(tuple),
    methods=st.lists(st.fixed_dictionaries(dict.fromkeys(METHOD_FIELDS, texts)), max_size=3).map(
        tuple
    ),
)


def sent(rows: DesignRows) -> dict[str, str]:
    """Return the fields as a browser sends them."""
    return {"name": rows.name} | {
        f"{part}-{number}-{name}": value
        for part in ("components", "methods")
        for number, row in enumerate(getattr(rows, part))
        for name, value in row.items()
    }


@settings(max_examples=60)
@given(designs=drawn_designs.designs())
def test_form_document_form_is_the_identity(designs: Designs) -> None:
    shown = rows_of(designs)

    read = read_designs(document_of(rows_from(sent(shown))).encode())

    assert write_designs(read) == write_designs(designs)
    assert rows_of(read) == shown


@settings(max_examples=60)
@given(typed=rows)
def test_whatever_is_typed_is_kept_and_each_problem_has_a_place(typed: DesignRows) -> None:
    assert rows_from(sent(typed)) == typed
    try:
        read_designs(document_of(typed).encode("utf-8", "surrogatepass"))
    except DesignDocumentError as error:
        places = {field_of(problem) for problem in error.problems}
        of_rows = {place.rsplit("-", 1)[0] for place in sent(typed)}
        assert places <= {*sent(typed), *of_rows, "components", "methods", ""}


@given(typed=rows, part=st.sampled_from(["components", "methods"]))
def test_a_row_that_is_added_and_removed_leaves_the_others(typed: DesignRows, part: str) -> None:
    count = len(getattr(typed, part))
    more = changed(typed, f"add-{part}")

    assert len(getattr(more, part)) == count + 1
    assert changed(more, f"remove-{part}-{count}") == typed
    for nonsense in ("add-", "add-name", f"remove-{part}-x", f"remove-{part}-9999", "check"):
        assert changed(typed, nonsense) == typed
