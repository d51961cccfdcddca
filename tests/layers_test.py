#!/usr/bin/env python3
"""Checks the layers of the folders under src/.

    layers_test.py SOURCE_DIR    checks the tree; prints each violation as file:line and exits with 1 if there is any
    layers_test.py --self-test   checks that the violation in each of several small trees is found

Rules: a quoted include is the path of an existing file relative to src/. Includes do not go up and do not name a folder of the
same level. There are no include cycles, neither of files nor of the folders in a folder. Only wiring names implementations (a
device, a store). Only the adapter of a third-party library includes its headers. Only a store names its files. Test files may
also use implementations and testing/; other files may not use files for tests. docs/architecture.md gives the reasons. To add a
folder or a library, add it to the tables here.
"""

import re
import sys
import tempfile
from pathlib import Path

# Modules by level. Includes go from a higher level to a lower one.
LEVELS = {
    "base": 0,
    "codec": 1, "net": 1, "text": 1, "index": 1,
    "eval": 2, "formats": 2, "hub": 2, "testing": 2, "trace": 2,
    "engine": 4,
    "store": 5,
    "ingest": 6, "embed": 6, "access": 6,
    "retrieve": 7, "wiring": 7, "extractor": 7, "chat": 7,
    "server": 8,
    "config": 9,
    "tune": 10,
    "doctor": 11,
    "cli": 12,
}

# Headers that other modules of the same level may include.
SHARED_WITHIN_LEVEL = {"codec/json.h"}

# Folders that must not include each other.
BLIND_GROUPS = [
    {"engine/reference", "engine/cpu", "engine/cuda", "engine/metal"},
    {"store/sqlite"},
    {"ingest/extract", "ingest/chunk"},
]

# The folders of server/ that are no protocol. Every other folder there is one, and protocols do not see each other.
NO_PROTOCOLS = {"http", "documents", "input"}

# The HTTP transport knows neither protocols nor what they call: it sees its own folder and the levels below these.
TRANSPORT, ABOVE_TRANSPORT = "server/http", ("server/", "retrieve/")

# Folder -> the only modules that may include it (except tests and its own files).
NAMED_ONLY_BY = {
    "engine/reference": {"wiring"},
    "engine/cpu": {"wiring"},
    "engine/cuda": {"wiring"},
    "engine/metal": {"wiring"},
    "store/sqlite": {"wiring"},
    "wiring": {"cli", "config", "tune", "doctor"},
    "testing": set(),
}

# Third-party header prefix -> folders or files that may include it. None: everywhere.
VENDORS = {
    "archive.h": ["extractor/office/archive_library.h", "extractor/office/test_zip.cc"],
    "archive_entry.h": ["extractor/office/archive_library.h", "extractor/office/test_zip.cc"],
    "boost/": ["server/"],
    "cublasLt.h": ["engine/cuda/"],
    "cuda_": ["engine/cuda/"],
    "curl/": ["net/"],
    "Eigen/": ["index/dense/directions.cc"],
    "expat.h": ["extractor/xml/xml_events.cc"],
    "fmt/": None,
    "gmime/": ["extractor/mail/gmime_library.h"],
    "gmock/": ["testing/"],
    "gtest/": ["testing/"],
    "gumbo.h": ["extractor/web/html_tree.cc"],
    "hwy/": ["engine/cpu/", "index/"],
    "libdeflate.h": ["codec/whole_inflate_libdeflate.cc"],
    "libstemmer.h": ["text/words/stemmer.cc"],
    "mlx/": ["engine/metal/"],
    "nlohmann/": ["codec/json.h"],
    "openssl/": ["codec/", "server/http/test_tls.cc", "server/http/tls_context.cc", "server/http/tls_session.cc"],
    "pugixml.hpp": ["extractor/office/xml.h"],
    "simdjson.h": ["text/"],
    "spdlog/": ["base/log.cc"],
    "sqlite3.h": ["store/sqlite/"],
    "uchardet/": ["extractor/plain/charset_guess.cc"],
    "unicode/": ["text/", "ingest/", "extractor/plain/convert.cc", "extractor/page/characters.cc"],
    "xxhash.h": ["index/section_file.cc", "text/words/word_hash.cc"],
    "zlib.h": ["codec/inflate.cc", "codec/inflate_test.cc", "codec/whole_inflate_zlib.cc", "server/http/content_coding_test.cc", "text/goldens_test.cc"],
}
FOR_TESTS = ("gtest/", "gmock/")

# Names in string literals -> the only folders that may write them (except tests): a store's files, and the setting of its place.
OWNED_NAMES = {
    "rappel.db": ["store/sqlite/"],
    '"RAPPEL_DATA_DIR"': ["config/", "wiring/"],
}

