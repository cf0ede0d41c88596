#!/usr/bin/env python3
"""The rules of CONTRIBUTING.md and of the layout that a machine can check. Exit 1 with a line each."""
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))

# What every module may stand on.
MODULE = ['storage/base', 'storage/kv', 'storage/ledger', 'storage/index', 'services/domain',
          'services/rpc', 'services/store', 'services/text']
# A folder may include those of its own layer named here, and below.
LAYERS = {
    'storage/base': [],
    'storage/kv': ['storage/base'],
    'storage/ledger': ['storage/base', 'storage/kv'],
    'storage/index': ['storage/base', 'storage/kv', 'storage/ledger'],
    'services/domain': ['storage/base'],
    'services/rpc': ['storage/base', 'storage/kv', 'storage/ledger', 'storage/index',
                     'services/domain', 'services/store', 'services/text'],
    'services/store': ['storage/base', 'storage/ledger', 'services/domain', 'services/rpc'],
    **{'services/' + module: MODULE for module in (
        'registry', 'origin', 'inspection', 'grading', 'shipment', 'recall')},
    'services/document': ['storage/base'],
    'services/gs1': ['storage/base'],
    'services/text': ['storage/base'],
    # Formats only: of the rest it knows the tree's heads and keys.
    'services/tlog': ['storage/base', 'storage/ledger', 'services/rpc'],
    'services/http': ['storage/base'],
    'services/metrics': ['storage/base'],
    'services/ledger': MODULE + ['services/http', 'services/tlog'],
    'services/trace': MODULE + ['services/tlog'],
    'services/label': MODULE + ['services/document', 'services/gs1'],
    'services/portal': MODULE + ['services/http', 'services/document', 'services/gs1', 'services/tlog'],
}
# Third-party headers and the only folders that may include them.
RESTRICTED = {
    'rocksdb/': ['storage/kv'],
    'boost/': ['services/http', 'services/portal', 'tests'],
    'grpcpp/': ['services/rpc', 'services/app', 'services/portal', 'services/store', 'tests', 'cli'],
    'curl/': ['services/http'],
    'prometheus/': ['services/metrics'],
    'openssl/': ['storage/base', 'services/rpc', 'tests'],
    'unicode/': ['services/text', 'services/tabular'],
    'qrencode.h': ['services/document'],
    'png.h': ['services/document', 'tests'],
    'turbojpeg.h': ['services/document', 'tests'],
    'cairo': ['services/document'],
    'pango/': ['services/document'],
}
# Words and the only files they may stand in.
BANNED = {
    r'absl::Now\(': ['storage/base/clock.cc'],
    r'system_clock': [],
    r'\bgetenv\(': ['cli/environment.cc', 'tests/'],
    r'std::cout': ['cli/', 'tests/'],
    r'\b(TODO|FIXME|XXX)\b': ['tests/lint/'],
    r'absl::Mutex\b': ['storage/base/mutex.h'],
}
HEADER_MAX, SOURCE_MAX, LINE_MAX = 200, 500, 100

problems = []


def report(path, line, text):
    problems.append('%s:%d: %s' % (path, line, text))


