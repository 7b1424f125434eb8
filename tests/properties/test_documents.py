"""What holds for every document: reading is the inverse of writing, and refuses in its own words."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from policies.design import Designs
from policies.documents import (
    AttributeValueError,
    DesignDocumentError,
    DocumentError,
    PolicyDocumentError,
    digest_of,
    digest_of_designs,
    read_designs,
    read_policy_set,
    type_attributes,
    write_designs,
    write_policy_set,
)
from policies.model import PolicySet
from policies.packs import PACKS, load_pack
from tests.support import drawn_designs
from tests.support import strategies as our


@given(policy_set=our.policy_sets(max_rules=4, max_cases=2))
def test_reading_what_was_written_gives_the_same_policy_set(policy_set: PolicySet) -> None:
    written = write_policy_set(policy_set)
    read = read_policy_set(written)

    assert read == policy_set
    assert write_policy_set(read) == written
    assert digest_of(read) == digest_of(policy_set)


@given(designs=drawn_designs.designs())
def test_reading_written_designs_gives_the_same_designs(designs: Designs) -> None:
    written = write_designs(designs)
    read = read_designs(written)

    assert read == designs
    assert write_designs(read) == written
    assert digest_of_designs(read) == digest_of_designs(designs)


@contextlib.contextmanager
def refusing_in_its_own_words() -> Iterator[None]:
    """Let the readers' own errors pass, if they can be told: as UTF-8, each with its place."""
    try:
        yield
    except (PolicyDocumentError, DesignDocumentError) as error:
        check_telling(error)


def check_telling(error: DocumentError) -> None:
    """Check that an error can be told."""
    assert error.problems
    assert all(each.pointer == "" or each.pointer.startswith("/") for each in error.problems)
    assert str(error).encode()


def read_both(data: bytes) -> None:
    """Read bytes as either kind of document; what can be read is the same after it was written."""
    with refusing_in_its_own_words():
        policy_set = read_policy_set(data)
        assert read_policy_set(write_policy_set(policy_set)) == policy_set
    with refusing_in_its_own_words():
        designs = read_designs(data)
        assert read_designs(write_designs(designs)) == designs


FRAGMENTS = [
    fragment.encode()
    for fragment in (
        *"\t\r\n\0\v\x1b\x7f\x85\u2028\ufeff'\"#:-?,[]{}&*!|>%@`~",
        *("&a ", "*a", "!!python/object:os.system ", "!!binary ", "? ", "<<: *a", "- - - -"),
        *("---\n", "...\n", "%YAML 1.1\n---\n", "|2\n", ">-\n", "{? [a]: b}", "[a]: b"),
        *("1e999", "1e9999999", ".inf", "NaN", "0x1F", "0o7", "1_000", "-0", "+.5", "1e-400"),
        *("9" * 41, "9" * 5_000, "1." + "9" * 5_000, "[" * 40, "{" * 40, '{"a":' * 2_000),
        *("[" * 5_000, "a: " * 50, "\\ud800", "\\u0000", "yes", "null", "2026-01-01", "1:30"),
        *("schema: 1\n", "rules:\n", "  - id: r\n", "when: {", "finding: device.*", "all: []"),
        *("\N{COMBINING ACUTE ACCENT}", "\N{RIGHT-TO-LEFT OVERRIDE}", "🙂", "ß", "ﬁ"),
    )
] + [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbb\xbf", b"\xfe\xff"]
fragments = st.sampled_from(FRAGMENTS)
documents = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(fragments | st.binary(max_size=4), max_size=12).map(b"".join),
)


@given(data=documents)
@example(data=b"")
@example(data=b"{}")
@example(data=b"[" * 100_000)
@example(data=b'{"a":' * 100_000)
@example(data=b"a" * 1_000_001)
def test_the_readers_raise_only_their_own_errors_on_arbitrary_bytes(data: bytes) -> None:
    read_both(data)


real_documents = st.one_of(
    st.sampled_from([load_pack(name) for name in PACKS]),
    our.policy_sets(max_rules=3, max_cases=1).map(write_policy_set),
    drawn_designs.designs().map(write_designs),
)


@given(source=real_documents, data=st.data())
def test_the_readers_survive_mutations_of_real_documents(
    source: bytes, data: st.DataObject
) -> None:
    changed = bytearray(source)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(changed)))
        length = data.draw(st.integers(0, 30))
        changed[start : start + length] = data.draw(st.binary(max_size=12) | fragments)

    read_both(bytes(changed))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["permit", "deny", "device.rooted", "step_up", "1m", "tee", "at_least C"]),
    lambda children: st.lists(children, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["id", "when", "effect", "finding", "all", "any", "not", "attribute", "above",
             "element", "status", "environment", "class", "obligations", "action", "within",
             "type", "rests_on", "method", "elements", "possession", "level", "ground"]
        )
        | st.text(max_size=6),
        children,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@given(rules=json_values, attributes=json_values, otherwise=json_values)
def test_the_policy_reader_raises_only_its_own_error_on_arbitrary_values(
    rules: object, attributes: object, otherwise: object
) -> None:
    body = {
        "schema": 1,
        "name": "N",
        "rules": [rules, {"id": "r", "effect": "deny", "when": rules}],
    }
    data = json.dumps(body | {"attributes": attributes, "otherwise": otherwise}).encode()

    with refusing_in_its_own_words():
        read = read_policy_set(data)
        assert read_policy_set(write_policy_set(read)) == read


@given(tests=json_values, given_=json_values, expect=json_values)
def test_the_reader_of_cases_raises_only_its_own_error_on_arbitrary_values(
    tests: object, given_: object, expect: object
) -> None:
    case = {"name": "A case", "given": given_, "expect": expect}
    body = {"schema": 1, "name": "N", "rules": [], "otherwise": "permit", "tests": [tests, case]}

    with refusing_in_its_own_words():
        read = read_policy_set(json.dumps(body).encode())
        assert read_policy_set(write_policy_set(read)) == read


@given(components=json_values, methods=json_values)
def test_the_design_reader_raises_only_its_own_error_on_arbitrary_values(
    components: object, methods: object
) -> None:
    body = {"schema": 1, "name": "N", "components": [components], "methods": [methods]}

    with refusing_in_its_own_words():
        read = read_designs(json.dumps(body).encode())
        assert read_designs(write_designs(read)) == read


@given(
    policy_set=our.policy_sets(max_rules=0),
    raw=st.dictionaries(
        st.sampled_from(["amount_eur", "age_days", "payee_known", "purpose", "segment"])
        | st.text(),
        json_values,
    ),
)
def test_typing_attributes_raises_only_its_own_error(
    policy_set: PolicySet, raw: dict[str, object]
) -> None:
    with contextlib.suppress(AttributeValueError):
        assert type_attributes(policy_set, raw).keys() == raw.keys()