# Headers of the C library, the kernel and the compiler. Names without a dot are the C++ library's.
SYSTEM = re.compile(
    r"(sys|netinet|arpa|linux|mach|net|os|sanitizer)/.+|"
    r"(assert|ctype|dirent|dlfcn|errno|fcntl|fenv|float|getopt|grp|inttypes|libproc|limits|link|locale|malloc|math|netdb|poll|"
    r"pthread|pwd|sandbox|sched|semaphore|setjmp|signal|spawn|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|"
    r"syslog|termios|time|unistd|xlocale|wchar|wctype|glob|ucontext|cpuid|immintrin|x86intrin|emmintrin|arm_neon|execinfo)\.h")

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def is_test(path):
    """True for tests and their helpers: x_test.cc, x_conformance.h, test_x.h."""
    name = path.rsplit("/", 1)[-1]
    return name.startswith("test_") or name.rsplit(".", 1)[0].endswith(("_test", "_conformance"))


def within(path, folder):
    return path.startswith(folder + "/")


def includes(file):
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def vendor_problem(path, header):
    for prefix, owners in VENDORS.items():
        if header == prefix or (prefix.endswith(("/", "_")) and header.startswith(prefix)):
            if owners is None or any(path == owner or (owner.endswith("/") and path.startswith(owner)) for owner in owners):
                return None
            if is_test(path) and prefix in FOR_TESTS:
                return None
            return f"<{header}> belongs to {', '.join(owners)} alone; use what that offers"
    if SYSTEM.fullmatch(header) or "." not in header.rsplit("/", 1)[-1] and "/" not in header:
        return None
    return f"<{header}> is of no library in the table VENDORS; a new dependency gets one adapter and a line there"


def protocol_of(path):
    """The folder of the protocol that a file belongs to, "server/plugin"; None if it belongs to none."""
    parts = path.split("/")
    return f"server/{parts[1]}" if parts[0] == "server" and len(parts) > 2 and parts[1] not in NO_PROTOCOLS else None


def name_problems(path, text):
    """(line, message) for each owned name in the code of another folder. Comments do not count."""
    if is_test(path):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for name, owners in OWNED_NAMES.items():
            if name in line.split("//")[0] and not path.startswith(tuple(owners)):
                yield number, f"{name} belongs to {', '.join(owners)}; ask the store (wiring/stores.h)"


def layer_problem(path, target):
    """The reason why file `path` may not include `target` (both relative to src/); None if it may."""
    mine, theirs = path.split("/")[0], target.split("/")[0]
    for group in BLIND_GROUPS:
        here = next((folder for folder in group if within(path, folder)), None)
        there = next((folder for folder in group if within(target, folder)), None)
        if here and there and here != there:
            return f"{here} and {there} are siblings and must not see each other"
    here, there = protocol_of(path), protocol_of(target)
    if here and there and here != there:
        return f"{here} and {there} are protocols and must not see each other"
    if within(path, TRANSPORT) and target.startswith(ABOVE_TRANSPORT) and not within(target, TRANSPORT) and not is_test(path):
        return f"{TRANSPORT} must not see {target}"
    for folder, users in NAMED_ONLY_BY.items():
        if within(target, folder) and not within(path, folder) and mine not in users and not is_test(path):
            return f"{folder} may be named only by {', '.join(sorted(users)) or 'tests'}"
    if is_test(target) and not is_test(path):
        return f"{target} is for tests alone"
    if mine == theirs:
        return None
    if theirs == "testing":
        return None  # a test file, or the rule above has returned
    if LEVELS[theirs] > LEVELS[mine]:
        return f"{mine} (level {LEVELS[mine]}) includes upwards into {theirs} (level {LEVELS[theirs]})"
    if LEVELS[theirs] == LEVELS[mine] and target not in SHARED_WITHIN_LEVEL:
        return f"{mine} and {theirs} are siblings and must not see each other"
    return None


def find_circles(graph):
    """One message for each back edge of a depth-first walk over node -> [(place of the include, node)]."""
    problems, state = [], {}
    for root in sorted(graph):
        if root in state:
            continue
        state[root] = "open"
        trail, stack = [root], [(root, iter(graph[root]))]
        while stack:
            node, edges = stack[-1]
            edge = next(edges, None)
            if edge is None:
                state[node] = "done"
                stack.pop()
                trail.pop()
            elif state.get(edge[1]) == "open":
                circle = trail[trail.index(edge[1]):] + [edge[1]]
                problems.append(f"{edge[0]}: circle {' -> '.join(circle)}")
            elif edge[1] not in state and edge[1] in graph:
                state[edge[1]] = "open"
                trail.append(edge[1])
                stack.append((edge[1], iter(graph[edge[1]])))
    return problems


def folder_of(path):
    """The folder in a module that a file belongs to, "extractor/pdf"; None if it lies beside them."""
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else None


