#!/usr/bin/env python3
"""Plays the sample season of Lufeng against a running server, through the command line.

demo.py --suyuan BIN --server HOST:PORT --http HOST:PORT --operator-key FILE --out DIR
        [--sample DIR] [--json]

Keys, profiles and the shifted tables go into DIR. With --json the steps go to stderr and stdout
gets one JSON object. run_demo.py starts a server for it, and adds what is known when that has stopped.
"""
import argparse
import csv
import datetime
import json
import os
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
REFUSED = 3  # Exit code of the command line: a rule says no.


class Demo:
    def __init__(self, options):
        self.options = options
        self.config = os.path.join(options.out, 'config.json')
        self.ids_path = os.path.join(options.out, 'ids.tsv')
        self.screen = sys.stderr if options.json else sys.stdout
        self.step_count = 0

    def say(self, chinese, english):
        print('%s\n    %s' % (chinese, english), file=self.screen, flush=True)

    def step(self, chinese, english):
        self.step_count += 1
        self.say('\n%2d. %s' % (self.step_count, chinese), english)

    def run(self, profile, *arguments):
        command = [self.options.suyuan, '--config', self.config, '--profile', profile, '--json',
                   '--lang', 'zh', *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def call(self, profile, *arguments):
        """One command; its JSON object, or a list of them where it streams several."""
        done = self.run(profile, *arguments)
        if done.returncode != 0:
            raise SystemExit('suyuan %s: exit %d\n%s%s' % (
                ' '.join(arguments), done.returncode, done.stdout, done.stderr))
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def one(self, profile, *arguments):
        return self.call(profile, *arguments)[0]

    def name(self, collection, key):
        """What the ledger calls what the tables call `key`."""
        found = None
        with open(self.ids_path, encoding='utf-8') as file:
            for line in file:
                parts = line.rstrip('\n').split('\t')
                if parts[:2] == [collection, key]:
                    found = parts[2]
        return found

    # The sample's dates are of autumn 2026; a claim may be at most 30 days old. All move by the
    # same number of days, so that the last is not in the future.
    def shift_tables(self):
        tables = {}
        for file_name in sorted(os.listdir(self.options.sample)):
            if file_name.endswith('.csv'):
                with open(os.path.join(self.options.sample, file_name), encoding='utf-8') as file:
                    tables[file_name] = list(csv.DictReader(file))
        times = [datetime.datetime.fromisoformat(row['time'])
                 for rows in tables.values() for row in rows if row.get('time')]
        now = datetime.datetime.now(datetime.timezone.utc)
        days = (now - max(times)).days
        shift = datetime.timedelta(days=days)
        for file_name, rows in tables.items():
            for row in rows:
                if row.get('time'):
                    moved = datetime.datetime.fromisoformat(row['time']) + shift
                    row['time'] = moved.isoformat()
                for column in ('from_date', 'until_date'):
                    if row.get(column):
                        row[column] = (datetime.date.fromisoformat(row[column]) + shift).isoformat()
            with open(os.path.join(self.options.out, file_name), 'w', encoding='utf-8',
                      newline='') as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator='\n')
                writer.writeheader()
                writer.writerows(rows)
        return tables

    def bring_in(self, file_name, tables):
        """Imports a table, each party its own rows, in the order in which they first stand."""
        kind = file_name.split('-', 1)[1].removesuffix('.csv')
        rows = 0
        for party in dict.fromkeys(row['_party'] for row in tables[file_name]):
            done = self.one(party, 'import', kind, os.path.join(self.options.out, file_name),
                            '--only', '_party=' + party, '--ids', self.ids_path)
            rows += done['recorded']
        return rows

    def profile(self, name, key_file):
        self.call(name, 'profile', 'set', name, '--server', self.options.server, '--key', key_file)

    def let_in(self, inviter, party, role, profile):
        """Somebody invites; the device makes its key itself and enrols it."""
        code = self.one(inviter, 'member', 'invite', '--party', self.name('parties', party),
                        '--role', role)['code']
        self.call(profile, 'profile', 'set', profile, '--server', self.options.server)
        self.call(profile, 'key', 'enroll', os.path.join(self.options.out, profile + '.pem'),
                  '--code', code)

    def play(self):
        started = time.monotonic()
        self.profile('operator', self.options.operator_key)
        self.profile('operator-2', os.path.join(os.path.dirname(self.options.operator_key),
                                                'operator-2.pem'))
        info = self.one('operator', 'server', 'info')
        self.step('服务器的账本是 %s' % info['origin'], 'The ledger, pinned from now on')
        tables = self.shift_tables()
        self.register(tables)
        self.grow_and_test(tables)
        self.move(tables)
        result = self.label_and_trace(tables)
        result.update(self.fail_and_recall(tables, result['label_url']))
        result.update(self.audit(result.pop('sequence')))
        result['seconds'] = round(time.monotonic() - started, 1)
        return result

    def register(self, tables):
        rows = self.bring_in('01-parties.csv', tables)
        for row in tables['01-parties.csv']:
            self.let_in('operator', row['key'], 'manager', row['key'])
        self.let_in('lab', 'lab', 'sampler', 'sampler')
        self.let_in('lab', 'lab', 'signatory', 'signatory')
        grants = self.bring_in('01a-grants.csv', tables)
        self.bring_in('01b-approvals.csv', tables)
        self.step('登记 %d 个主体：监管、检测、仓配、网点和 8 家合作社，凭邀请码各自登记密钥' % rows,
                  'Parties; the first manager of each takes up an invitation with a key of his own')
        self.step('授予监管辖区和检测资质（%d 项）：一人提议，另一人批准' % grants,
                  'A jurisdiction and an accreditation: proposed by one person, approved by another')
        sites = self.bring_in('02-sites.csv', tables)
        products = self.bring_in('03-products.csv', tables)
        self.bring_in('03a-product-uses.csv', tables)
        plots = self.bring_in('04-plots.csv', tables)
        self.step('登记 %d 个站点（1 个县级集散中心、14 个乡镇站、村级网点、产地）、%d 种产品、%d 块地'
                  % (sites, products, plots), 'Sites in county, town and village; products; plots')
        self.bring_in('04a-certifications.csv', tables)
        self.step('监管所在公开名录里核对后，登记草莓的绿色食品认证（样例编号）；合作社自己不能登记',
                  'The regulator records a green food certification it has looked up; the grower cannot')

    def grow_and_test(self, tables):
        rows = self.bring_in('05-harvests.csv', tables)
        self.step('合作社登记 %d 次采收' % rows, 'Harvests: a signed batch each')
        self.bring_in('06-samplings.csv', tables)
        self.bring_in('07-results.csv', tables)
        self.bring_in('07a-issuances.csv', tables)
        self.step('抽样员抽样（监督抽查由监管所抽样），检测中心一人检测、另一人签发：豇豆 cowpea-2 毒死蜱超标，未签发先冻结；韭菜快检阳性，也冻结',
                  'Samplings, results, and reports issued by a third person: a cowpea batch fails and is held; '
                  'a leek screening is positive')
        leek = self.name('batches', 'leek-1')
        for hold in self.one('regulator', 'batch', 'get', leek)['holds']:
            self.call('regulator', 'inspect', 'release', leek, '--hold', hold,
                      '--basis', 'recheck_passed')
        self.step('韭菜复检合格（酶抑制法对韭菜常有假阳性），监管解冻',
                  'The leek passes its recheck (a known false positive); the regulator releases it')
        refused = self.run('bicheng', 'ship', '--from', self.name('sites', 'farm-bicheng'),
                           '--to', self.name('sites', 'hub'),
                           '--line', self.name('batches', 'cowpea-2') + '=100斤')
        if refused.returncode != REFUSED:
            raise SystemExit('a held batch was shipped: exit %d' % refused.returncode)
        self.step('想发走冻结的豇豆：%s' % json.loads(refused.stderr)['message'],
                  'Shipping the held cowpea is refused')

    def move(self, tables):
        self.bring_in('08-gradings.csv', tables)
        self.step('番茄、草莓、石榴分级：投入 = 各等级 + 损耗，精确到毫克', 'Gradings, exact to the milligram')
        self.bring_in('09-shipments.csv', tables)
        self.bring_in('10-receipts.csv', tables)
        self.step('发往县级集散中心并收货；草莓破损 3 公斤，部分收货',
                  'Shipments to the county hub; one is received in part')
        for file_name in ('11-splits.csv', '12-merges.csv', '13-splits.csv'):
            self.bring_in(file_name, tables)
        self.step('集散中心把两家合作社的番茄分批、混批、再分批', 'The hub splits, mixes and divides tomatoes')

    def label_and_trace(self, tables):
        mix = self.name('batches', 'mix-a')
        self.bring_in('14-labels.csv', tables)
        for file_name in ('15-shipments.csv', '16-receipts.csv', '17-shipments.csv',
                          '18-receipts.csv'):
            self.bring_in(file_name, tables)
        self.step('赋码并发往乡镇站、村级网点', 'Labels; on to stations and village points')
        run = self.name('labelRuns', 'run-mix-a')
        picture = os.path.join(self.options.out, 'label.png')
        drawn = self.one('hub', 'label', 'draw', run, '--number', '1', '--out', picture)
        url = drawn['url']
        sheet = os.path.join(self.options.out, 'labels.pdf')
        self.call('hub', 'label', 'print', run, '--layout', 'a4-3x8', '--to', sheet, '--last', '24')
        self.step('打印一张 A4 标签（24 枚）：%s' % sheet, 'A sheet of labels, as a PDF')
        with urllib.request.urlopen(url, timeout=10) as page:
            status = page.status
        self.step('一枚标签：%s（扫码页 HTTP %d）' % (url, status), 'One label and its scan page')
        certified = self.one('qinfeng', 'label', 'draw', self.name('labelRuns', 'run-strawberry'),
                             '--number', '1', '--out',
                             os.path.join(self.options.out, 'label-strawberry.png'))['url']
        with urllib.request.urlopen(certified + '?lang=zh', timeout=10) as page:
            if '绿色食品' not in page.read().decode('utf-8').split('<main', 1)[1].split('没有记录的')[0]:
                raise SystemExit('the page of the strawberries shows no certification')
        self.step('有认证的草莓：%s' % certified, 'A label whose page shows the certification')
        back = self.call('regulator', 'trace', 'back', mix)
        forward = self.call('regulator', 'trace', 'forward', self.name('batches', 'tomato-3'))
        self.step('反向追溯：这批番茄来自 %d 个批次；正向：其中一次采收去了 %d 个批次'
                  % (len(back) - 1, len(forward) - 1), 'Traced back to both farms, and forward')
        sequence = self.one('regulator', 'batch', 'get', mix)['sequence']
        return {'label_url': url, 'qr_png': picture, 'labels_pdf': sheet,
                'scan_http_status': status,
                'trace_back': len(back), 'trace_forward': len(forward), 'sequence': sequence}

    def wait_for_red(self, url):
        """How long the label's page takes to say that its batch is recalled."""
        began = time.monotonic()
        while time.monotonic() - began < 60:
            with urllib.request.urlopen(url + '?lang=zh', timeout=10) as page:
                if '<header class="v bad">' in page.read().decode('utf-8'):
                    return round(time.monotonic() - began, 2)
            time.sleep(0.1)
        raise SystemExit('a minute after the recall the scan page is not red')

    def fail_and_recall(self, tables, url):
        self.bring_in('19-samplings.csv', tables)
        self.bring_in('20-results.csv', tables)
        self.bring_in('20a-issuances.csv', tables)
        recall = ('recall', 'open', '--batch', self.name('batches', 'tomato-3'),
                  '--level', 'two', '--hazard', 'pesticide_residue',
                  '--notice', '请停止食用，保留包装，退回购买的网点。',
                  '--notice-en', 'Do not eat. Keep the pack and return it where you bought it.')
        drill = self.one('regulator', *recall, '--drill')['recall']
        drilled = self.call('regulator', 'recall', 'scope', drill)
        self.call('regulator', 'recall', 'close', drill, '--outcome', 'completed')
        self.step('先演练一次：查出 %d 个批次，什么也没停，消费者看不到' % len(drilled),
                  'A drill first: the scope is found, nothing stops, no consumer sees it')
        recalled = self.one('regulator', *recall)
        scope = self.call('regulator', 'recall', 'scope', recalled['recall'],
                          '--min-sequence', recalled['receipt']['sequence'])
        self.step('追加抽检不合格，监管召回：涉及 %d 个批次，各在何处一查便知' % len(scope),
                  'A later sample fails; the recall finds every batch made of it, and where it is')
        red = self.wait_for_red(url)
        self.step('再扫那枚标签：%s 秒之内页面已是红色的召回' % red,
                  'The label scanned again: its page is red')
        return {'drill_scope': len(drilled), 'recall_scope': len(scope), 'recall_page_seconds': red}

    def audit(self, sequence):
        self.call('operator', 'audit', 'checkpoint', '--previous',
                  os.path.join(self.options.out, 'checkpoint.txt'))
        proven = self.one('operator', 'audit', 'proof', str(sequence), '--check')
        self.step('第 %s 号记录的证明在本机验证成立' % sequence,
                  'The proof of the mixed batch holds, checked on this machine')
        batches = self.page('regulator', 'batches', 'trace', 'batches')
        records = self.page('operator', 'records', 'audit', 'records')
        return {'batches': len(batches), 'events': sum(len(r.get('events', [])) for r in records),
                'proof_verified': proven['verified']}

    def page(self, profile, field, *arguments):
        items, token = [], ''
        while True:
            extra = ['--page-token', token] if token else []
            answer = self.one(profile, *arguments, '--page-size', '1000', *extra)
            items += answer.get(field, [])
            token = answer.get('nextPageToken', '')
            if not token:
                return items


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--suyuan', required=True)
    parser.add_argument('--server', required=True)
    parser.add_argument('--http', required=True)
    parser.add_argument('--operator-key', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--sample', default=os.path.join(HERE, 'sample', 'lufeng'))
    parser.add_argument('--json', action='store_true')
    options = parser.parse_args()
    options.suyuan = os.path.abspath(options.suyuan)
    options.out = os.path.abspath(options.out)
    os.makedirs(options.out, exist_ok=True)
    demo = Demo(options)
    result = demo.play()
    demo.say('\n扫码页   %s' % result['label_url'], 'scan page')
    demo.say('二维码   %s' % result['qr_png'], 'QR code')
    demo.say('服务     http://%s' % options.http, 'service')
    demo.say('命令行   %s --config %s --profile regulator recall list'
             % (options.suyuan, demo.config), 'try the command line as any of the parties')
    if options.json:
        print(json.dumps(result, ensure_ascii=False))


if __name__ == '__main__':
    main()
