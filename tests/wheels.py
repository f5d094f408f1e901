"""Makes small wheels in a folder, for installers that may ask no index."""

import zipfile
from pathlib import Path


def wheel(folder: Path, name: str, tag: str, files: dict[str, str], *, version: str = "1.0", script: str = "") -> Path:
    """``tag``: "py3-none-any". ``script``: the ``module:function`` of a command called as the package."""
    info = f"{name}-{version}.dist-info"
    purelib = "true" if tag.endswith("any") else "false"
    inside = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {purelib}\nTag: {tag}\n",
    }
    if script:
        inside[f"{info}/entry_points.txt"] = f"[console_scripts]\n{name} = {script}\n"
    inside[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*inside, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for place, content in inside.items():
            archive.writestr(place, content)
    return path


def requirements(folder: Path, *lines: str) -> Path:
    """A requirements file that takes wheels from ``folder`` and from nowhere else."""
    path = folder / "requirements.txt"
    path.write_text("\n".join(["--no-index", f"--find-links {folder}", *lines]) + "\n")
    return path
