"""Matching: the golden cases of public records, and the rules of names, releases and fixes."""

from collections.abc import Callable
from typing import Any

import pytest

from portside.vulnerabilities.advisories import Advisory
from portside.vulnerabilities.feeds import parse_document
from portside.vulnerabilities.matching import gravity, match
from portside.vulnerabilities.packages import Distribution, Package
from portside.vulnerabilities.severities import Severity, of_score, of_word

DEBIAN_11 = Distribution(id="debian", version="11")
DEBIAN_10 = Distribution(id="debian", version="10")
ALPINE = Distribution(id="alpine", version="3.14.2")
RHEL = Distribution(id="rhel", version="8.5")


def osv(
    name: str,
    ecosystem: str,
    package: str,
    *,
    fixed: str,
    introduced: str = "0",
    severity: str | None = None,
) -> dict[str, Any]:
    return {
        "id": f"GHSA-{name}",
        "modified": "2024-01-01T00:00:00Z",
        "aliases": [name],
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": package},
                "ranges": [
                    {
                        "type": "ECOSYSTEM",
                        "events": [{"introduced": introduced}, {"fixed": fixed}],
                    }
                ],
                "database_specific": {"severity": severity},
            }
        ],
    }


def tracker(package: str, name: str, codename: str, state: dict[str, str]) -> dict[str, Any]:
    return {package: {name: {"description": "d", "releases": {codename: state}}}}


def fixed_in(version: str, urgency: str = "not yet assigned") -> dict[str, str]:
    return {"status": "resolved", "fixed_version": version, "urgency": urgency}


def finder(*documents: dict[str, Any]) -> Callable[[str, str], list[Advisory]]:
    known = [one for document in documents for one in parse_document(document) or ()]

    def find(ecosystem: str, package: str) -> list[Advisory]:
        return [one for one in known if (one.ecosystem, one.package) == (ecosystem, package)]

    return find


RED_HAT = "Red Hat:enterprise_linux:8::baseos"
SECDB = {
    "distroversion": "v3.14",
    "packages": [
        {
            "pkg": {
                "name": "apk-tools",
                "secfixes": {"2.12.6-r0": ["CVE-2021-36159"], "0": ["CVE-2000-0001"]},
            }
        }
    ],
}
LOG4J = "org.apache.logging.log4j:log4j-core"
GOLDEN = [
    (
        Package(kind="deb", name="libssl1.1", version="1.1.1k-1", source_name="openssl"),
        DEBIAN_11,
        tracker("openssl", "CVE-2021-3711", "bullseye", fixed_in("1.1.1k-1+deb11u1")),
        ("CVE-2021-3711", "1.1.1k-1+deb11u1"),
        "1.1.1k-1+deb11u1",
    ),
    (
        Package(kind="deb", name="sudo", version="1.8.27-1+deb10u2"),
        DEBIAN_10,
        tracker("sudo", "CVE-2021-3156", "buster", fixed_in("1.8.27-1+deb10u3")),
        ("CVE-2021-3156", "1.8.27-1+deb10u3"),
        "1.8.27-1+deb10u3",
    ),
    (
        Package(kind="apk", name="apk-tools", version="2.12.5-r1"),
        ALPINE,
        SECDB,
        ("CVE-2021-36159", "2.12.6-r0"),
        "2.12.7-r0",
    ),
    (
        Package(kind="rpm", name="polkit", version="0.115-12.el8"),
        RHEL,
        osv("CVE-2021-4034", RED_HAT, "polkit", fixed="0:0.115-13.el8_5.1"),
        ("CVE-2021-4034", "0:0.115-13.el8_5.1"),
        "0.115-13.el8_5.1",
    ),
    (
        Package(kind="maven", name=LOG4J, version="2.14.1"),
        None,
        osv("CVE-2021-44228", "Maven", LOG4J, introduced="2.13.0", fixed="2.15.0"),
        ("CVE-2021-44228", "2.15.0"),
        "2.17.1",
    ),
    (
        Package(kind="maven", name=LOG4J, version="2.14.1"),
        None,
        osv("CVE-2021-45046", "Maven", LOG4J, introduced="2.13.0", fixed="2.16.0"),
        ("CVE-2021-45046", "2.16.0"),
        "2.17.1",
    ),
    (
        Package(kind="pypi", name="pyyaml", version="5.3"),
        None,
        osv("CVE-2020-14343", "PyPI", "pyyaml", fixed="5.4"),
        ("CVE-2020-14343", "5.4"),
        "6.0",
    ),
    (
        Package(kind="pypi", name="jinja2", version="2.11.2"),
        None,
        osv("CVE-2020-28493", "PyPI", "jinja2", fixed="2.11.3"),
        ("CVE-2020-28493", "2.11.3"),
        "3.1.6",
    ),
    (
        Package(kind="pypi", name="urllib3", version="1.26.4"),
        None,
        osv("CVE-2021-33503", "PyPI", "urllib3", fixed="1.26.5"),
        ("CVE-2021-33503", "1.26.5"),
        "2.7.0",
    ),
    (
        Package(kind="npm", name="minimist", version="1.2.5"),
        None,
        osv("CVE-2021-44906", "npm", "minimist", introduced="1.0.0", fixed="1.2.6"),
        ("CVE-2021-44906", "1.2.6"),
        "1.2.8",
    ),
]


def no_score(_vectors: tuple[str, ...]) -> Severity | None:
    return None


