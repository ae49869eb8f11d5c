#!/usr/bin/env python3
"""Checks the architecture over every C++ file: who may include whom, third-party fences, form.

    include_law.py [ROOT]      prints "path:line: what is wrong"; exit code 1 when there is any

The rooms and their arrows are those of HACKING.md. A new room or an exception is one line in a
table below, with the reason in its commit.
"""
import os
import re
import sys

# Room: (path prefix, rooms it may include). A room may always include itself. The first prefix
# that fits names a file's room.
ROOMS = {
    "core": ("parsers/core/", []),
    "syntax": ("parsers/syntax/", ["core"]),
    "model": ("parsers/model/", ["core"]),
    "formats": ("parsers/formats/", ["core", "syntax", "model"]),
    "engine": ("rules/engine/", ["core", "model"]),
    "compliance": ("rules/compliance/", ["core", "engine"]),
    "secrets": ("rules/secrets/", ["core", "model", "engine"]),
    "identity": ("rules/identity/", ["core", "model", "engine"]),
    "lang": ("rules/lang/", ["core", "syntax", "model", "engine", "secrets", "identity"]),
    "report": ("sarif/", ["core", "engine"]),
    "pipeline": ("analyzer/pipeline/", ["core", "syntax", "model", "formats", "engine", "compliance",
                                        "secrets", "identity", "lang", "report"]),
    "pack": ("analyzer/pack/", ["core", "syntax", "model", "engine", "lang"]),
    "lsp": ("analyzer/lsp/", ["core", "syntax", "model", "formats", "engine", "compliance", "secrets",
                              "identity", "lang", "report", "pipeline"]),
    "serve": ("analyzer/serve/", ["core", "syntax", "model", "formats", "engine", "compliance", "secrets",
                                  "identity", "lang", "report", "pipeline"]),
    "cli": ("analyzer/cli/", ["core", "syntax", "model", "formats", "engine", "compliance", "secrets",
                              "identity", "lang", "report", "pipeline"]),
}
# Single files beyond a room's arrows: (including file, included file) as patterns.
EXCEPTIONS = [
    # The command line starts the other two doors through their one entry function.
    (r"analyzer/cli/.*\.cc", r"analyzer/(lsp|serve)/(lsp|serve|server)\.h"),
]
# The reports know findings and rules' descriptions, not the machinery that makes them.
REPORT_MAY_SEE = r"rules/engine/(finding|rule|fix|severity)\w*\.h"

# Third-party headers: (pattern, files that may include them). Tests and benchmarks are free.
FENCES = [
    (r"tree_sitter/", r"parsers/syntax/hcl/"),
    (r"yaml\.h$", r"parsers/syntax/yaml/"),
    (r"yaml-cpp/", r"analyzer/pipeline/config"),
    (r"re2/", r"parsers/core/regex|rules/secrets/"),
    (r"pcre2", r"parsers/core/regex"),
    (r"(oneapi/)?tbb/", r"parsers/core/parallel\.cc"),
    (r"boost/multiprecision/", r"parsers/core/number\w*\.cc"),
    (r"boost/(asio|beast)|openssl/", r"analyzer/serve/|rules/lang/rego/crypto"),
    (r"boost/", r"$never"),
    (r"CLI/", r"analyzer/cli/"),
    (r"nlohmann/", r"analyzer/(lsp|serve)/.*\.cc$|sarif/\w*reader\w*\.cc$|analyzer/.*admission\w*\.cc$"),
    (r"zlib\.h$", r"parsers/formats/terraform/inflate\.cc|sarif/gzip_size\.cc"),
    (r"utf8proc\.h", r"parsers/core/text|parsers/syntax/hcl/"),
    (r"gtest/|gmock/|benchmark/", r"$never"),
]

# Words in code (not in comments or strings) of the product: (pattern, where allowed, advice).
FORBIDDEN = [
    (r"\bstd::regex\b|#include <regex>", r"$never", "std::regex: use parsers/core/regex.h"),
    (r"\bstd::filesystem\b|#include <filesystem>", r"parsers/core/file_system\.cc",
     "std::filesystem: use parsers/core/file_system.h"),
    (r"\bgetenv\b", r"analyzer/cli/", "getenv: only the command line reads the environment"),
    (r"\bs?rand\s*\(", r"$never", "rand(): results must be the same every time"),
    (r"\bthrow\b", r"$never", "throw: return a Result or add a Problem"),
]

