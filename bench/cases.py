"""What is measured: every case with the load that it puts on a registry, as a table of data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

BLOBS = "bench/blobs"
MANIFESTS = "bench/manifests"
IMAGES = "bench/images"

MANIFEST_IMAGES = 16
MANIFEST_LAYERS = 10
IMAGE_LAYERS = 10
IMAGE_LAYER_BYTES = 4 * MIB
TAGS_PER_IMAGE = 100
TAGGED_IMAGES = (1000, 100, 10)
PAGE_SIZE = 1000
SEED_CLIENTS = 4
FILL_CLIENTS = 8


def tags_repository(images: int) -> str:
    """Return the repository in which so many images carry their tags."""
    return f"bench/tags-{images * TAGS_PER_IMAGE}"


REPOSITORIES = (BLOBS, MANIFESTS, IMAGES, *map(tags_repository, TAGGED_IMAGES))


class Group(StrEnum):
    """What cases have in common: the targets speak of groups."""

    BLOB_PUSH = "Blob push"
    SMALL_PUSH = "1 KiB blob push"
    BLOB_PULL = "Blob pull"
    MANIFEST_HEAD = "Manifest HEAD"
    MANIFEST_GET = "Manifest GET"
    IMAGE = "Image"
    TAGS = "Tags"


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement; `load` is the load generator's spec without server and seed."""

    key: str
    group: Group
    load: Mapping[str, object]
    in_mib: bool = False
    fresh: bool = False  # its content must be new in every run


@dataclass(frozen=True, slots=True)
class Scale:
    """How much a run does; the quick one proves only that everything works."""

    seconds: float
    tagged_images: Sequence[int]  # the next is tried when a server cannot take the one before
    sizes: Sequence[int]
    push_operations: Mapping[int, int]
    rerun_max: int
    patience_seconds: float  # for waiting and doing again while others use the machine
    fill_seconds_max: float


FULL = Scale(
    seconds=1.0,
    tagged_images=TAGGED_IMAGES,
    sizes=(KIB, MIB, 64 * MIB, GIB),
    push_operations={KIB: 3000, MIB: 240, 64 * MIB: 8, GIB: 1},
    rerun_max=2,
    patience_seconds=150,
    fill_seconds_max=600,
)
QUICK = Scale(
    seconds=0.2,
    tagged_images=TAGGED_IMAGES[-1:],
    sizes=(KIB, MIB, 64 * MIB),
    push_operations={KIB: 200, MIB: 20, 64 * MIB: 2},
    rerun_max=0,
    patience_seconds=0,
    fill_seconds_max=30,
)


@dataclass(frozen=True, slots=True)
class Preparation:
    """Content that must be in a registry before the cases run."""

    title: str
    load: Mapping[str, object]
    seconds_max: float | None = field(default=None)


def size_name(size: int) -> str:
    """Return a size in the largest unit that divides it, as in `64 MiB`."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def preparations(scale: Scale) -> list[Preparation]:
    """Return what to push before the clock, in order; the tags are `tags_filling`'s."""
    made = [
        Preparation(
            f"blobs of {size_name(size)}",
            {
                "kind": "seed-blobs",
                "repository": BLOBS,
                "seed": f"pull-{size}",
                "clients": SEED_CLIENTS,
                "operations": pull_blob_count(size),
                "size": size,
            },
        )
        for size in scale.sizes
    ]
    manifests = {**manifest_images(), "kind": "seed-images", "operations": MANIFEST_IMAGES}
    images = {**pulled_images(), "kind": "seed-images", "operations": 2}
    return [
        *made,
        Preparation("images with small layers", {**manifests, "clients": SEED_CLIENTS}),
        Preparation("images with layers of 4 MiB", {**images, "clients": 2}),
    ]


def tags_filling(scale: Scale, images: int) -> Preparation:
    """Return the filling of a repository with the tags of so many images."""
    return Preparation(
        f"{images * TAGS_PER_IMAGE:,} tags",
        {**tagged_images(images), "kind": "fill-tags", "clients": FILL_CLIENTS},
        scale.fill_seconds_max,
    )


