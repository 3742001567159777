"""The rules of the house, as tests: floors, library fences, packaging, names, sizes."""

import ast
import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("server", "handlers", "models")

pytestmark = pytest.mark.xdist_group("sources")  # whichever worker has parsed them

FLOORS = {
    "server": 6,
    "models.tasks": 5,
    "models.jobs": 4,
    "handlers": 3,
    "models.crawling": 3,
    "models.matching_on_spark": 3,
    "models.catalog": 2,
    "models.datasets": 2,
    "models.authorization": 1,
    "models.matching": 1,
    "models.errors": 1,
    "models.ids": 1,
    "models.clock": 1,
    "models.cron": 1,
    "models.scope": 1,
    "models.processes": 1,
    "models.patterns": 1,
    "models.shares": 1,
    "models": 1,
}

STAGES = (
    "kernels",
    "records",
    "blocking",
    "features",
    "training",
    "clustering",
    "evaluation",
    "labelling",
    "pipeline",
    "explaining",
)
"""The stages of models.matching, lowest first."""

FENCES = {
    "flask": ("server",),
    "werkzeug": ("server",),
    "cheroot": ("server",),
    "botocore": ("server", "models.datasets", "models.jobs.glue"),
    "boto3": ("server", "models.datasets"),
    "moto": ("server.neighbours",),
    "prometheus_client": ("server.telemetry",),
    # The catalog's own store, and the databases that crawlers look at.
    "sqlalchemy": ("models.catalog", "models.datasets"),
    "alembic": ("models.catalog",),
    "sqlglot": ("models.catalog",),
    "scipy": ("models.matching",),
    "sklearn": ("models.matching",),
    "rapidfuzz": ("models.matching",),
    "sparse_dot_topn": ("models.matching",),
    "numba": ("models.matching",),
    "threadpoolctl": ("models.matching",),
    "deltalake": ("models.datasets",),
    "psycopg": ("models.datasets",),
    "pymysql": ("models.datasets",),
    "pyarrow": ("models.datasets", "models.matching_on_spark", "models.jobs.glue"),
    "fastavro": ("models.datasets", "models.jobs.glue"),
    "pyspark": ("models.matching_on_spark", "models.jobs.glue"),
    "amazon": ("models.datasets",),
    "pyiceberg": ("models.datasets",),
    "pydantic": ("models.datasets",),
}

READERS_OF_THE_ENVIRONMENT = {
    "server.settings",
    "models.jobs.glue.surroundings",  # in a script's process, which is not the server's
}


READERS_OF_SIGNERS = {
    "server.protocol.destination",
    "server.protocol.scope",
    "server.web",  # whether there is one at all, for the front door
    "server.neighbours.headers",  # writes it anew for moto
}

LOADERS_OF_OBJECTS = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle"}
LOADERS_OF_OBJECTS |= {"joblib", "jsonpickle", "yaml"}
READERS_OF_YAML = {"server.neighbours.cloudformation.template_yaml"}
"""Whose loader has none of Python's tags, which the next test looks at."""
OWN_PIPES = {"models.tasks.child", "models.tasks.children"}
"""Who may unpickle: a server and its own child, over a file that nobody else ever had."""

LOADED_BY_CHILDREN = {"numba", "numpy", "pandas", "pyarrow", "pyiceberg", "scipy", "sklearn"}
"""What takes longer to load than all the rest: a run needs it, and no request."""

MOST_FILES = 20

CROWDED = {
    "handlers",
    "models/catalog",
    "models/crawling",
    "models/datasets",
    "models/jobs/glue",
    "models/tasks",
    "scripts",
    "server",
    "tests/contract",
    "tests/unit/matching",
}
"""Folders with more files than that today; a folder that no longer is one leaves this list."""

CIRCLES = {
    "models.jobs.glue.context",
    "models.jobs.glue.frames",
    "models.jobs.glue.readers",
    "models.jobs.glue.sinks",
    "models.jobs.glue.writers",
    "server.http.connection",
    "server.http.gateway",
}
"""Modules that import themselves through others today; one that no longer does leaves this list."""

VOCABULARY = ROOT / "tests" / "vocabulary.txt"
"""The words, beside those of Glue's API, that names are made of. A new word is added by hand, and
is one that the literature of the field, HTTP, S3, IAM or Python's library uses."""

