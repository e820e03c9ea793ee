"""How documents are shown: as ECR does, and without a change of what they say."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portside.registry.documents import render_document

SHOWN = """{
  "Version" : "2008-10-17",
  "Statement" : [ {
    "Sid" : "new statement",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::012345678901:role/CodeDeployDemo"
    },
    "Action" : [ "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage" ]
  } ]
}"""
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def test_a_policy_is_shown_as_ecr_shows_it() -> None:
    assert render_document(json.loads(SHOWN)) == SHOWN


def test_what_is_empty_keeps_a_space() -> None:
    assert render_document({"a": {}, "b": []}) == '{\n  "a" : { },\n  "b" : [ ]\n}'


def test_other_scripts_stay_readable() -> None:
    assert render_document({"Id": "Prüfung 検査"}) == '{\n  "Id" : "Prüfung 検査"\n}'


@given(DOCUMENTS)
def test_nothing_changes_but_space(document: Any) -> None:
    shown = render_document(document)
    assert json.loads(shown) == document
    assert render_document(json.loads(shown)) == shown
