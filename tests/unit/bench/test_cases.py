"""The table of cases is whole and consistent."""

import pytest
from bench.cases import FULL, GIB, KIB, MIB, QUICK, Group, Scale, cases, preparations, size_name
from bench.servers import anonymous_config


@pytest.mark.parametrize("scale", [FULL, QUICK], ids=["full", "quick"])
def test_keys_are_unique_and_every_group_has_cases(scale: Scale) -> None:
    made = cases(scale)
    assert len({case.key for case in made}) == len(made)
    assert {case.group for case in made} == set(Group)


def test_the_full_run_has_every_size_and_client_count() -> None:
    made = cases(FULL)
    pulls = {(c.load["size"], c.load["clients"]) for c in made if c.group == Group.BLOB_PULL}
    small = {(size, clients) for size in (KIB, MIB, 64 * MIB) for clients in (1, 8)}
    assert pulls == small | {(GIB, 1)}
    gets = [c.load for c in made if c.group == Group.MANIFEST_GET]
    assert {(load["by"], load["clients"]) for load in gets} == {
        (by, clients) for by in ("tag", "digest") for clients in (1, 16, 64)
    }


def test_what_is_pulled_was_pushed_before() -> None:
    seeded = {step.load["seed"] for step in preparations(FULL)}
    assert {case.load["seed"] for case in cases(FULL) if not case.fresh} == seeded


def test_the_full_run_lists_a_hundred_thousand_tags() -> None:
    (tags,) = [case.key for case in cases(FULL) if case.group == Group.TAGS]
    assert tags == "list 100,000 tags (n=1000)"


@pytest.mark.parametrize(
    ("size", "name"),
    [(KIB, "1 KiB"), (64 * MIB, "64 MiB"), (GIB, "1 GiB"), (1000, "1000 B"), (1536, "1536 B")],
)
def test_size_names(size: int, name: str) -> None:
    assert size_name(size) == name


def test_only_the_auth_section_leaves_the_shipped_configuration() -> None:
    shipped = "version: 0.1\nauth:\n  htpasswd:\n    realm: x\nhealth:\n  interval: 10s\n"
    assert anonymous_config(shipped) == "version: 0.1\nhealth:\n  interval: 10s\n"
