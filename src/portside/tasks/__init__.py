"""Tasks: what runs in the background, when, and as a reaction to what.

Nobody imports this room. To enqueue is to write an outbox row: ``metadata.events.insert_event`` in
the transaction of the change. What reacts is a row of :mod:`portside.tasks.reactions`, what runs
from time to time a row of :mod:`portside.tasks.schedules`; both name a method of a service, and a
new one needs a row there and a field of :class:`portside.tasks.deeds.Deeds`.

Promised: every event reaches every reaction to its kind at least once, in the order in which a
repository's events were committed (for scans: an image's); each reaction goes its own pace. A
schedule runs in one process at a time. A failed reaction is tried again, later and later, and its
lane (its repository, or its image) waits for it; in the end it is given up, stays listed, and the
lane goes on. ``kill -9`` loses nothing: a task that its process did not finish is due again.

Huey runs them: its consumer keeps the threads, takes what is due from rows through
:mod:`portside.tasks.storage`, and finishes what is under way at a stop.
"""
