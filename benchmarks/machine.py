"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("voicepulse", "ctranslate2", "faster-whisper", "openai-whisper", "torch", "pywhispercpp")


def describe_machine() -> dict[str, str]:
    """Processor, memory, load and versions, by name."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores, {_instructions()}",
        "governor": _line(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")) or "unknown",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "load at the start": _load(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    }


def _load() -> str:
    """The averages over 1, 5 and 15 minutes, and a warning where they say that others are at work."""
    loads = os.getloadavg()
    busy = "; others are at work: times are too long, for some engines more than for others"
    return " ".join(f"{load:.2f}" for load in loads) + (busy if loads[0] > 0.5 else "")


def _cpuinfo(field: str) -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(field)), "")


def _processor() -> str:
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _instructions() -> str:
    """Those that decide how fast int8 is."""
    flags = _cpuinfo("flags").split()
    known = [name for name in ("avx2", "avx512f", "avx512_vnni", "amx_int8") if name in flags]
    return " ".join(known) or "vector instructions unknown"


def _line(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
