"""The floors of the package: a room uses what lies below it, never above, and nothing in a circle."""

import ast
import re
from pathlib import Path

import inspraak
from inspraak.workflow import modules_of

PACKAGE = Path(inspraak.__file__).parent
FLOORS = {
    "cli": 6, "workflow": 6, "publishing": 5, "hypotheses": 4, "measurement": 3.5, "survey": 3,
    "estimation": 2, "study": 2, "errors": 1, "randomness": 1,
}  # fmt: skip
"""On one floor hypotheses may use measurement, and measurement survey, but not the other way round."""
ALLOWED_BESIDE = {("cli", "workflow")}


def modules() -> dict[str, Path]:
    """Every module by its dotted name without the package's own."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in paths}


def imports(path: Path, *, lazy: bool) -> set[str]:
    """Dotted names inside the package that a module imports; with `lazy` those inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if lazy else ast.iter_child_nodes(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("inspraak"):
            base = (node.module or "").removeprefix("inspraak").lstrip(".")
            found |= {f"{base}.{alias.name}".lstrip(".") for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("inspraak.")]
            found |= {name.removeprefix("inspraak.") for name in names}
    return found


def graph(*, lazy: bool) -> dict[str, set[str]]:
    """Which modules each module imports."""
    known = modules()
    edges = {}
    for name, path in known.items():
        targets = {
            target if target in known else target.rpartition(".")[0] for target in imports(path, lazy=lazy)
        }
        edges[name] = {target for target in targets if target in known}
    return edges


def test_every_room_has_a_floor() -> None:
    assert {name.split(".")[0] for name in modules()} - {"__init__"} <= set(FLOORS)
    assert len(modules()) > 50


def test_imports_only_go_down() -> None:
    upward = []
    for name, targets in graph(lazy=True).items():
        for target in targets:
            room, other = name.split(".")[0], target.split(".")[0]
            if room != other and (room, other) not in ALLOWED_BESIDE and FLOORS[room] <= FLOORS[other]:
                upward.append(f"{name} -> {target}")
    assert upward == []


def test_modules_are_loaded_in_no_circle() -> None:
    left = graph(lazy=False)
    while free := [name for name, targets in left.items() if not targets & set(left)]:
        left = {name: targets for name, targets in left.items() if name not in free}
    assert left == {}


def test_package_files_are_empty() -> None:
    written = [str(path) for path in PACKAGE.rglob("__init__.py") if path.read_text(encoding="utf-8").strip()]
    assert written == []


def test_estimation_knows_no_frames_and_no_files() -> None:
    for path in (PACKAGE / "estimation").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        roots = {name.split(".")[0] for name in names}
        assert not roots & {"pandas", "yaml", "pathlib", "pyarrow", "os", "io"}, path.name


def test_publishing_computes_no_statistic() -> None:
    found = [
        f"{name} -> {target}"
        for name, targets in graph(lazy=True).items()
        if name.startswith("publishing.")
        for target in targets
        if target.split(".")[0] in ("estimation", "measurement", "hypotheses")
    ]
    assert found == []


def test_the_planner_reads_the_same_imports_as_python() -> None:
    edges = graph(lazy=True)
    for name, path in modules().items():
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            new = edges[waiting.pop()] - reached
            reached |= new
            waiting += new
        read = {
            ".".join(Path(module).relative_to(PACKAGE).with_suffix("").parts)
            for module in modules_of(path, PACKAGE.parent)
        }
        assert read - {name} == reached - {name}, name


def test_every_script_belongs_to_a_rule() -> None:
    workflow = PACKAGE.parents[1] / "workflow"
    rules = "".join(path.read_text("utf-8") for path in sorted((workflow / "rules").glob("*.smk")))
    named = re.findall(r"^rule (\w+):", rules, flags=re.MULTILINE)
    indented = re.findall(r"^ +rule (\w+):", rules, flags=re.MULTILINE)
    scripts = [path.stem for path in (workflow / "scripts").glob("*.py")]
    assert sorted(scripts) == sorted([*named, *indented])