VOCABULARY_FAILURES = ROOT / "tests" / "vocabulary_failures.txt"
"""Words in names that are in no vocabulary today; one that no name has any more leaves the list."""

RUNNERS_OF_CODE = {"models.jobs.bootstrap"}  # in the process of a job, which is a user's script


def modules() -> dict[str, Path]:
    """Every module of ours: dotted name without `gluematch.`, and its file."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(p for p in parts if p != "__init__")] = path
    return found


MODULES = modules()


@cache
def tree_of(module: str) -> ast.Module:
    """The module as Python reads it."""
    return ast.parse(MODULES[module].read_text())


@cache
def imports_of(module: str) -> tuple[str, ...]:
    """The absolute dotted names that `module` imports, type-checking imports included."""
    return tuple(_named(module, ast.walk(tree_of(module))))


def imported_at_once(module: str) -> Iterator[str]:
    """What `module` imports as it is loaded itself."""
    return _named(module, tree_of(module).body)


def _named(module: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = f"gluematch.{package}" + (f".{base}" if base else "")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str:
    """The longest entry of FLOORS that `name` lies in."""
    return max((r for r in FLOORS if name == r or name.startswith(f"{r}.")), key=len)


def modules_of(room: str) -> list[str]:
    """The modules that lie in `room` and in no room within it."""
    return [module for module in MODULES if room_of(module) == room]


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def imports_within(room: str) -> Iterator[tuple[str, str]]:
    """Each module of `room` with each name that it imports."""
    for module in modules_of(room):
        for name in imports_of(module):
            yield module, name


def calls_within(room: str) -> Iterator[tuple[str, ast.Call]]:
    """Each module of `room` with each call in its text."""
    for module in modules_of(room):
        for node in ast.walk(tree_of(module)):
            if isinstance(node, ast.Call):
                yield module, node


@pytest.mark.parametrize("room", FLOORS)
def test_imports_go_downward_only(room: str) -> None:
    for module, name in imports_within(room):
        if not name.startswith("gluematch."):
            continue
        there = room_of(name.removeprefix("gluematch."))
        below = FLOORS[there] < FLOORS[room]
        assert there == room or below, f"{module} (floor {FLOORS[room]}) imports {name}"


def test_the_stages_of_matching_import_downward_only() -> None:
    for module, name in imports_within("models.matching"):
        if within(name, "gluematch.models.matching") and module != "models.matching":
            here, there = (stage_of(one) for one in (module, name.removeprefix("gluematch.")))
            assert there <= here, f"{module} imports {name}"


def stage_of(module: str) -> int:
    """The place in STAGES of a module of models.matching."""
    return STAGES.index(module.split(".")[2])


@pytest.mark.parametrize("room", FLOORS)
def test_libraries_stay_behind_their_fences(room: str) -> None:
    for module, name in imports_within(room):
        rooms = FENCES.get(name.partition(".")[0])
        allowed = rooms is None or any(within(module, one) for one in rooms)
        assert allowed, f"{module} imports {name}, which belongs to {rooms}"


@pytest.mark.parametrize("room", FLOORS)
def test_modules_are_imported_as_gluematch(room: str) -> None:
    for module, name in imports_within(room):
        assert name.partition(".")[0] not in ROOMS, f"{module} imports {name}"


def test_a_server_starts_without_the_engine() -> None:
    loaded, waiting = set(), ["server.__main__", "server.app"]
    while waiting:
        module = waiting.pop()
        loaded.add(module)
        for name in imported_at_once(module):
            assert name.partition(".")[0] not in LOADED_BY_CHILDREN, f"{module} imports {name}"
            inner = name.removeprefix("gluematch.")
            found = {inner, inner.rpartition(".")[0]} & MODULES.keys()
            waiting += found - loaded
    assert "models.crawling.plan" in loaded
    assert not any(within(module, "models.tasks.bodies") for module in loaded)


def test_plain_names_never_enter_sys_modules() -> None:
    names = [f"gluematch.{module}" for module in MODULES if not module.endswith("__main__")]
    names = [name for name in names if ".migrations." not in name]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"print([n for n in {ROOMS!r} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_only_settings_read_the_environment() -> None:
    for module, path in MODULES.items():
        if module not in READERS_OF_THE_ENVIRONMENT:
            text = path.read_text()
            assert "os.environ" not in text, module
            assert "getenv" not in text, module


def test_a_request_is_read_once() -> None:
    for module, path in MODULES.items():
        text = path.read_text()
        if module not in READERS_OF_SIGNERS:
            assert "HTTP_AUTHORIZATION" not in text, f"{module}: ask destination.of"
            assert "scope.signer(" not in text, f"{module}: ask destination.of"
        if within(module, "server") and module != "server.neighbours.loaded":
            assert "sys.modules" not in text, f"{module} may see half a module: use loaded"


def test_time_and_ids_come_from_their_modules() -> None:
    for module, path in MODULES.items():
        text = path.read_text()
        if module != "models.clock":
            assert "datetime.now(" not in text, module
            assert "time.time(" not in text, module
        if module != "models.ids":
            assert "uuid4(" not in text, module
            assert "import secrets" not in text, module


@pytest.mark.parametrize("room", FLOORS)
def test_no_pickle_is_read_from_data(room: str) -> None:
    for module, name in imports_within(room):
        if module in READERS_OF_YAML and name == "yaml":
            continue
        if module not in OWN_PIPES:
            assert name.partition(".")[0] not in LOADERS_OF_OBJECTS, f"{module} imports {name}"


@pytest.mark.parametrize("module", READERS_OF_YAML)
def test_yaml_is_read_by_a_safe_loader(module: str) -> None:
    tree = tree_of(module)
    safe = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and [*map(ast.unparse, node.bases)] == ["yaml.SafeLoader"]
    }
    read = [
        {each.arg: ast.unparse(each.value) for each in node.keywords}["Loader"]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("yaml.")
        if "load" in ast.unparse(node.func).rpartition(".")[2]
    ]
    assert read
    assert set(read) <= safe


@pytest.mark.parametrize("room", FLOORS)
def test_no_text_is_run_as_code(room: str) -> None:
    for module, node in calls_within(room):
        called = ast.unparse(node.func)
        if module not in RUNNERS_OF_CODE:
            assert called not in {"eval", "exec", "compile", "__import__"}, f"{module}: {called}"
        assert called not in {"os.system", "os.popen"}, f"{module}: {called}"
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        assert given.get("shell") != "True", f"{module}: {called} by a shell"
        assert given.get("allow_pickle", "False") == "False", f"{module}: {called} reads pickles"
        if called in {"np.load", "numpy.load"}:
            assert given.get("allow_pickle") == "False", f"{module}: {called} does not say so"


COMPILERS_OF_PATTERNS = {
    "models.patterns",  # the patterns of clients, with bounds
    "server.protocol.patterns",  # those of the service model
}


def is_written_here(node: ast.AST) -> bool:
    """Whether a text is written in our code: a literal, or one made of constants."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(name) | ast.Attribute(attr=name):
            return name.isupper()
        case ast.JoinedStr(parts):
            return all(map(is_written_here, parts))
        case ast.FormattedValue(value) | ast.Call(ast.Attribute(attr="escape"), [value]):
            return is_written_here(value)
    return False


