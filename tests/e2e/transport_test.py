#!/usr/bin/env python3
"""TLS as a peer meets it: real processes, certificates of `suyuan cert`, and peers that misbehave.

Usage: transport_test.py BINARIES
"""
import collections
import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

BINARIES = None
DEADLINE = 20  # Seconds to wait for what must happen.


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def run(program, *arguments, **options):
    return subprocess.run([os.path.join(BINARIES, program), *arguments], capture_output=True,
                          text=True, timeout=60, **options)


class Served:
    def __init__(self, *options):
        self.process = subprocess.Popen([os.path.join(BINARIES, 'suyuand'), *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.ready = json.loads(line) if line else None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, self.errors = self.process.communicate(timeout=30)
        for line in self.errors.splitlines():  # C16: whatever was done to it.
            if 'time' not in json.loads(line) or not line.isprintable():
                raise ValueError('not a line of the log: ' + line)
        return self.process.returncode


class TransportTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='suyuan-')
        self.data = self.path('data')
        made = run('suyuand', 'init', '--dir', self.data, '--name', 'lufeng', '--demo',
                   '--public-url', 'https://127.0.0.1:7180')
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(run('suyuan', 'cert', 'authority', self.path('ca')).returncode, 0)

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def issue(self, name, *arguments, authority='ca'):
        made = run('suyuan', 'cert', 'issue', self.path(name), '--authority', self.path(authority),
                   *arguments)
        self.assertEqual(made.returncode, 0, made.stderr)
        return self.path(name)

    def serve(self, *options):
        tls = self.issue('tls', '--host', '127.0.0.1', '--host', 'localhost')
        served = Served('--dir', self.data, '--tls', tls, '--listen', '127.0.0.1:0', '--http',
                        '127.0.0.1:0', *options)
        self.assertIsNotNone(served.ready)
        self.addCleanup(served.process.kill)
        return served

    def cli(self, server, *arguments, ca='ca'):
        environment = dict(os.environ, HOME=self.path('home'))
        common = ['--config', self.path('profiles.json'), '--lang', 'en']
        options = ['--server', server, '--key', self.path('data/keys/operator.pem')]
        if ca:
            options += ['--ca', self.path(ca + '/ca.crt')]
        run('suyuan', *common, 'profile', 'set', server, *options, env=environment)
        return run('suyuan', *common, '--profile', server, '--timeout', '5', *arguments,
                   env=environment)

    def connect(self, address, context, name='localhost'):
        host, port = address.rsplit(':', 1)
        return context.wrap_socket(socket.create_connection((host, int(port)), timeout=10),
                                   server_hostname=name)

    def believing(self, **limits):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.path('ca/ca.crt'))
        for name, value in limits.items():
            setattr(context, name, value)
        return context

    def fetch(self, address, method, path):
        """The status of an answer over a connection of its own."""
        host, port = address.rsplit(':', 1)
        connection = http.client.HTTPSConnection(host, int(port), timeout=10,
                                                 context=self.believing())
        with contextlib.closing(connection):
            connection.request(method, path, b'{}', {'Content-Type': 'application/json'})
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.getheader('Strict-Transport-Security'), 'max-age=31536000')
            return answer.status

    def health(self, served):
        return self.fetch(served.ready['http'], 'GET', '/healthz')

    def test_both_listeners_are_secured_and_the_command_line_goes_through(self):
        served = self.serve()
        self.assertEqual(self.health(served), 200)
        shown = self.cli(served.ready['grpc'], 'server', 'info')
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertEqual(served.stop(), 0)

    def test_a_device_is_enrolled_over_tls(self):
        server = self.serve().ready['grpc']
        caller = json.loads(self.cli(server, '--json', 'server', 'whoami').stdout)
        invited = self.cli(server, '--json', 'member', 'invite', '--party', caller['party'],
                           '--role', 'worker')
        self.assertEqual(invited.returncode, 0, invited.stderr)
        code = json.loads(invited.stdout)['code']
        enrolled = self.cli(server, 'key', 'enroll', self.path('phone.pem'), '--code', code)
        self.assertEqual(enrolled.returncode, 0, enrolled.stderr)

    def test_a_client_refuses_an_authority_it_does_not_know(self):
        run('suyuan', 'cert', 'authority', self.path('other'))
        served = self.serve()
        refused = self.cli(served.ready['grpc'], 'server', 'info', ca='other')
        self.assertEqual(refused.returncode, 6, refused.stderr)
        refused = self.cli(served.ready['grpc'], 'server', 'info', ca=None)  # In the clear.
        self.assertNotEqual(refused.returncode, 0)
        self.assertEqual(self.health(served), 200)
        self.assertEqual(served.stop(), 0)

    # B17: old versions and ciphers without forward secrecy or authentication.
    def test_old_versions_and_weak_ciphers_are_refused(self):
        served = self.serve()
        weak = [dict(minimum_version=version, maximum_version=version)
                for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)]
        ciphers = ['AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA']
        for address in (served.ready['grpc'], served.ready['http']):
            for limits in weak:
                context = self.believing(**limits)
                context.set_ciphers('ALL:@SECLEVEL=0')
                with self.assertRaises((ssl.SSLError, OSError), msg=(address, limits)):
                    self.connect(address, context)
            for cipher in ciphers:
                context = self.believing(maximum_version=ssl.TLSVersion.TLSv1_2)
                context.set_ciphers(cipher + ':@SECLEVEL=0')
                with self.assertRaises((ssl.SSLError, OSError), msg=(address, cipher)):
                    self.connect(address, context)
            with self.connect(address, self.believing(
                    maximum_version=ssl.TLSVersion.TLSv1_2)) as strong:
                self.assertIn('GCM', strong.cipher()[0])
            with self.connect(address, self.believing()) as best:
                self.assertEqual(best.version(), 'TLSv1.3')
        self.assertEqual(served.stop(), 0)

    # B18: plain text to a TLS port, and what is no HTTP at all.
    def test_noise_on_a_port_is_closed_and_the_server_goes_on(self):
        served = self.serve()
        for address in (served.ready['grpc'], served.ready['http']):
            host, port = address.rsplit(':', 1)
            for noise in (b'GET / HTTP/1.1\r\nHost: a\r\n\r\n', b'\x00' * 4096,
                          b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', b'\x16\x03\x01\xff\xff' + b'A' * 99):
                with socket.create_connection((host, int(port)), timeout=DEADLINE) as peer:
                    peer.sendall(noise)
                    peer.shutdown(socket.SHUT_WR)
                    try:
                        while peer.recv(4096):
                            pass
                    except ConnectionResetError:
                        pass
        self.assertEqual(self.health(served), 200)
        self.assertEqual(self.cli(served.ready['grpc'], 'server', 'info').returncode, 0)
        self.assertEqual(served.stop(), 0)

    # Peers that connect and never shake hands take nothing from others, and are let go.
    def test_silent_peers_are_let_go(self):
        served = self.serve()
        silent = []
        for address in [served.ready['grpc'], served.ready['http']] * 50:
            host, port = address.rsplit(':', 1)
            silent.append(socket.create_connection((host, int(port)), timeout=DEADLINE))
        self.assertEqual(self.health(served), 200)
        self.assertEqual(self.cli(served.ready['grpc'], 'server', 'info').returncode, 0)
        for peer in silent:
            self.assertEqual(peer.recv(1), b'')
            peer.close()
        self.assertEqual(served.stop(), 0)

    def test_a_renewed_certificate_holds_without_a_restart(self):
        served = self.serve()

        def shown(address):
            with self.connect(address, self.believing()) as peer:
                return peer.getpeercert()['serialNumber']

        addresses = (served.ready['grpc'], served.ready['http'])
        before = [shown(address) for address in addresses]
        self.assertEqual(before[0], before[1])
        self.issue('tls', '--host', '127.0.0.1', '--host', 'localhost')
        end = time.monotonic() + DEADLINE
        renewed = before
        while time.monotonic() < end and (renewed[0] == before[0] or renewed[1] == before[1]):
            renewed = [shown(address) for address in addresses]
        self.assertNotEqual(renewed[0], before[0])
        self.assertEqual(renewed[0], renewed[1])
        self.assertEqual(served.stop(), 0)

    def test_a_party_that_calls_too_often_is_told_so(self):
        served = self.serve('--party-calls', '1')
        first = self.cli(served.ready['grpc'], 'server', 'whoami')
        self.assertEqual(first.returncode, 0, first.stderr)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:  # However slow each of them is.
            again = list(pool.map(lambda _: self.cli(served.ready['grpc'], 'server', 'whoami'),
                                  range(20)))
        refused = [one for one in again if one.returncode != 0]
        self.assertTrue(refused)  # Five at once, one a second.
        self.assertEqual({one.returncode for one in refused}, {6})
        self.assertIn('too often', refused[0].stderr)
        self.assertEqual(served.stop(), 0)

    def test_the_operator_has_a_listener_of_his_own(self):
        served = self.serve('--admin', '127.0.0.1:0')
        self.assertEqual(self.cli(served.ready['grpc'], 'server', 'info').returncode, 0)

        def get(path):
            with urllib.request.urlopen('http://%s%s' % (served.ready['admin'], path),
                                        timeout=10) as answer:
                return answer.read().decode()

        self.assertEqual(get('/healthz'), 'ok\n')
        self.assertEqual(get('/readyz'), 'ok\n')
        metrics = get('/metrics')
        self.assertIn('suyuan_calls_total{code="OK",method="/suyuan.v1.IdentityService/'
                      'GetServerInfo"}', metrics)
        self.assertIn('suyuan_log_records 1\n', metrics)
        left = float(re.search(r'^suyuan_certificate_seconds (\S+)$', metrics, re.M)[1])
        self.assertAlmostEqual(left / 86400, 90, delta=1)
        with self.assertRaises(urllib.error.HTTPError):  # Nothing of the service behind it.
            get('/')
        self.assertEqual(served.stop(), 0)
        done = run('suyuand', '--dir', self.data, '--cleartext', '--admin', '0.0.0.0:0')
        self.assertEqual(done.returncode, 1)
        self.assertIn('this machine only', done.stderr)

    def test_a_copy_follows_a_leader_whose_authority_it_knows(self):
        for arguments in (('backup', self.data, '--out', self.path('backups')),
                          ('restore', '--from', self.path('backups'), '--to', self.path('copy'))):
            done = run('suyuan', '--config', self.path('profiles.json'), *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
        run('suyuan', 'cert', 'authority', self.path('other'))
        leader = self.serve()

        def following(authority, done):
            copy = Served('--dir', self.path('copy'), '--cleartext', '--listen', '127.0.0.1:0',
                          '--http', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--follow',
                          leader.ready['grpc'], '--follow-ca', self.path(authority + '/ca.crt'))
            self.addCleanup(copy.process.kill)
            end = time.monotonic() + DEADLINE
            state = {}
            while time.monotonic() < end and not done(state):
                shown = self.cli(copy.ready['grpc'], '--json', 'server', 'status', ca=None)
                state = json.loads(shown.stdout)['following'] if shown.returncode == 0 else {}
            self.assertTrue(done(state), state)
            with urllib.request.urlopen('http://%s/metrics' % copy.ready['admin'],
                                        timeout=10) as answer:
                gauges = dict(re.findall(r'^suyuan_follow_(\w+) (\S+)$', answer.read().decode(),
                                         re.M))
            self.assertEqual(copy.stop(), 0)
            return gauges

        # A stranger's authority is trouble that can pass, and nothing is taken from behind it.
        gauges = following('other',
                           lambda state: state.get('trouble') and 'contactTime' not in state)
        self.assertEqual(gauges['contact_seconds'].lower(), 'nan')
        gauges = following('ca', lambda state: 'contactTime' in state and
                           not state.get('trouble') and int(state.get('behind', 0)) == 0)
        self.assertEqual(gauges['behind_records'], '0')
        self.assertEqual(gauges['stopped'], '0')
        self.assertLess(float(gauges['contact_seconds']), DEADLINE)
        self.assertEqual(leader.stop(), 0)

    def test_a_certificate_that_cannot_be_used_is_named_at_start(self):
        tls = self.issue('tls', '--host', 'localhost')
        other = self.issue('other', '--host', 'localhost')
        os.replace(os.path.join(other, 'tls.key'), os.path.join(tls, 'tls.key'))
        done = run('suyuand', '--dir', self.data, '--tls', tls)
        self.assertEqual(done.returncode, 1)
        self.assertIn('tls.key: not the key of the certificate', done.stderr)
        done = run('suyuand', '--dir', self.data, '--tls', self.path('nowhere'))
        self.assertIn('nowhere/tls.crt: cannot be read', done.stderr)

    def ledger(self):
        """The ledger, reached over a network: itself and where it is."""
        at = 'ledger=127.0.0.1:%d' % free_port()
        served = Served('--dir', self.data, '--modules=ledger', '--module-at', at, '--module-tls',
                        self.issue('ledger', '--module', 'ledger', '--trust-domain',
                                   'lufeng.example'))
        self.assertIsNotNone(served.ready)
        self.addCleanup(served.process.kill)
        return served, at

    def start_rest(self, at, certificate, listening=('--cleartext',)):
        """Everything else, with a certificate of its own."""
        rest = ['trace', 'registry', 'origin', 'inspection', 'grading', 'shipment', 'label',
                'recall', 'portal']
        process = subprocess.Popen(
            [os.path.join(BINARIES, 'suyuand'), '--dir', self.data, *listening,
             '--modules=' + ','.join(rest), '--module-at', at, '--module-tls', certificate,
             '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        return process

    def test_modules_know_one_another_by_their_certificates(self):
        ledger, at = self.ledger()
        rest = self.start_rest(at, self.issue('rest', '--module', 'trace', '--module', 'portal',
                                              '--trust-domain', 'lufeng.example'))
        ready = json.loads(rest.stdout.readline())
        shown = self.cli(ready['grpc'], 'server', 'info', ca=None)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        rest.send_signal(signal.SIGTERM)
        rest.communicate(timeout=DEADLINE)
        self.assertEqual(rest.returncode, 0)
        self.assertEqual(ledger.stop(), 0)

    def test_a_module_of_another_domain_or_authority_or_a_mere_host_is_turned_away(self):
        run('suyuan', 'cert', 'authority', self.path('foreign'))
        ledger, at = self.ledger()
        turned_away = [self.start_rest(at, certificate) for certificate in (
            self.issue('domain', '--module', 'trace', '--trust-domain', 'other.example'),
            self.issue('authority', '--module', 'trace', '--trust-domain', 'lufeng.example',
                       authority='foreign'),
            self.issue('host', '--host', '127.0.0.1'))]
        for rest in turned_away:
            out, errors = rest.communicate(timeout=90)
            self.assertEqual((rest.returncode, out), (1, ''), errors)
        self.assertEqual(ledger.stop(), 0)

    def certificate(self, name, *extensions, authority='ca', begins='20200101000000Z',
                    ends='20990101000000Z'):
        """A key and a certificate as no command of ours makes them: (certificate, key)."""
        folder = self.path(name)
        os.mkdir(folder)

        def openssl(*arguments):
            done = subprocess.run(['openssl', *arguments], capture_output=True, text=True,
                                  timeout=30, cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
        openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                '-subj', '/CN=trace', '-keyout', 'key.pem', '-out', 'request.pem')
        issuer = ['-cert', self.path(authority + '/ca.crt'), '-keyfile',
                  self.path(authority + '/ca.key')] if authority else \
            ['-selfsign', '-keyfile', 'key.pem']
        for file, text in (('index', ''), ('serial', '01'), (
                'config', '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\n'
                'new_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=x\n'
                '[p]\ncommonName=optional\n[x]\n' + '\n'.join(extensions) + '\n')):
            with open(os.path.join(folder, file), 'w', encoding='ascii') as out:
                out.write(text)
        openssl('ca', '-config', 'config', '-batch', '-notext', '-in', 'request.pem', '-out',
                'cert.pem', '-startdate', begins, '-enddate', ends, *issuer)
        return os.path.join(folder, 'cert.pem'), os.path.join(folder, 'key.pem')

    def lets_in(self, address, pair):
        """Whether HTTP/2 is spoken with who shows this certificate (None: nobody)."""
        context = self.believing(check_hostname=False)
        context.set_alpn_protocols(['h2'])
        if pair:
            context.load_cert_chain(*pair)
        try:
            with self.connect(address, context, name=None) as peer:  # Modules have no host's.
                peer.settimeout(DEADLINE)
                peer.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + b'\0\0\0\4\0\0\0\0\0')
                return peer.recv(9)[3:4] == b'\4'  # SETTINGS.
        except (ssl.SSLError, ConnectionError):
            return False

    # D1: who comes from a network with a certificate that is not a module's own.
    def test_d1_only_a_modules_own_certificate_is_let_in(self):
        run('suyuan', 'cert', 'authority', self.path('foreign'))
        ledger, at = self.ledger()
        address = at.split('=')[1]
        own = 'subjectAltName=critical,URI:spiffe://lufeng.example/suyuan/trace'
        client, plain = 'extendedKeyUsage=clientAuth', 'basicConstraints=CA:FALSE'
        self.assertTrue(self.lets_in(address, self.certificate('good', own, client, plain)))
        for name, arguments in {
                'self-signed': {'extensions': (own, client, plain), 'authority': None},
                'foreign authority': {'extensions': (own, client, plain), 'authority': 'foreign'},
                'expired': {'extensions': (own, client, plain), 'ends': '20210101000000Z'},
                'not yet': {'extensions': (own, client, plain), 'begins': '20980101000000Z'},
                'of a server alone': {
                    'extensions': (own, 'extendedKeyUsage=serverAuth', plain)},
                'an authority': {
                    'extensions': (own, client, 'basicConstraints=critical,CA:TRUE')},
                'an authority that signs nothing': {'extensions': (
                    own, client, 'basicConstraints=critical,CA:TRUE',
                    'keyUsage=digitalSignature')},
                'a signer of lists': {'extensions': (own, client, plain, 'keyUsage=cRLSign')},
                'two ids': {'extensions': (
                    own + ',URI:spiffe://lufeng.example/suyuan/label', client, plain)},
                'another domain': {'extensions': (
                    own.replace('lufeng', 'other'), client, plain)},
                'a web address': {'extensions': (
                    'subjectAltName=URI:https://lufeng.example/suyuan/trace', client, plain)},
                'a name alone': {'extensions': (client, plain)},
                'a host': {'extensions': ('subjectAltName=DNS:lufeng.example', client, plain)}
        }.items():
            with self.subTest(name):
                pair = self.certificate(name, *arguments.pop('extensions'), **arguments)
                self.assertFalse(self.lets_in(address, pair))
        with self.subTest('no certificate'):
            self.assertFalse(self.lets_in(address, None))
        self.assertTrue(self.lets_in(address, (self.path('good/cert.pem'),
                                               self.path('good/key.pem'))))
        self.assertEqual(ledger.stop(), 0)

    def revoke(self, name, at):
        """Ends the use of a certificate, where the folder `at` is asked."""
        done = run('suyuan', 'cert', 'revoke', self.path(name), '--authority', self.path('ca'))
        self.assertEqual(done.returncode, 0, done.stderr)
        os.makedirs(self.path(at + '/crl'), exist_ok=True)
        made = self.path(at + '/made.pem')
        shutil.copy(self.path('ca/crl.pem'), made)
        os.rename(made, self.path(at + '/crl/crl.pem'))

    # D2, of certificates: on connections that stand already, without a restart of who is asked.
    def test_a_revoked_modules_calls_end_within_five_seconds(self):
        ledger, at = self.ledger()
        rest = self.start_rest(at, self.issue('rest', '--module', 'trace', '--module', 'portal',
                                              '--trust-domain', 'lufeng.example'))
        grpc = json.loads(rest.stdout.readline())['grpc']

        def register(name):
            return self.cli(grpc, 'party', 'register', '--name', name, '--role', 'cooperative',
                            ca=None).returncode
        self.assertEqual(register('甲合作社'), 0)
        self.revoke('rest', at='ledger')
        revoked = time.monotonic()
        while register('乙合作社 %f' % (time.monotonic() - revoked)) == 0:
            self.assertLess(time.monotonic() - revoked, 5)
        rest.kill()
        rest.communicate()
        # Nor does it come in anew; with another certificate it does.
        again = self.start_rest(at, self.path('rest'))
        out, errors = again.communicate(timeout=90)
        self.assertEqual((again.returncode, out), (1, ''), errors)
        renewed = self.start_rest(at, self.issue('rest', '--module', 'trace', '--module', 'portal',
                                                 '--trust-domain', 'lufeng.example'))
        grpc = json.loads(renewed.stdout.readline())['grpc']
        self.assertEqual(register('丙合作社'), 0)
        renewed.send_signal(signal.SIGTERM)
        renewed.communicate(timeout=DEADLINE)
        self.assertEqual(ledger.stop(), 0)

    # Who passes for the ledger with a certificate that is revoked is not spoken to.
    def test_a_ledger_with_a_revoked_certificate_is_not_spoken_to(self):
        ledger, at = self.ledger()
        certificate = self.issue('rest', '--module', 'trace', '--trust-domain', 'lufeng.example')
        self.revoke('ledger', at='rest')
        # Renewing a certificate forgets none that is revoked.
        self.issue('rest', '--module', 'trace', '--trust-domain', 'lufeng.example')
        rest = self.start_rest(at, certificate)
        out, errors = rest.communicate(timeout=90)
        self.assertEqual((rest.returncode, out), (1, ''), errors)
        self.assertEqual(ledger.stop(), 0)

    def under_load(self, calls):
        """Runs each call over and over: what failed so far, how often each was done, and its end."""
        failed, done, over = [], collections.Counter(), threading.Event()

        def repeat(call):
            while not over.is_set():
                try:
                    good = call()
                except OSError as error:
                    good = False
                    failed.append((call.__name__, error))
                if not good:
                    failed.append((call.__name__, 'refused'))
                done[call.__name__] += 1
                time.sleep(0.02)
        threads = [threading.Thread(target=repeat, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()

        def end():
            over.set()
            for thread in threads:
                thread.join()
        self.addCleanup(end)
        return failed, done, end

    # S1: of the members' port and of modules; new connections all the while, and calls on standing ones.
    def test_s1_certificates_change_under_load_and_no_call_fails(self):
        module = ('--trust-domain', 'lufeng.example', '--module')
        ledger, at = self.ledger()
        tls = self.issue('tls', '--host', '127.0.0.1', '--host', 'localhost')
        rest_tls = self.issue('rest', *module, 'trace', '--module', 'portal')
        rest = self.start_rest(at, rest_tls, ('--tls', tls))
        ready = json.loads(rest.stdout.readline())
        own = 'subjectAltName=critical,URI:spiffe://lufeng.example/suyuan/trace'
        peer = self.certificate('peer', own, 'extendedKeyUsage=clientAuth',
                                'basicConstraints=CA:FALSE')

        def page():
            return self.fetch(ready['http'], 'GET', '/healthz') == 200

        def call():  # Over the modules' standing connection.
            return self.fetch(ready['http'], 'POST', '/suyuan.v1.AuditService/GetCheckpoint') == 200

        def member():
            return self.lets_in(ready['grpc'], None)

        def newcomer():
            return self.lets_in(at.split('=')[1], peer)
        failed, done, end = self.under_load([page, call, member, newcomer])

        folders = {tls: ('--host', '127.0.0.1', '--host', 'localhost'),
                   self.path('ledger'): (*module, 'ledger'),
                   rest_tls: (*module, 'trace', '--module', 'portal')}
        made = {folder: [self.issue('%s-%d' % (os.path.basename(folder), i), *options)
                         for i in range(4)] for folder, options in folders.items()}

        def put(folder, source, *names):
            for name in names:
                shutil.copy(os.path.join(source, name), os.path.join(folder, 'new'))
                os.replace(os.path.join(folder, 'new'), os.path.join(folder, name))

        for i in range(100):
            names = ('tls.key', 'tls.crt')[::1 if i % 2 else -1]
            for name in names:  # Between the two they do not match.
                for folder, sources in made.items():
                    put(folder, sources[i % len(sources)], name)
                time.sleep(0.05)
            self.assertEqual(failed, [], i)
        expired = {folder: self.certificate(os.path.basename(folder) + ' expired', name,
                                            'basicConstraints=CA:FALSE', ends='20210101000000Z')
                   for folder, name in (
                       (tls, 'subjectAltName=IP:127.0.0.1,DNS:localhost'),
                       (self.path('ledger'), own.replace('trace', 'ledger')), (rest_tls, own))}

        def mismatch(folder):
            put(folder, made[folder][0], 'tls.crt')
            put(folder, made[folder][1], 'tls.key')

        def lapse(folder):
            for file, name in zip(expired[folder], ('tls.crt', 'tls.key')):
                shutil.copy(file, os.path.join(folder, name))

        def scramble(folder):
            with open(os.path.join(folder, 'tls.crt'), 'w', encoding='ascii') as out:
                out.write('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')

        def lose(folder):
            os.remove(os.path.join(folder, 'tls.key'))
        for spoil in (mismatch, lapse, scramble, lose):
            for folder in folders:
                spoil(folder)
            time.sleep(5)  # They are looked at every two seconds.
            self.assertEqual(failed, [], spoil.__name__)
        before = done.copy()
        for folder, sources in made.items():
            put(folder, sources[3], 'tls.key', 'tls.crt')
        with open(os.path.join(made[tls][3], 'tls.crt'), encoding='ascii') as file:
            renewed = ssl.PEM_cert_to_DER_cert(file.read().split('-----END')[0] +
                                               '-----END CERTIFICATE-----\n')

        def shown(address):
            with self.connect(address, self.believing()) as connection:
                return connection.getpeercert(True)
        limit = time.monotonic() + DEADLINE
        while {shown(ready['grpc']), shown(ready['http'])} != {renewed}:
            self.assertLess(time.monotonic(), limit)
        end()
        self.assertEqual(failed, [])
        for name, count in before.items():
            self.assertGreater(count, 50, name)
        rest.send_signal(signal.SIGTERM)
        errors = rest.communicate(timeout=DEADLINE)[1]
        self.assertEqual(rest.returncode, 0)
        self.assertIn('certificate not reloaded', errors)
        self.assertEqual(ledger.stop(), 0)

    def test_modules_over_a_network_need_a_certificate(self):
        done = run('suyuand', '--dir', self.data, '--modules=ledger', '--module-at',
                   'ledger=127.0.0.1:%d' % free_port())
        self.assertEqual(done.returncode, 1)
        self.assertIn('--module-tls', done.stderr)


if __name__ == '__main__':
    BINARIES = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2, warnings='ignore')
