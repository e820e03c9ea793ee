"""Rows of what may be collected: memberships that no image needs, blobs that no repository has.

Kept by the transactions that change it, so that it is always whole: an image that goes notes the
blobs that nothing else needs, an image that comes takes its blobs off, a blob that is uploaded or
mounted is on until an image comes. Collecting reads only this, and costs what there is to collect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Select,
    String,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)

from portside.metadata import generations
from portside.metadata.database import Transaction
from portside.metadata.statements import Insert, total, upsert
from portside.metadata.tables import (
    blobs,
    image_blobs,
    orphan_blobs,
    repositories,
    repository_blobs,
    unreferenced_blobs,
)
from portside.metadata.tables.columns import Instant, RowId

_BATCH = 500
_NOW = bindparam("now", type_=Instant)
_REPOSITORY = bindparam("repository", type_=RowId)
_DIGEST = bindparam("wanted", type_=String())


def _note(query: Select[Any, Any, Any]) -> Insert:
    statement = upsert(unreferenced_blobs).from_select(["repository_id", "digest", "since"], query)
    return statement.on_conflict_do_update(
        index_elements=["repository_id", "digest"], set_={"since": statement.excluded.since}
    )


_other = image_blobs.alias("other")
# Built once: they stand on the path of every push and delete.
_NOTE_MEMBERSHIP = _note(
    select(_REPOSITORY, _DIGEST, _NOW).where(
        ~exists().where(image_blobs.c.repository_id == _REPOSITORY, image_blobs.c.digest == _DIGEST)
    )
)
_NOTE_IMAGE_GOES = _note(
    select(image_blobs.c.repository_id, image_blobs.c.digest, _NOW)
    .join(
        repository_blobs,
        and_(
            repository_blobs.c.repository_id == image_blobs.c.repository_id,
            repository_blobs.c.digest == image_blobs.c.digest,
        ),
    )
    .where(
        image_blobs.c.image_id == bindparam("image"),
        ~exists().where(
            _other.c.repository_id == image_blobs.c.repository_id,
            _other.c.digest == image_blobs.c.digest,
            _other.c.image_id != bindparam("image"),
        ),
    )
)
_FORGET = delete(unreferenced_blobs).where(
    unreferenced_blobs.c.repository_id == _REPOSITORY, unreferenced_blobs.c.digest == _DIGEST
)


def note_membership(tx: Transaction, repository_id: int, digest: str, now: datetime) -> None:
    """A repository got a blob, or got it again: it waits from now on for an image to need it."""
    tx.execute(_NOTE_MEMBERSHIP, {"repository": repository_id, "wanted": digest, "now": now})


def note_image_goes(tx: Transaction, image_id: int, now: datetime) -> None:
    """An image is about to be deleted: what only it needs may go. Call it before."""
    tx.execute(_NOTE_IMAGE_GOES, {"image": image_id, "now": now})


def note_image_comes(tx: Transaction, repository_id: int, digests: Iterable[str]) -> None:
    """An image that needs these blobs was stored."""
    rows = [{"repository": repository_id, "wanted": digest} for digest in digests]
    if rows:
        tx.execute(_FORGET, rows)


def note_repository_goes(tx: Transaction, repository_id: int) -> None:
    """A repository is about to be deleted: what only it has may go. Call it before."""
    others = repository_blobs.alias("others")
    only_here = select(repository_blobs.c.digest).where(
        repository_blobs.c.repository_id == repository_id,
        ~exists().where(
            others.c.digest == repository_blobs.c.digest, others.c.repository_id != repository_id
        ),
    )
    tx.execute(upsert(orphan_blobs).from_select(["digest"], only_here).on_conflict_do_nothing())


def note_orphans(tx: Transaction, digests: Sequence[str]) -> None:
    """Memberships of these blobs ended, or they have none: those that nobody has may go."""
    for start in range(0, len(digests), _BATCH):
        lost = select(blobs.c.digest).where(
            blobs.c.digest.in_(digests[start : start + _BATCH]),
            ~exists().where(repository_blobs.c.digest == blobs.c.digest),
        )
        tx.execute(upsert(orphan_blobs).from_select(["digest"], lost).on_conflict_do_nothing())


def end_memberships(tx: Transaction, before: datetime, limit: int) -> int:
    """End up to ``limit`` memberships that nothing needed since then; how many were looked at.

    Asks the images once more: what is needed after all is only taken off the list.
    """
    query = (
        select(unreferenced_blobs.c.repository_id, unreferenced_blobs.c.digest)
        .where(unreferenced_blobs.c.since <= before)
        .order_by(unreferenced_blobs.c.since)
        .limit(limit)
    )
    rows = [{"repository": row.repository_id, "wanted": row.digest} for row in tx.execute(query)]
    if not rows:
        return 0
    needed = exists().where(
        image_blobs.c.repository_id == _REPOSITORY, image_blobs.c.digest == _DIGEST
    )
    tx.execute(
        delete(repository_blobs).where(
            repository_blobs.c.repository_id == _REPOSITORY,
            repository_blobs.c.digest == _DIGEST,
            ~needed,
        ),
        rows,
    )
    tx.execute(_FORGET, rows)
    note_orphans(tx, [str(row["wanted"]) for row in rows])
    changed = {row["repository"] for row in rows}
    generations.grow_repositories(tx, repositories.c.id.in_(changed))
    return len(rows)


def list_orphans(tx: Transaction, limit: int) -> list[str]:
    """Digests of up to ``limit`` blobs whose bytes may go."""
    return list(tx.scalars(select(orphan_blobs.c.digest).limit(limit)))


def delete_orphan_blobs(tx: Transaction, digests: Sequence[str]) -> dict[str, int]:
    """Remove the rows of those blobs that nobody has; the sizes of these.

    A blob without a row, whose bytes an earlier collection left behind, has the size 0. Those that
    somebody has again are taken off the list.
    """
    held = exists().where(repository_blobs.c.digest == orphan_blobs.c.digest)
    tx.execute(delete(orphan_blobs).where(orphan_blobs.c.digest.in_(digests), held))
    query = (
        select(orphan_blobs.c.digest, func.coalesce(blobs.c.size_bytes, literal(0)).label("size"))
        .outerjoin(blobs, blobs.c.digest == orphan_blobs.c.digest)
        .where(orphan_blobs.c.digest.in_(digests))
    )
    gone = {row.digest: row.size for row in tx.execute(query)}
    tx.execute(delete(blobs).where(blobs.c.digest.in_(list(gone))))
    return gone


def forget_orphans(tx: Transaction, digests: Sequence[str]) -> None:
    """The bytes of these are gone."""
    tx.execute(delete(orphan_blobs).where(orphan_blobs.c.digest.in_(digests)))


def count_collectable(tx: Transaction, before: datetime) -> tuple[int, int, int]:
    """What would be collected now: how many memberships end, how many blobs go, their bytes."""
    due = unreferenced_blobs.c.since <= before
    memberships = tx.scalar(select(func.count()).where(due)) or 0
    staying = repository_blobs.alias("staying")
    going = unreferenced_blobs.alias("going")
    stays = exists().where(
        staying.c.digest == blobs.c.digest,
        ~exists().where(
            going.c.repository_id == staying.c.repository_id,
            going.c.digest == staying.c.digest,
            going.c.since <= before,
        ),
    )
    listed = or_(
        blobs.c.digest.in_(select(unreferenced_blobs.c.digest).where(due)),
        blobs.c.digest.in_(select(orphan_blobs.c.digest)),
    )
    count, size = tx.execute(
        select(func.count(), total(blobs.c.size_bytes)).where(listed, not_(stays))
    ).one()
    # Bytes that a collection which died left without a row.
    left = select(func.count()).where(
        ~exists().where(blobs.c.digest == orphan_blobs.c.digest),
        ~exists().where(repository_blobs.c.digest == orphan_blobs.c.digest),
    )
    return memberships, count + (tx.scalar(left.select_from(orphan_blobs)) or 0), size


def add_orphans(tx: Transaction, digests: Iterable[str]) -> None:
    """Have these blobs removed, with their bytes, unless somebody has them by then."""
    rows = [{"digest": digest} for digest in digests]
    if rows:
        tx.execute(upsert(orphan_blobs).on_conflict_do_nothing(), rows)


def list_unheld(tx: Transaction, first: str, behind: str) -> set[str]:
    """Blobs that nobody has, of those from ``first`` on and before ``behind``."""
    unheld = select(blobs.c.digest).where(
        blobs.c.digest >= first,
        blobs.c.digest < behind,
        ~exists().where(repository_blobs.c.digest == blobs.c.digest),
    )
    return set(tx.scalars(unheld))


def list_known(tx: Transaction, first: str, behind: str) -> set[str]:
    """Digests of all blobs from ``first`` on and before ``behind``."""
    query = select(blobs.c.digest).where(blobs.c.digest >= first, blobs.c.digest < behind)
    return set(tx.scalars(query))