@pytest.mark.parametrize("room", FLOORS)
def test_one_module_compiles_the_patterns_of_clients(room: str) -> None:
    for module, name in imports_within(room):
        library = name.partition(".")[0]
        assert library not in {"fnmatch", "glob", "sre_compile"}, f"{module} imports {name}"
        assert not name.startswith(("re.", "regex.")), f"{module} imports {name}"
    for module, node in calls_within(room):
        match node.func:
            case ast.Attribute(ast.Name("re" | "regex"), function) if function != "escape":
                allowed = module in COMPILERS_OF_PATTERNS or is_written_here(node.args[0])
                assert allowed, f"{module}:{node.lineno} compiles what it is given"


@pytest.mark.parametrize("room", FLOORS)
def test_files_stay_short_and_say_what_they_are(room: str) -> None:
    for module in modules_of(room):
        text = MODULES[module].read_text()
        assert text.count("\n") <= 400, f"{module}: split it by noun"
        if text.strip():
            assert ast.get_docstring(tree_of(module)), f"{module} opens without saying what it is"


def test_no_module_imports_itself_through_others() -> None:
    circles = set()
    for room in FLOORS:
        own = set(modules_of(room))
        imports = {module: {own_module(name) for name in imports_of(module)} for module in own}
        circles |= {m for m in own if m in reachable(m, {k: v & own for k, v in imports.items()})}
    assert circles == CIRCLES


