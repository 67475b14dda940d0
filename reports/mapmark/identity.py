# SPDX-License-Identifier: MIT
"""Which machine and environment this is, and how noisy it is right now."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path

from mapmark.record import Facts, Identity, MutableFacts
from mapmark.results import Context

_KIB_PER_GIB = 1 << 20

# What /proc/cpuinfo calls the four: on x86, then on Arm.
_CPU_FACTS = {
    "cpu_vendor": ("vendor_id", "CPU implementer"),
    "cpu_family": ("cpu family", "CPU architecture"),
    "cpu_model": ("model", "CPU part"),
    "cpu_stepping": ("stepping", "CPU revision"),
}


def identify(context: Context | None, measured: Path) -> Identity:
    """`measured` lies on the file system that was measured."""
    if context is None:
        return identify_build({}, 0, measured)
    return identify_build(context.build, context.page_bytes, measured)


def identify_build(
    build: Mapping[str, str], page_bytes: int, measured: Path
) -> Identity:
    """As identify(), of a build that has measured nothing yet."""
    host = _host()
    env = _env(build, page_bytes, measured)
    return Identity(
        host_key=key_of(host),
        host=host,
        env_key=key_of(env),
        env=env,
        about={"cpu": _cpuinfo().get("model name", platform.machine())},
    )


def key_of(facts: Facts) -> str:
    """SHA-256 over the facts as JSON: sorted, no spaces, UTF-8."""
    text = json.dumps(
        dict(facts), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _host() -> Facts:
    cpu = _cpuinfo()
    facts: MutableFacts = {
        fact: next((cpu[name] for name in names if name in cpu), "unknown")
        for fact, names in _CPU_FACTS.items()
    }
    return facts | {
        "logical_cpus": os.cpu_count() or 0,
        "smt": _line("/sys/devices/system/cpu/smt/active", "unknown"),
        "numa_nodes": max(1, _count_numa_nodes()),
        "memory_gib": round(_meminfo_kib("MemTotal") / _KIB_PER_GIB),
        "hypervisor": _hypervisor(cpu),
        "architecture": platform.machine(),
    }


def _env(build: Mapping[str, str], page_bytes: int, measured: Path) -> Facts:
    return {
        "kernel": f"{platform.system()} {platform.release()}",
        "c_library": " ".join(platform.libc_ver()).strip() or "unknown",
        "compiler": build.get("compiler", "unknown"),
        "build_type": build.get("type", "unknown"),
        "flags": build.get("flags", "unknown"),
        "file_system": file_system(measured),
        "page_bytes": page_bytes,
        "transparent_huge_pages": _huge_pages(),
        "mitigations": _mitigations(),
    }


def noise() -> Facts:
    """What comes and goes; times of CPUs are sums since the start of the
    system."""
    facts: MutableFacts = {}
    if hasattr(os, "getloadavg"):
        facts["load_1min"] = round(os.getloadavg()[0], 2)
    facts |= _cpu_seconds()
    facts["governor"] = _line(
        "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "not visible"
    )
    facts |= _cpu_mhz() | _temperature()
    available = _meminfo_kib("MemAvailable")
    if available:
        facts["memory_available_gib"] = round(available / _KIB_PER_GIB, 1)
    return facts


def file_system(path: Path) -> str:
    """The type of the file system that holds `path`."""
    try:
        device = os.stat(path).st_dev
    except OSError:
        return "unknown"
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in _text("/proc/self/mountinfo").splitlines():
        fields = line.split(" ")
        if len(fields) > 6 and fields[2] == wanted and "-" in fields:
            return fields[fields.index("-") + 1]
    return "unknown"


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _line(path: str, default: str) -> str:
    return _text(path).strip() or default


def _cpuinfo() -> dict[str, str]:
    """Of the first CPU."""
    first = _text("/proc/cpuinfo").split("\n\n", 1)[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _meminfo_kib(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", _text("/proc/meminfo"), re.M)
    return int(found.group(1)) if found else 0


def _count_numa_nodes() -> int:
    return len(list(Path("/sys/devices/system/node").glob("node[0-9]*")))


def _hypervisor(cpu: Mapping[str, str]) -> str:
    if "hypervisor" not in cpu.get("flags", "").split():
        return "none seen"
    vendor = _line("/sys/class/dmi/id/sys_vendor", "")
    return _line("/sys/hypervisor/type", vendor or "unknown")


def _huge_pages() -> str:
    """The word in brackets is the one chosen."""
    text = _text("/sys/kernel/mm/transparent_hugepage/enabled")
    chosen = re.search(r"\[(\w+)\]", text)
    return chosen.group(1) if chosen else "unknown"


def _mitigations() -> str:
    folder = Path("/sys/devices/system/cpu/vulnerabilities")
    return "; ".join(
        f"{path.name}: {_line(str(path), 'unknown')}"
        for path in sorted(folder.glob("*"))
    )


def _cpu_seconds() -> MutableFacts:
    """Of all CPUs together: the first line's ticks, of which the eighth are
    stolen by the hypervisor."""
    fields = _text("/proc/stat").split("\n", 1)[0].split()[1:]
    if len(fields) < 8:
        return {}
    ticks = [int(field) for field in fields[:8]]
    per_second = os.sysconf("SC_CLK_TCK")
    return {
        "cpu_seconds": sum(ticks) / per_second,
        "cpu_idle_seconds": (ticks[3] + ticks[4]) / per_second,
        "cpu_stolen_seconds": ticks[7] / per_second,
    }


def _cpu_mhz() -> MutableFacts:
    """The mean of what the CPUs say."""
    found = re.findall(r"^cpu MHz\s*:\s*([\d.]+)", _text("/proc/cpuinfo"), re.M)
    if not found:
        return {}
    return {"mhz": round(sum(map(float, found)) / len(found))}


def _temperature() -> MutableFacts:
    """The hottest zone."""
    zones = Path("/sys/class/thermal").glob("thermal_zone*/temp")
    found = [_line(str(zone), "") for zone in zones]
    degrees = [int(text) / 1000 for text in found if text.lstrip("-").isdigit()]
    return {"temperature_c": max(degrees)} if degrees else {}