PRODUCT = ("parsers", "rules", "sarif", "analyzer")
FREE = ("tests", "benchmarks")
MAX_HEADER, MAX_SOURCE = 200, 900

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TOKENS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^()\\ \n]{0,16})\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'',
    re.S)


def code_only(text):
    """The text with comments, strings and characters blanked, line for line."""
    def blank(match):
        if match.group(0).startswith("'") and match.start() > 0 and text[match.start() - 1].isdigit():
            return match.group(0)  # a digit separator: 1'000'000
        return re.sub(r"[^\n]", " ", match.group(0))
    # Include lines keep their quotes: they are judged elsewhere.
    return TOKENS.sub(blank, text)


def room_of(path):
    for name, (prefix, _) in ROOMS.items():
        if path.startswith(prefix):
            return name
    return None


def check_include(path, quote, target):
    """What is wrong with one include line of a product file, or None."""
    for pattern, allowed in FENCES:
        if re.match(pattern, target):
            if not re.match(allowed, path):
                return f"<{target}> is fenced: only {allowed.replace('$never', 'tests')} may include it"
            return None
    if quote == "<":
        return None
    top = target.split("/", 1)[0]
    if top in FREE:
        return f'"{target}": the product may not include {top}/'
    if top == "generated":
        return None
    mine, theirs = room_of(path), room_of(target)
    if theirs is None:
        return f'"{target}" is in no room; includes are written from the root'
    if mine is None:
        return "the file is in no room"
    if mine == theirs:
        return None
    if any(re.fullmatch(a, path) and re.fullmatch(b, target) for a, b in EXCEPTIONS):
        return None
    if theirs not in ROOMS[mine][1]:
        return f'"{target}": {mine} may not include {theirs}'
    if mine == "report" and theirs == "engine" and not re.fullmatch(REPORT_MAY_SEE, target):
        return f'"{target}": reports see findings and descriptions of rules only'
    return None


def check_file(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        text = file.read()
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    problems = []
    product = path.split("/", 1)[0] in PRODUCT
    generated = any("Generated by" in line for line in lines[:5])
    header = path.endswith(".h")
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include and product:
            wrong = check_include(path, include.group(1), include.group(2))
            if wrong:
                problems.append((number, wrong))
        elif include and include.group(1) == '"' and "/" not in include.group(2):
            problems.append((number, f'"{include.group(2)}": includes are written from the root'))
        if re.search(r"\bTO" r"DO\b|\bFIX" r"ME\b", line):
            problems.append((number, "unfinished work is not committed"))
    if product:
        for number, line in enumerate(code_only(text).split("\n"), 1):
            for pattern, allowed, advice in FORBIDDEN:
                if re.search(pattern, line) and not re.match(allowed, path):
                    problems.append((number, advice))
    if header:
        if not lines or not lines[0].startswith("// "):
            problems.append((1, "a header opens with a paragraph: what, why, who, ownership, threads"))
        if not any(line.startswith("#pragma once") for line in lines):
            problems.append((1, "#pragma once is missing"))
    limit = MAX_HEADER if header else MAX_SOURCE
    if len(lines) > limit and not generated:
        problems.append((len(lines), f"{len(lines)} lines; the limit is {limit}"))
    return [f"{path}:{number}: {what}" for number, what in sorted(problems)]


def check_tree(root):
    found, count = [], 0
    for top in PRODUCT + FREE:
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders[:] = sorted(f for f in folders if f not in ("node_modules", "golden", "build"))
            for name in sorted(files):
                if name.endswith((".h", ".cc")):
                    path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
                    found += check_file(root, path)
                    count += 1
    return found, count


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "..")
    found, count = check_tree(root)
    for line in found:
        print(line)
    print(f"{count} files, {len(found)} violations")
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
