"""Layers upon one another: whiteouts, replaced files, and who brought what."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from portside.vulnerabilities.layers import LayerContents, fingerprint, merge
from portside.vulnerabilities.packages import Package

STATUS = "var/lib/dpkg/status"


def deb(name: str, version: str = "1") -> Package:
    return Package(kind="deb", name=name, version=version)


def layer(
    digest: str,
    packages: Mapping[str, tuple[Package, ...]] | None = None,
    *,
    removed: tuple[str, ...] = (),
    opaque: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
) -> LayerContents:
    held = packages or {}
    return LayerContents(
        digest=digest,
        packages=held,
        removed=frozenset(removed),
        opaque=frozenset(opaque),
        present=frozenset(fingerprint(path) for path in (*held, *others)),
    )


def shown(*layers: LayerContents) -> set[tuple[str, str, str]]:
    return {(one.package.name, one.package.version, one.layer) for one in merge(layers).installed}


def test_the_last_database_counts_and_the_first_layer_is_named() -> None:
    """What stays installed keeps its layer; what changes version is the later layer's."""
    assert shown(
        layer("base", {STATUS: (deb("a"), deb("b"))}),
        layer("more", {STATUS: (deb("a"), deb("b", "2"), deb("c"))}),
    ) == {("a", "1", "base"), ("b", "2", "more"), ("c", "1", "more")}


def test_whiteouts_take_away() -> None:
    """A file, or a folder with all that is below it."""
    jar = {"app/lib/x.jar": (deb("x"),)}
    assert shown(layer("base", jar), layer("top", removed=("app/lib/x.jar",))) == set()
    assert shown(layer("base", jar), layer("top", removed=("app",))) == set()
    assert shown(layer("base", jar), layer("top", removed=("ap",))) == {("x", "1", "base")}


def test_opaque_folders_hide_what_was_before_but_not_their_own() -> None:
    """What the layer itself brings into the folder is there."""
    top = layer("top", {"app/y.jar": (deb("y"),)}, opaque=("app",))
    assert shown(layer("base", {"app/x.jar": (deb("x"),)}), top) == {("y", "1", "top")}


def test_replaced_files_name_nothing_any_more() -> None:
    """A file that is replaced by anything else, or whose folder becomes a file, is gone."""
    base = layer("base", {"usr/bin/tool": (deb("module"),)})
    assert shown(base, layer("top", others=("usr/bin/tool",))) == set()
    assert shown(base, layer("top", others=("usr/bin",))) == set()
    assert shown(base, layer("top", others=("usr/bin/other",))) == {("module", "1", "base")}


def test_the_distribution_of_the_topmost_layer_counts() -> None:
    """``etc/os-release`` goes before ``usr/lib/os-release``."""
    base = LayerContents(digest="base", os_releases={"usr/lib/os-release": "ID=debian"})
    top = LayerContents(digest="top", os_releases={"etc/os-release": "ID=mine"})
    found = merge([base, top]).distribution
    assert found is not None
    assert found.id == "mine"


PATHS = st.sampled_from(["a", "a/b", "a/b/c", "a/d", "e"])


@given(
    st.lists(
        st.tuples(
            st.dictionaries(PATHS, st.sampled_from(["p", "q"]), max_size=3),
            st.sets(PATHS, max_size=2),
        ),
        max_size=5,
    )
)
def test_merging_agrees_with_a_file_system(steps: list[tuple[dict[str, str], set[str]]]) -> None:
    """Against a plain model: take away, then put down, layer by layer."""
    model: dict[str, str] = {}
    layers = []
    for number, (files, removed) in enumerate(steps):
        kept = {path: name for path, name in files.items() if not _below_another(path, files)}
        gone = removed | set(kept)
        model = {path: name for path, name in model.items() if not _is_below(path, gone)}
        model.update(kept)
        packages = {path: (deb(name),) for path, name in kept.items()}
        layers.append(layer(str(number), packages, removed=tuple(removed)))
    assert sorted((one.path, one.package.name) for one in merge(layers).installed) == sorted(
        model.items()
    )


def _below_another(path: str, files: dict[str, str]) -> bool:
    return any(path.startswith(other + "/") for other in files)


def _is_below(path: str, gone: set[str]) -> bool:
    return any(path == other or path.startswith(other + "/") for other in gone)
