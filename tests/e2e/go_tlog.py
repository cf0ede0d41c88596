"""The Go program of tests/e2e/tlog, where Debian's Go and x/mod are installed."""
import os
import shutil
import subprocess

GO_PATH = '/usr/share/gocode'
MISSING = 'golang-go or golang-golang-x-mod-dev is not installed'


def build(out, cache):
    """The program's path, in the folder `out`; None where there is no Go, or no x/mod."""
    if not shutil.which('go') or not os.path.isdir(GO_PATH + '/src/golang.org/x/mod/sumdb'):
        return None
    binary = os.path.join(out, 'tlog')
    environment = {**os.environ, 'GO111MODULE': 'off', 'GOPATH': GO_PATH, 'GOFLAGS': '',
                   'GOTOOLCHAIN': 'local', 'GOCACHE': os.path.abspath(cache)}
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'tlog')
    subprocess.run(['go', 'build', '-o', binary, '.'], cwd=folder, env=environment, check=True)
    return binary