def folder_graph(graph):
    """The same for the folders in each module, without tests."""
    folders = {}
    for path, edges in graph.items():
        here = folder_of(path)
        if here is None or is_test(path):
            continue
        targets = folders.setdefault(here, [])
        for place, target in edges:
            there = folder_of(target)
            if there not in (None, here) and there.split("/")[0] == here.split("/")[0] and not is_test(target):
                targets.append((place, there))
    return folders


def check(source):
    src = source / "src"
    problems, graph = [], {}
    files = sorted(file for pattern in ("*.h", "*.cc", "*.cpp", "*.cu", "*.hpp", "*.in", "*.inc") for file in src.rglob(pattern))
    if not files:
        return [f"{src}: no source files"]
    for file in files:
        path = file.relative_to(src).as_posix()
        module = path.split("/")[0]
        if module not in LEVELS or "/" not in path:
            problems.append(f"{path}:1: src/{module} is not in the table LEVELS; give it a level")
            continue
        graph[path] = []
        problems += [f"{path}:{number}: {problem}"
                     for number, problem in name_problems(path, file.read_text(encoding="utf-8", errors="replace"))]
        for number, quoted, angled in includes(file):
            if angled is not None:
                problem = vendor_problem(path, angled)
            elif not (src / quoted).is_file() and not (src / (quoted + ".in")).is_file():
                problem = f'"{quoted}" is no file under src/; include paths start there, libraries are in <>'
            elif quoted.split("/")[0] not in LEVELS:
                problem = None  # reported where that folder's own files are looked at
            else:
                graph[path].append((f"{path}:{number}", quoted))
                problem = layer_problem(path, quoted)
            if problem:
                problems.append(f"{path}:{number}: {problem}")
    return problems + find_circles(graph) + find_circles(folder_graph(graph))


