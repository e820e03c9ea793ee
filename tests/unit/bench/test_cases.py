"""The table of cases is whole and consistent."""

import pytest
from bench.cases import (
    FULL,
    GIB,
    KIB,
    MIB,
    QUICK,
    REPOSITORIES,
    Group,
    Scale,
    cases,
    preparations,
    size_name,
    tags_case,
    tags_filling,
)
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
    filling = tags_filling(FULL, FULL.tagged_images[0])
    seeded = {step.load["seed"] for step in [*preparations(FULL), filling]}
    assert {case.load["seed"] for case in cases(FULL) if not case.fresh} == seeded


def test_the_full_run_lists_a_hundred_thousand_tags() -> None:
    (tags,) = [case.key for case in cases(FULL) if case.group == Group.TAGS]
    assert tags == "list 100,000 tags (n=1000)"


@pytest.mark.parametrize("images", FULL.tagged_images)
def test_the_tags_that_are_listed_are_those_that_were_filled_in(images: int) -> None:
    listed, filled = tags_case(FULL, images).load, tags_filling(FULL, images).load
    shared = ("repository", "seed", "count", "tags_per_image", "size")
    assert [listed[name] for name in shared] == [filled[name] for name in shared]


def test_each_count_of_tags_has_a_repository_of_its_own() -> None:
    assert list(FULL.tagged_images) == sorted(FULL.tagged_images, reverse=True)
    used = {tags_filling(FULL, images).load["repository"] for images in FULL.tagged_images}
    assert len(used) == len(FULL.tagged_images)


@pytest.mark.parametrize("scale", [FULL, QUICK], ids=["full", "quick"])
def test_every_repository_that_is_used_is_known(scale: Scale) -> None:
    steps = [*preparations(scale), *(tags_filling(scale, n) for n in scale.tagged_images)]
    loads = [step.load for step in steps] + [case.load for case in cases(scale)]
    assert {load["repository"] for load in loads} <= set(REPOSITORIES)


@pytest.mark.parametrize(
    ("size", "name"),
    [(KIB, "1 KiB"), (64 * MIB, "64 MiB"), (GIB, "1 GiB"), (1000, "1000 B"), (1536, "1536 B")],
)
def test_size_names(size: int, name: str) -> None:
    assert size_name(size) == name


def test_only_the_auth_section_leaves_the_shipped_configuration() -> None:
    shipped = "version: 0.1\nauth:\n  htpasswd:\n    realm: x\nhealth:\n  interval: 10s\n"
    assert anonymous_config(shipped) == "version: 0.1\nhealth:\n  interval: 10s\n"