def cases(scale: Scale) -> list[Case]:
    """Return all cases in the order in which they run and are reported."""
    made: list[Case] = []
    for size in scale.sizes:
        made += [_push(scale, size, clients, "blob-push") for clients in _clients(size)]
    made += [_push(scale, KIB, clients, "blob-post") for clients in _clients(KIB)]
    for size in scale.sizes:
        made += [_pull(scale, size, clients) for clients in _clients(size)]
    made += [
        _manifest(scale, method, by, connections)
        for method in ("HEAD", "GET")
        for by in ("tag", "digest")
        for connections in (1, 16, 64)
    ]
    return [*made, *_images(scale), tags_case(scale, scale.tagged_images[0])]


def pull_blob_count(size: int) -> int:
    """Return how many different blobs of a size are pulled in turn."""
    if size <= MIB:
        return 16
    return 1 if size >= GIB else 2


def manifest_images() -> dict[str, object]:
    """Return the images whose manifests are asked for; a manifest has about 2 KB."""
    return {
        "repository": MANIFESTS,
        "seed": "manifest",
        "count": MANIFEST_IMAGES,
        "layers": MANIFEST_LAYERS,
        "size": KIB,
    }


def pulled_images() -> dict[str, object]:
    """Return the images that the pull of whole images takes."""
    return {
        "repository": IMAGES,
        "seed": "image-pull",
        "count": 2,
        "layers": IMAGE_LAYERS,
        "size": IMAGE_LAYER_BYTES,
    }


def tagged_images(images: int) -> dict[str, object]:
    """Return the images that carry the many tags: all with one layer, a hundred tags on each."""
    return {
        "repository": tags_repository(images),
        "seed": "tags",
        "count": images,
        "tags_per_image": TAGS_PER_IMAGE,
        "size": KIB,
    }


def _clients(size: int) -> tuple[int, ...]:
    return (1,) if size >= GIB else (1, 8)


def _push(scale: Scale, size: int, clients: int, kind: str) -> Case:
    how = " (POST, PUT)" if kind == "blob-post" else ""
    load: dict[str, object] = {
        "kind": kind,
        "repository": BLOBS,
        "clients": clients,
        "size": size,
        "operations": scale.push_operations[size],
        "seconds": scale.seconds,
    }
    group = Group.SMALL_PUSH if size == KIB else Group.BLOB_PUSH
    return Case(
        f"push {size_name(size)}{how} x{clients}", group, load, in_mib=size >= MIB, fresh=True
    )


def _pull(scale: Scale, size: int, clients: int) -> Case:
    load: dict[str, object] = {
        "kind": "blob-pull",
        "repository": BLOBS,
        "seed": f"pull-{size}",
        "clients": clients,
        "size": size,
        "count": pull_blob_count(size),
        "seconds": scale.seconds,
    }
    return Case(f"pull {size_name(size)} x{clients}", Group.BLOB_PULL, load, in_mib=size >= MIB)


def _manifest(scale: Scale, method: str, by: str, connections: int) -> Case:
    load: dict[str, object] = {
        **manifest_images(),
        "kind": "manifest",
        "method": method,
        "by": by,
        "clients": connections,
        "seconds": scale.seconds,
    }
    group = Group.MANIFEST_GET if method == "GET" else Group.MANIFEST_HEAD
    return Case(f"{method} manifest by {by} x{connections}", group, load)


def _images(scale: Scale) -> list[Case]:
    push: dict[str, object] = {
        "kind": "image-push",
        "repository": IMAGES,
        "clients": 1,
        "operations": 6,
        "layers": IMAGE_LAYERS,
        "size": IMAGE_LAYER_BYTES,
        "seconds": scale.seconds,
    }
    pull: dict[str, object] = {
        **pulled_images(),
        "kind": "image-pull",
        "clients": 1,
        "seconds": scale.seconds,
    }
    return [
        Case("push image of 10 x 4 MiB", Group.IMAGE, push, fresh=True),
        Case("pull image of 10 x 4 MiB", Group.IMAGE, pull),
    ]


def tags_case(scale: Scale, images: int) -> Case:
    """Return the case that lists the tags of so many images."""
    load: dict[str, object] = {
        **tagged_images(images),
        "kind": "tags",
        "clients": 1,
        "page_size": PAGE_SIZE,
        "seconds": scale.seconds,
    }
    count = images * TAGS_PER_IMAGE
    return Case(f"list {count:,} tags (n={PAGE_SIZE})", Group.TAGS, load)