def own_module(name: str) -> str:
    """The module of ours that an imported dotted name is, or lies in; "" for any other."""
    inner = name.removeprefix("gluematch.") if name.startswith("gluematch.") else ""
    while inner and inner not in MODULES:
        inner = inner.rpartition(".")[0]
    return inner


def reachable(module: str, imports: dict[str, set[str]]) -> set[str]:
    """The modules that `module` imports, at once or through others."""
    found: set[str] = set()
    waiting = imports[module] - {module}
    while waiting:
        found |= waiting
        waiting = set().union(*(imports[name] for name in waiting)) - found
    return found


def test_no_folder_holds_more_than_twenty_files() -> None:
    counts: dict[str, int] = {}
    for top in (*ROOMS, "tests", "scripts"):
        for path in (ROOT / top).rglob("*.py"):
            if path.name != "__init__.py":
                folder = path.parent.relative_to(ROOT).as_posix()
                counts[folder] = counts.get(folder, 0) + 1
    assert {folder for folder, count in counts.items() if count > MOST_FILES} == CROWDED


def test_names_are_made_of_the_vocabulary() -> None:
    vocabulary = set(VOCABULARY.read_text().split())
    unknown: dict[str, str] = {}
    for module in MODULES:
        for name in public_names(module):
            unknown |= dict.fromkeys(words_of(name) - vocabulary, f"{module}: {name}")
    unknown = {word: name for word, name in unknown.items() if word not in words_of_glue()}
    listed = set(VOCABULARY_FAILURES.read_text().split())
    new = {word: name for word, name in unknown.items() if word not in listed}
    assert not new, "choose a word of the field, or add it to tests/vocabulary.txt"
    gone = listed - unknown.keys()
    assert not gone, "no name has these words any more: delete them from the list of failures"


def test_the_vocabulary_is_sorted() -> None:
    for path in (VOCABULARY, VOCABULARY_FAILURES):
        words = path.read_text().split()
        assert words == sorted(set(words)), f"sort {path.name}"


def public_names(module: str) -> Iterator[str]:
    """The file's name, and those of its public classes and functions, inner ones too."""
    yield module.rpartition(".")[2]
    for node in ast.walk(tree_of(module)):
        named = isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        if named and not node.name.startswith("_"):
            yield node.name


def words_of(name: str) -> set[str]:
    """The words of a name in snake or camel case, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


@cache
def words_of_glue() -> set[str]:
    """The words of Glue's operations, shapes and members."""
    model = botocore.session.get_session().get_service_model("glue")
    names = {*model.operation_names, *model.shape_names}
    for shape in map(model.shape_for, model.shape_names):
        names |= getattr(shape, "members", {}).keys()
    return set().union(*map(words_of, names))


def listed_packages() -> set[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return set(config["options"]["packages"].split())


def test_setup_lists_every_package() -> None:
    there = {
        "gluematch." + ".".join(path.parent.relative_to(ROOT).parts)
        for room in ROOMS
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert listed_packages() == there


def test_the_wheel_holds_every_module(tmp_path: Path) -> None:
    source = tmp_path / "source"  # built elsewhere: a stale build folder would hide a gap
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--wheel-dir", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for path in MODULES.values():
        assert f"gluematch/{path.relative_to(ROOT).as_posix()}" in held
    assert {f"gluematch/{room}/py.typed" for room in ROOMS} <= held
    plain = [name for name in held if name.partition("/")[0] in ROOMS]
    assert plain == []


def test_the_top_level_is_the_given_one() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    folders = {name.partition("/")[0] for name in tracked if "/" in name}
    assert folders <= {*ROOMS, "tests", "scripts", "soak", "docs", ".ci", ".github"}


def test_files_of_tests_with_a_server_have_accounts_of_their_own() -> None:
    """They share the services of one process: what one file makes would be there in another."""
    files: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests" / "contract").glob("test_*.py")):
        for account in re.findall(r'^ACCOUNT = "(\d{12})"', path.read_text(), re.MULTILINE):
            files.setdefault(account, []).append(path.name)
    assert {account: names for account, names in files.items() if len(names) > 1} == {}
