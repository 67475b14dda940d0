# SPDX-License-Identifier: MIT
"""Each rule of tidy.py finds what it is for, and leaves alone what is fine."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidy

C = "/* SPDX-License-Identifier: MIT */\n"
HASH = "# SPDX-License-Identifier: MIT\n"
API = "lib/include/mapmark/thing.h"
CONTRACT = """/**
 * Do a thing.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
"""


def found(name: str, text: str) -> str:
    return "\n".join(tidy.check_source(tidy.Source(name, text)))


def c_function(lines: int) -> str:
    return C + "void f(void)\n{\n" + "    g();\n" * lines + "}\n"


def python_function(lines: int) -> str:
    return HASH + "def f() -> None:\n" + "    g()\n" * (lines - 1)


BROKEN = {
    "licence missing": ("a.c", "int a;\n", "SPDX"),
    "licence below the top": ("a.c", "\n" + C, "SPDX"),
    "licence missing in a script": ("ci/a", "#!/bin/sh\nls\n", "SPDX"),
    "file too long": ("a.c", C + "int a;\n" * 600, "601 lines"),
    "function too long": ("a.c", c_function(71), "function of 71 lines"),
    "Python function too long": ("a.py", python_function(71), "of 71 lines"),
    "no contract": (API, C + "MM_API int mm_f(void);\n", "'Units:'"),
    "contract without a line": (
        API,
        C + CONTRACT.replace(" * Errors:    none.\n", "") + "MM_API int mm_f(void);\n",
        "'Errors:'",
    ),
    "contract of another function": (
        API,
        C + CONTRACT + "MM_API int mm_f(void);\nMM_API int mm_g(void);\n",
        "11: a public function without 'Threads:'",
    ),
    "system macro": ("bench/a.c", C + "#ifdef _WIN32\n#endif\n", "system"),
    "system macro in elif": (
        "lib/src/a.c",
        C + "#if 0\n#elif defined(__linux__)\n#endif\n",
        "3: a test of the system",
    ),
    "if": ("a.c", C + "if (a(b))\n    c();\n", "if without braces"),
    "else": ("a.c", C + "if (a) {\n} else\n    c();\n", "else without braces"),
    "for": ("a.c", C + "for (;;)\n    c();\n", "for without braces"),
    "while": ("a.c", C + "while (a) c();\n", "while without braces"),
    "empty while": ("a.c", C + "while (a)\n    ;\n", "while without braces"),
    "do": ("a.c", C + "do c(); while (a);\n", "do without braces"),
    "if in a macro": ("a.c", C + "#define F(a) \\\n    if (a) \\\n    b()\n", "if"),
    "if in C++": ("a.cc", "// SPDX-License-Identifier: MIT\nif (a) b();\n", "if"),
    "typedef of a struct": ("a.h", C + "typedef struct a a;\n", "typedef"),
    "typedef of a body": ("a.h", C + "typedef enum {\n    A,\n} a;\n", "typedef"),
    "reserved guard": ("a.h", C + "#define _A_H\n", "_A_H is a name reserved"),
    "reserved macro": ("a.h", C + "#define __a 1\n", "__a"),
    "reserved function": ("a.c", C + "static int __f(void)\n", "__f"),
    "reserved object": ("a.c", C + "struct x *_Best = 0;\n", "_Best"),
    "reserved struct": ("a.c", C + "struct __a {\n", "__a"),
    "line comment": ("a.c", C + "int a; // b\n", "2: a // comment"),
    "wide line": ("a.c", C + "int " + "a" * 76 + ";\n", "81 columns"),
    "tab": ("a.py", HASH + "if a:\n\tb()\n", "a tab"),
    "blanks at the end": ("a.md", "text \n", "blanks at the end"),
    "carriage return": ("a.md", "text\r\n", "a carriage return"),
    "no last line end": ("a.md", "text", "no line end"),
    "left for later": ("a.md", "TO" + "DO: more\n", "number of an issue"),
    "unfinished": ("a.c", C + "/* not yet imple" + "mented */\n", "finish it"),
    "home folder": ("a.md", "see /ho" + "me/me/x\n", "one machine"),
    "package host": ("a.md", "deb" + ".example.org/x\n", "one machine"),
    "glob": ("CMakeLists.txt", HASH + "file( GLOB a *.c)\n", "GLOB"),
    "recursive glob": ("a.cmake", HASH + "file(GLOB_RECURSE a *.c)\n", "GLOB"),
}

