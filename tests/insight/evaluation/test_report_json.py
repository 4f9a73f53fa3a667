"""A comparison survives being stored, whatever was measured."""

import json

import pytest

from services.core.errors import InputError
from services.insight.evaluation.report_json import from_json, to_json
from tests.insight.evaluation.whole import whole_report


def test_a_stored_report_comes_back_equal() -> None:
    report = whole_report()
    stored = json.dumps(to_json(report), allow_nan=False)
    assert from_json(json.loads(stored)) == report


def test_its_fields_are_those_of_the_nouns() -> None:
    stored = to_json(whole_report())
    assert stored["version"] == 1
    assert stored["best"] == "better"
    overall = stored["measured"][0]["slices"][0]
    assert overall["by"] == "all"
    assert overall["measures"]["ndcg@10"].keys() == {"mean", "low", "high", "queries"}


@pytest.mark.parametrize("stored", [{}, {"version": 2}, {"version": "1"}])
def test_another_version_is_refused(stored) -> None:
    with pytest.raises(InputError, match="not a comparison of version 1"):
        from_json(stored)


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("measured", 3, "report.measured"),
        ("queries", "many", "report.queries"),
        ("differences", [{"by": "all"}], "report.differences.0"),
        ("kinds", None, "report.kinds"),
    ],
)
def test_what_is_damaged_is_refused_naming_the_field(field: str, value, where: str) -> None:
    with pytest.raises(InputError) as caught:
        from_json({**to_json(whole_report()), field: value})
    assert caught.value.fields[0].field.startswith(where)