# Each case: title, files of a small tree, and a part of the single expected message (None: no message).
GOOD = {
    "base/status.h": "#include <string>\n#include <unistd.h>\n#include <fmt/format.h>\n",
    "base/log.cc": '#include "base/status.h"\n#include <spdlog/spdlog.h>\n',
    "codec/json.h": '#include <nlohmann/json.hpp>\n#include "base/status.h"\n',
    "net/client.cc": '#include <curl/curl.h>\n#include "codec/json.h"\n',
    "engine/device.h": '#include "base/status.h"\n',
    "engine/cpu/cpu.h": '#include "engine/device.h"\n',
    "engine/cpu/cpu.cc": '#include "engine/cpu/cpu.h"\n#include <hwy/highway.h>\n#include <sys/mman.h>\n',
    "engine/reference/ref.h": '#include "engine/device.h"\n',
    "engine/engine_test.cc": '#include <gtest/gtest.h>\n#include "engine/cpu/cpu.h"\n#include "engine/reference/ref.h"\n'
                             '#include "testing/data.h"\n',
    "store/store.h": '#include "base/status.h"\n',
    "store/sqlite/db.cc": '#include <sqlite3.h>\n#include "store/store.h"\n',
    "store/sqlite/db.h": '#include "store/store.h"\n',
    "testing/data.h": '#include <gtest/gtest.h>\n',
    "wiring/runtime.h": '#include "engine/cpu/cpu.h"\n#include "store/sqlite/db.h"\n',
    "retrieve/query.h": '#include "store/store.h"\n',
    "server/http.cc": '#include <boost/asio.hpp>\n#include "retrieve/query.h"\n',
    "cli/main.cc": '#include "wiring/runtime.h"\n',
    "ingest/chunk/c.h": "",
    "ingest/extract/e.h": "",
}
CASES = [
    ("a clean tree", {}, None),
    ("upwards", {"base/x.h": '#include "codec/json.h"\n'}, "base/x.h:1: base (level 0) includes upwards into codec"),
    ("upwards from a test", {"store/s_test.cc": '\n#include "retrieve/query.h"\n'}, "store/s_test.cc:2: store (level 5) includes upwards"),
    ("sibling modules", {"text/t.h": "", "index/i.cc": '#include "text/t.h"\n'}, "index/i.cc:1: index and text are siblings"),
    ("sibling devices", {"engine/cpu/x.cc": '#include "engine/reference/ref.h"\n'}, "engine/cpu/x.cc:1: engine/cpu and engine/reference are siblings"),
    ("sibling devices in a test inside one", {"engine/cpu/x_test.cc": '#include "engine/reference/ref.h"\n'}, "are siblings"),
    ("sibling folders of ingest", {"ingest/chunk/x.cc": '#include "ingest/extract/e.h"\n'}, "ingest/chunk and ingest/extract are siblings"),
    ("interface names a device", {"engine/encoder.cc": '#include "engine/cpu/cpu.h"\n'}, "engine/cpu may be named only by wiring"),
    ("retrieve names a store", {"retrieve/x.cc": '#include "store/sqlite/db.h"\n'}, "store/sqlite may be named only by wiring"),
    ("the transport sees a protocol", {"server/plugin/p.h": "", "server/http/x.cc": '#include "server/plugin/p.h"\n'},
     "server/http must not see server/plugin/p.h"),
    ("a protocol sees another", {"server/new/n.h": "", "server/plugin/x.cc": '#include "server/new/n.h"\n'},
     "server/plugin and server/new are protocols and must not see each other"),
    ("a protocol sees the transport", {"server/http/h.h": "", "server/new/x.cc": '#include "server/http/h.h"\n'}, None),
    ("the transport sees the core", {"server/core.h": "", "server/http/x.cc": '#include "server/core.h"\n'}, "server/http must not see server/core.h"),
    ("the transport sees retrieve", {"server/http/x.cc": '#include "retrieve/query.h"\n'}, "server/http must not see retrieve/query.h"),
    ("server uses wiring", {"server/x.cc": '#include "wiring/runtime.h"\n'}, "wiring may be named only by cli"),
    ("product uses testing", {"cli/x.cc": '#include "testing/data.h"\n'}, "testing may be named only by tests"),
    ("product uses a test's header", {"store/conformance/store_conformance.h": '#include "testing/data.h"\n',
                                      "store/x.cc": '#include "store/conformance/store_conformance.h"\n'}, "store_conformance.h is for tests alone"),
    ("circle in a module", {"text/a.h": '#include "text/b.h"\n', "text/b.h": '\n#include "text/a.h"\n'}, "text/b.h:2: circle text/a.h -> text/b.h -> text/a.h"),
    ("a file that includes itself", {"text/a.h": '#include "text/a.h"\n'}, "circle text/a.h -> text/a.h"),
    ("circle of folders in a module", {"ingest/a/x.h": '#include "ingest/b/y.h"\n', "ingest/b/y.h": "", "ingest/b/z.h": '\n#include "ingest/a/w.h"\n',
                                       "ingest/a/w.h": ""}, "ingest/b/z.h:2: circle ingest/a -> ingest/b -> ingest/a"),
    ("a test that closes a circle of folders", {"ingest/a/x.h": '#include "ingest/b/y.h"\n', "ingest/b/y.h": "",
                                                "ingest/b/z_test.cc": '#include "ingest/a/x.h"\n'}, None),
    ("vendor outside its adapter", {"server/x.cc": "#include <sqlite3.h>\n"}, "server/x.cc:1: <sqlite3.h> belongs to store/sqlite/"),
    ("vendor in the wrong file of its module", {"codec/x.cc": "#include <nlohmann/json.hpp>\n"}, "<nlohmann/json.hpp> belongs to codec/json.h"),
    ("vendor in a test", {"store/s_test.cc": "# include <boost/asio.hpp>\n"}, "<boost/asio.hpp> belongs to server/ alone"),
    ("unknown vendor", {"text/x.cc": "#include <absl/strings/str_cat.h>\n"}, "<absl/strings/str_cat.h> is of no library"),
    ("gtest in the product", {"text/x.cc": "#include <gtest/gtest.h>\n"}, "<gtest/gtest.h> belongs to testing/"),
    ("relative include", {"text/t.h": "", "text/x.cc": '#include "t.h"\n'}, '"t.h" is no file under src/'),
    ("a store's file outside the store", {"doctor/x.cc": '// rappel.db\nauto f = folder / "rappel.db";\n'},
     "doctor/x.cc:2: rappel.db belongs to store/sqlite/"),
    ("a store's setting outside config", {"cli/x.cc": 'options.text("RAPPEL_DATA_DIR");\n'}, "cli/x.cc:1: \"RAPPEL_DATA_DIR\" belongs to config/, wiring/"),
    ("a store's file in its folder and in a test", {"store/sqlite/x.cc": 'f("rappel.db");\n', "cli/x_test.cc": 'f("rappel.db");\n'}, None),
    ("unknown module", {"extras/x.cc": ""}, "src/extras is not in the table"),
]


def self_test():
    failures = 0
    for name, files, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**GOOD, **files}.items():
                file = Path(folder, "src", path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            problems = check(Path(folder))
        good = not problems if expected is None else len(problems) == 1 and expected in problems[0]
        print(f"{'ok  ' if good else 'FAIL'} {name}" + ("" if good else f": expected {expected!r}, got {problems}"))
        failures += not good
    with tempfile.TemporaryDirectory() as folder:
        good = bool(check(Path(folder)))
        print(f"{'ok  ' if good else 'FAIL'} an empty tree is an error")
        failures += not good
    return failures


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--self-test":
        sys.exit(1 if self_test() else 0)
    problems = check(Path(sys.argv[1]))
    for problem in problems:
        print("src/" + problem)
    print(f"{len(problems)} violation(s)" if problems else "every include goes down")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