FINE = {
    "shebang before the licence": ("ci/a", "#!/bin/sh\n" + HASH),
    "six hundred lines": ("a.c", C + "int a;\n" * 599),
    "seventy lines": ("a.c", c_function(70)),
    "seventy lines of Python": ("a.py", python_function(70)),
    "contract": (API, C + CONTRACT + "MM_API int\nmm_f(void);\n"),
    "private function": (API, C + "int f(void);\n"),
    "definition of MM_API": (API, C + "#define MM_API\n"),
    "system macro at home": ("lib/src/linux/a.c", C + "#ifdef __linux__\n"),
    "system macro in api.h": ("lib/include/mapmark/api.h", C + "#if _WIN32\n"),
    "compiler macro": ("a.c", C + "#if defined(__GNUC__)\n#endif\n"),
    "braces": (
        "a.c",
        C + "if (a) {\n} else if (b) {\n} else {\n}\n"
        "for (;;) {\n}\nwhile (f(a)) {\n}\ndo {\n} while (a);\n",
    ),
    "do in a macro": ("a.c", C + "#define F(a) \\\n    do { \\\n    } while (0)\n"),
    "words in text": ("a.c", C + '/* if (a) b */\nchar *a = "else if (b) c";\n'),
    "directives": ("a.c", C + "#if A\n#else\n#endif\n"),
    "typedef of a function": ("a.h", C + "typedef struct a *(*f)(int);\n"),
    "struct with its word": ("a.h", C + "struct a;\nstruct a b;\n"),
    "use of a reserved name": ("a.c", C + "a = __builtin_b(_Bool);\n"),
    "return of a reserved name": ("a.c", C + "return _SC_PAGESIZE;\n"),
    "attribute": ("a.c", C + "static int __attribute__((cold)) f(void)\n"),
    "address in text": ("a.c", C + 'char *a = "http://b"; /* c://d */\n'),
    "line comment in C++": ("a.cc", "// SPDX-License-Identifier: MIT\n// a\n"),
    "eighty columns": ("a.c", C + "int " + "a" * 75 + ";\n"),
    "later with an issue": ("a.md", "TO" + "DO(#12): more\n"),
    "folder of the tree": ("a.md", "see lib/ho" + "me/x and $HOME/x\n"),
    "other host": ("a.md", "https://www.rfc-editor.org/rfc/rfc9112\n"),
    "glob in a comment": ("a.cmake", HASH + "# no file(GLOB\n"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_found(case: str) -> None:
    name, text, message = BROKEN[case]
    assert message in found(name, text)


@pytest.mark.parametrize("case", FINE)
def test_what_is_fine_is_left_alone(case: str) -> None:
    name, text = FINE[case]
    assert found(name, text) == ""


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_file_that_only_one_system_has_is_found(tmp_path: Path) -> None:
    write(tmp_path, "lib/src/linux/clock.c", C)
    write(tmp_path, "lib/src/windows/file.c", C)
    assert tidy.check_tree(tmp_path) == [
        "lib/src/linux:1: file.c is missing here",
        "lib/src/windows:1: clock.c is missing here",
    ]


def test_what_the_build_writes_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "build/a.c", "int a;")
    write(tmp_path, "bench/.mypy_cache/a.c", "int a;")
    write(tmp_path, "picture.png", "\t")
    assert tidy.main([str(tmp_path)]) == 0


def test_what_is_found_is_printed_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "bench/a.c", C + "int a; // b\n")
    assert tidy.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == "bench/a.c:2: a // comment in C\n"


def test_an_unknown_option_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as stop:
        tidy.main(["--unknown"])
    assert stop.value.code == 2
