"""What the kernel says of a server's processes and of the machine (from /proc, by psutil)."""

import platform
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
from bench.figures import Memory

HELPERS = ("resource_tracker", "forkserver")  # Python's own helper processes are no workers


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and everything below it."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """Return the CPU time (user and system) that a process tree has used."""
    total = 0.0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def busy_seconds() -> float:
    """Return the CPU time that the whole machine has used for anything, stolen time too."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def children_seconds() -> float:
    """Return the CPU time of this process and of those that it has waited for."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def memory(pid: int) -> Memory:
    """Return the memory of a server; its workers are its children, or itself when it has none."""
    processes = tree(pid)
    full = [process.memory_full_info() for process in processes]
    workers = [
        info
        for process, info in zip(processes[1:], full[1:], strict=True)
        if not any(helper in " ".join(process.cmdline()) for helper in HELPERS)
    ]
    workers = workers or full
    return Memory(
        rss=sum(info.rss for info in full),
        pss=sum(info.pss for info in full),
        worker_rss=tuple(info.rss for info in workers),
        worker_pss=tuple(info.pss for info in workers),
    )


def machine() -> dict[str, str]:
    """Return what a reader must know of this machine."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "CPU": models[0] if models else platform.machine(),
        "cores": str(psutil.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "Python": platform.python_version(),
    }


def today() -> str:
    """Return the date and time of the run, in UTC."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