@pytest.mark.parametrize(
    ("package", "distribution", "document", "expected", "mended"),
    GOLDEN,
    ids=[row[3][0] for row in GOLDEN],
)
def test_the_golden_cases(
    package: Package,
    distribution: Distribution | None,
    document: dict[str, Any],
    expected: tuple[str, str],
    mended: str,
) -> None:
    """The weakness is found with its fix, and not in the version that mends it."""
    found = match(package, distribution, finder(document), no_score)
    assert [(one.advisory.name, one.fixed_in) for one in found] == [expected]
    later = Package(
        kind=package.kind, name=package.name, version=mended, source_name=package.source_name
    )
    assert match(later, distribution, finder(document), no_score) == []


def test_another_release_is_not_concerned() -> None:
    """Advisories of one release say nothing of another."""
    document = tracker("sudo", "CVE-2021-0001", "buster", fixed_in("9"))
    package = Package(kind="deb", name="sudo", version="1")
    assert match(package, DEBIAN_11, finder(document), no_score) == []
    assert match(package, None, finder(document), no_score) == []


@pytest.mark.parametrize(
    ("state", "affected"),
    [
        ({"status": "open", "urgency": "unimportant"}, True),
        ({"status": "undetermined"}, True),
        ({"status": "resolved", "fixed_version": "0"}, False),
        ({"status": "resolved"}, False),
    ],
)
def test_states_of_the_tracker(state: dict[str, str], affected: bool) -> None:
    """A missing fix means affected; a fix in version 0 means never."""
    document = tracker("sudo", "CVE-2021-0001", "bullseye", state)
    package = Package(kind="deb", name="sudo", version="1")
    found = match(package, DEBIAN_11, finder(document), no_score)
    assert [one.fixed_in for one in found] == ([None] if affected else [])


def test_withdrawn_advisories_are_dropped() -> None:
    """What its source took back is no weakness."""
    record = osv("CVE-2021-0001", "PyPI", "x", fixed="2")
    package = Package(kind="pypi", name="x", version="1")
    assert match(package, None, finder(record), no_score)
    withdrawn = {**record, "withdrawn": "2024-02-01T00:00:00Z"}
    assert match(package, None, finder(withdrawn), no_score) == []


def test_two_sources_of_one_weakness_are_one_finding() -> None:
    """Aliases join them; the source that gives its own severity speaks."""
    first = osv("CVE-2021-0001", "PyPI", "x", fixed="2")
    second = {**osv("CVE-2021-0001", "PyPI", "x", fixed="2", severity="HIGH"), "id": "PYSEC-1"}
    package = Package(kind="pypi", name="x", version="1")
    (finding,) = match(package, None, finder(first, second), no_score)
    assert (finding.advisory.name, finding.severity) == ("CVE-2021-0001", Severity.HIGH)


def test_several_spans_and_listed_versions() -> None:
    """A weakness that came, went and came again; versions that are named one by one."""
    record = osv("CVE-2021-0001", "PyPI", "x", fixed="2")
    affected = record["affected"][0]
    affected["ranges"][0]["events"] += [{"introduced": "3"}, {"last_affected": "3.5"}]
    affected["versions"] = ["2.0.1"]

    def found(version: str) -> list[str | None]:
        package = Package(kind="pypi", name="x", version=version)
        return [one.fixed_in for one in match(package, None, finder(record), no_score)]

    assert found("1") == ["2"]
    assert found("2") == []
    assert found("2.0.1") == [None]
    assert found("3.5") == [None]
    assert found("3.6") == []


def test_modules_keep_to_their_stream() -> None:
    """An advisory of a module says nothing of the package outside of it."""
    record = osv("CVE-2021-0001", RED_HAT, "nodejs", fixed="1:20.0-1")
    record["affected"][0]["ecosystem_specific"] = {"rpmmod": "nodejs:18"}
    plain = Package(kind="rpm", name="nodejs", version="1:18.0-1")
    module = Package(kind="rpm", name="nodejs", version="1:18.0-1", module="nodejs:18")
    assert match(plain, RHEL, finder(record), no_score) == []
    assert len(match(module, RHEL, finder(record), no_score)) == 1


def test_findings_are_listed_by_gravity() -> None:
    """The gravest first; without a word or a score a weakness is undefined."""
    documents = [
        osv("CVE-2021-0002", "PyPI", "x", fixed="2"),
        osv("CVE-2021-0001", "PyPI", "x", fixed="2", severity="LOW"),
        osv("CVE-2021-0003", "PyPI", "x", fixed="2", severity="CRITICAL"),
    ]
    package = Package(kind="pypi", name="x", version="1")
    found = sorted(match(package, None, finder(*documents), no_score), key=gravity)
    assert [(one.advisory.name, one.severity.value) for one in found] == [
        ("CVE-2021-0003", "CRITICAL"),
        ("CVE-2021-0001", "LOW"),
        ("CVE-2021-0002", "UNDEFINED"),
    ]


@pytest.mark.parametrize(
    ("score", "severity"),
    [(10.0, "CRITICAL"), (9.0, "CRITICAL"), (8.9, "HIGH"), (4.0, "MEDIUM"), (0.1, "LOW")],
)
def test_scores(score: float, severity: str) -> None:
    """CVSS's own scale."""
    assert of_score(score).value == severity


def test_no_word_is_no_severity() -> None:
    """What no vendor means anything by."""
    assert of_word("not yet assigned") is None
    assert of_word("medium**") is Severity.MEDIUM
    assert of_score(0.0) is Severity.INFORMATIONAL