def tracked(*patterns):
    out = subprocess.run(['git', 'ls-files', *patterns], cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout
    return out.split()


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read().split('\n')


def folder_of(path):
    return '/'.join(path.split('/')[:2])


def check_includes(path, lines):
    folder = folder_of(path)
    for number, line in enumerate(lines, 1):
        match = re.match(r'#include [<"]([^>"]+)[>"]', line)
        if not match:
            continue
        header = match.group(1)
        for prefix, allowed in RESTRICTED.items():
            if header.startswith(prefix) and not any(path.startswith(a) for a in allowed):
                report(path, number, '%s is included in %s only' % (prefix, ', '.join(allowed)))
        target = folder_of(header)
        if folder in LAYERS and target in LAYERS and target != folder:
            if target not in LAYERS[folder]:
                report(path, number, '%s must not include %s' % (folder, target))
        elif folder in LAYERS and header.startswith('tests/'):
            report(path, number, 'the product must not include its tests')


def check_text(path, lines):
    limit = HEADER_MAX if path.endswith('.h') else SOURCE_MAX
    if len(lines) > limit and not path.startswith('tests/'):
        report(path, limit, 'longer than %d lines: what is hiding?' % limit)
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX and '//' not in line and '"' not in line:
            report(path, number, 'longer than %d columns' % LINE_MAX)
        for word, allowed in BANNED.items():
            if re.search(word, line) and not any(path.startswith(a) for a in allowed):
                report(path, number, '%s does not belong here' % word)


def check_tests_are_built():
    named = ' '.join('\n'.join(read(p)) for p in tracked('*CMakeLists.txt'))
    for path in tracked('tests/*_test.cc', 'tests/*_test.py'):
        if os.path.basename(path) not in named:
            report(path, 1, 'no CMakeLists.txt names this test')


def check_service(path, lines):
    """Every method: a comment, a request and a response of its own, a permission."""
    for number, line in enumerate(lines, 1):
        match = re.match(r'  rpc (\w+)\((\w+)\) returns \((?:stream )?(\w+)\)', line)
        if not match:
            continue
        method, request = match.group(1), match.group(2)
        if not lines[number - 2].strip().startswith('//'):
            report(path, number, '%s has no comment' % method)
        if request != method + 'Request':
            report(path, number, '%s has a request of another name' % method)
        option = lines[number]
        if 'permission: PERMISSION_' not in option:
            report(path, number, '%s has no permission' % method)
        body = message(lines, request)
        if 'mutation: true' in option and 'string request_id = 1' not in body:
            report(path, number, '%s has no request_id' % request)
        if method.startswith('List') and 'page_token = 2' not in body:
            report(path, number, '%s does not page' % request)


def message(lines, name):
    start = next((i for i, line in enumerate(lines) if line.startswith('message %s {' % name)), None)
    if start is None:
        return ''
    body = []
    for line in lines[start:]:
        body.append(line)
        if line.startswith('}') or line.endswith('{}'):
            break
    return '\n'.join(body)


def check_fields(path, lines):
    """Every field says what it is, in a comment above it."""
    for number, line in enumerate(lines[1:], 2):
        field = re.match(r'\s+(?:repeated |optional )?[\w.]+ (\w+) = \d+( \[|;)', line)
        inside = not re.match(r'\s+[A-Z0-9_]+ = ', line)
        if field and inside and not lines[number - 2].strip().startswith('//'):
            report(path, number, '%s has no comment' % field.group(1))


def check_proto(path, lines):
    check_fields(path, lines)
    text = '\n'.join(lines)
    for enum in re.finditer(r'enum (\w+) \{\s*(?://[^\n]*\n\s*)*(\w+) = 0', text):
        if not enum.group(2).endswith('_UNSPECIFIED'):
            report(path, text[:enum.start()].count('\n') + 1,
                   'the zero of %s is not _UNSPECIFIED' % enum.group(1))
    if '/event/' in path and re.search(r'\bmap<', text):
        report(path, 1, 'events have no maps')
    if path.endswith('v1/types.proto'):
        for number, line in enumerate(lines, 1):
            if re.match(r'  REASON_\w+ = [1-9]', line) and not re.search(r'zh: ".+", en: ".+"', line):
                report(path, number, 'a reason without its Chinese and English text')
    check_service(path, lines)


def check_docs_name_tests(path, lines, tests):
    """A promise is shown by a test that there is: `Suite`, `Suite.Name`, `Suite.Beginning…`, `program`."""
    for number, line in enumerate(lines, 1):
        for suite, name in re.findall(r'`(\w+Test|\w+_test)(?:\.(\w+))?', line):
            begins = r'\b%s%s' % (suite, r',\s*' + name if name else r'\b')
            if not re.search(begins, tests):
                report(path, number, 'there is no test %s' % '.'.join(filter(None, (suite, name))))


def main():
    for path in tracked('*.cc', '*.h'):
        lines = read(path)
        check_includes(path, lines)
        check_text(path, lines)
    for path in tracked('proto/suyuan/*.proto'):
        check_proto(path, read(path))
    check_tests_are_built()
    tests = '\n'.join('\n'.join(read(path)) for path in tracked('tests/*.cc', 'tests/*CMakeLists.txt'))
    for path in ('docs/security.md', 'docs/reliability.md'):
        check_docs_name_tests(path, read(path), tests)
    print('\n'.join(problems) if problems else 'nothing to say')
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    main()
