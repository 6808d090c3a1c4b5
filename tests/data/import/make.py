#!/usr/bin/env python3
"""Makes the files of this folder again: python3 make.py. The files are kept; the tests do not need Python."""
import io, os, struct, zipfile
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.abspath(__file__))
WHEN = (2026, 11, 25, 0, 0, 0)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'


def save(name, data):
    with open(os.path.join(HERE, name), 'wb') as f:
        f.write(data)


def text(name, lines, encoding='utf-8', end='\r\n', bom=b''):
    save(name, bom + end.join(lines + ['']).encode(encoding))


def archive(parts, store=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED) as z:
        for name, data in parts:
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED
            z.writestr(info, data)
    return out.getvalue()


def column(n):
    s = ''
    while n >= 0:
        s = chr(65 + n % 26) + s
        n = n // 26 - 1
    return s


def book(sheets, shared=None, styles=None, workbook='', sheets_xml=None, store=False, extra=()):
    """sheets: [(name, state, xml of the worksheet)]"""
    parts = [('[Content_Types].xml', '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'),
             ('_rels/.rels', f'<Relationships><Relationship Id="rId1" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>')]
    names, links = '', ''
    for i, (name, state, xml) in enumerate(sheets, 1):
        names += f'<sheet name="{escape(name)}" sheetId="{i}" {state} r:id="rId{i}"/>'
        links += f'<Relationship Id="rId{i}" Type="{REL}/worksheet" Target="worksheets/sheet{i}.xml"/>'
    if shared is not None:
        links += f'<Relationship Id="rId98" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>'
    if styles is not None:
        links += f'<Relationship Id="rId99" Type="{REL}/styles" Target="/xl/styles.xml"/>'
    parts.append(('xl/_rels/workbook.xml.rels', f'<Relationships>{links}</Relationships>'))
    parts.append(('xl/workbook.xml', f'<workbook {MAIN} xmlns:r="{REL}">{workbook}<sheets>{names}</sheets></workbook>'))
    if shared is not None:
        parts.append(('xl/sharedStrings.xml', f'<sst {MAIN}>{shared}</sst>'))
    if styles is not None:
        parts.append(('xl/styles.xml', f'<styleSheet {MAIN}>{styles}</styleSheet>'))
    for i, (name, state, xml) in enumerate(sheets, 1):
        parts.append((f'xl/worksheets/sheet{i}.xml', xml))
    return archive(parts + list(extra), store)


def sheet(rows, merges=(), start=1):
    """rows of cells: None, text (inline), number, or (attributes, inner xml)"""
    out = f'<?xml version="1.0" encoding="UTF-8"?><worksheet {MAIN}><sheetData>'
    for r, row in enumerate(rows, start):
        if row is None:
            continue
        out += f'<row r="{r}">'
        for c, cell in enumerate(row):
            ref = f'{column(c)}{r}'
            if cell is None:
                continue
            if isinstance(cell, tuple):
                out += f'<c r="{ref}" {cell[0]}>{cell[1]}</c>'
            elif isinstance(cell, str):
                out += f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
            else:
                out += f'<c r="{ref}"><v>{cell!r}</v></c>'
        out += '</row>'
    out += '</sheetData>'
    if merges:
        out += f'<mergeCells count="{len(merges)}">' + ''.join(f'<mergeCell ref="{m}"/>' for m in merges) + '</mergeCells>'
    return out + '</worksheet>'


STYLES = ('<numFmts count="4"><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
          '<numFmt numFmtId="177" formatCode="0000"/><numFmt numFmtId="178" formatCode="[Red]#,##0.00"/>'
          '<numFmt numFmtId="179" formatCode="[$-804]yyyy/mm/dd hh:mm;@"/></numFmts>'
          '<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>'
          '<cellXfs count="7"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/><xf numFmtId="177"/>'
          '<xf numFmtId="178"/><xf numFmtId="179"/><xf numFmtId="20"/></cellXfs>')
TITLE = '天悦花园业主台账（二〇二六年）'


def csv_files():
    text('title_gb18030.csv', [
        TITLE + ',,,,', '制表：客服部,,,日期：2026-11-01,',
        '房　号,建筑面积（㎡）,业主姓名*,联系电话,"备注\n（可空）"',
        '3栋2单元1501室,89.50㎡,王秀兰、周德明,13800001234/13900005678,狗，脾气大',
        '３栋２单元１５０２,"1,089.5",𠮷田一郎,０５７１－８８００１２３４,',
        ',,,,',
        '3栋2单元小计,1179,,,', '合计,1179,,,', '注：以上面积以产权证为准,,,,'], 'gb18030')
    text('english_tab_bom.tsv', [
        'Owner\tOwner phone\tArea (m2)\tRoom\tBuilding\tUnit\tMoved in\tParking',
        '"Smith, John"\t+86 138-0000-1234\t89.5\t1501\t3\t2\t2020/1/5\tB-12',
        'Mary O\'Neil;Ann Lee\t010-62345678\t120\tPH1\tA\t\t20200105\t'], bom=b'\xef\xbb\xbf')
    text('excel_unicode.txt', ['房号\t姓名\t手机', '1-101\t张三\t13800000001', '1-102\t李四\t13800000002'], 'utf-16-le', bom=b'\xff\xfe')
    text('quotes_semicolon.csv', [
        '房号;姓名;电话;身份证号', '1-101;"张三\n李四";"13800000001\n13800000002";="990000199003071016"',
        '1-102;"王""五""";13800000003;', "1-103;赵六;'+8613800000004;99000019880501019x"], end='\n')
    text('bare_cr.csv', ['房号,姓名', '1-101,张三', '1-102,李四'], end='\r')
    text('three_columns.csv', [
        '序号,楼栋,单元,楼层,房号,面积,业主,电话', '1,３栋,一单元,15,１５０１,89.5,张三,13800000001', '2,,,15,1502,89.5,李 四,13800000002',
        '3,,2单元,1,0101,90,王五,13800000003', '4,,,,小计,269,,', '序号,楼栋,单元,楼层,房号,面积,业主,电话',
        '5,十二幢,,1,101,77,欧阳 娜娜,13800000004', '6,,,1,102,77,赵六,13800000005', '7,,,,,,,', '总 计,,,,,423,,'])
    text('dates.csv', [
        '房号,面积,姓名,电话,交房日期'] + [f'1-{i:03d},80,张{i},1380000{i:04d},"{d}"' for i, d in enumerate([
            '2020-1-5', '2020/01/05', '2020.1.5', '2020年1月5日', '20200105', '43835', '2020-01-05 00:00:00', '２０２０－０１－０５',
            '', '2019-02-30', '2020年13月1日', '昨天', '60', '1/5/2020', '2020-2-29', '2019-2-29'], 1)])
    text('errors.csv', [
        '房号,建筑面积,用途,业主姓名,手机,身份证号',
        '1-101,89.5,住宅,张三,13800000001,990000199003071016',
        ',89.5,住宅,李四,13800000002,', '1-103,0,住宅,王五,13800000003,', '1-104,八十九,住宅,赵六,13800000004,',
        '1-101,99.5,住宅,张三,13800000001,', '1-101,89.5,商铺,张三,13800000001,', '1-105,-3,住宅,钱七,13800000005,',
        '1-201,,住宅,孙八,13800000006,', '1-202,89.5,住宅,周九,,', '1-203,89.5,住宅,吴十,1380000512,990000199003071017',
        '1-204,89.5,住宅,王秀兰 周德明,13800000007,330106', '1-205,89.5,住宅,,,', '1-206,89.5,住宅,,13800000008,',
        '2020-03-02,89.5,住宅,郑一,13800000009,'])
    text('joint_owners.csv', [
        '房号,面积,姓名,电话,产权份额,身份证号,租户,租户电话,起租日期,家庭成员,紧急联系人,联系人电话',
        '1-101,89.5,"张三,李四","13800000001,13800000002","1/2、1/2",,王租,13800000003,2026-03-01,张小明、李梅13800000004,张大,0571-88001234',
        '1-102,89.5,张三,13800000001,,,,,,,,',
        '1-103,90,赵一/钱二/孙三,13800000011；13800000012,50%/25%/25%,,,,,,,',
        '1-104,90,周五,13800000013、13800000014、13800000013,100%,,,,,,,',
        '1-105,90,吴六,13800000015,50%,,,,,,,', '1-105,90,郑七,13800000016,50%,,,,,,,', '1-105,,吴六,,,99000019880501019X,,,,,,',
        '1-106,90,李强 / 李强,13800000017/13800000017,0.5,,,,,,,', '1-107,90,陈八,无,,,-,,,,,',
        '1-108,90,天悦物业（杭州）有限公司,400-800-1234,,91990000MA0AJ00187,,,,,,', '1-109,90,"Smith, John",010-62345678-801,,,,,,,,'])
    text('group_heading.csv', [
        '天悦花园,,,,,', '房号,业主信息,,租户信息,,面积', ',姓名,电话,姓名,电话,', '1-101,张三,13800000001,李四,13800000002,89.5'])
    text('paired_columns.csv', [
        '房号,业主1,电话1,业主2,电话2,套内面积,面积2', '1-101,张三,,李四,13800000002,70,89.5'])
    text('house_numbers.csv', ['房号'] + [
        '3-2-1501', '3栋2单元1502', '3幢2单元15层1503室', '3号楼1504', '03#2-1505', 'A座1506', '三栋一单元1507', '3-2-15-1508', '3—2—1509', '３－２－１５１０',
        '1511', '商铺12', '1-3-2-0101', '3栋-2单元-1512', '3楼2单元1513号'])
    text('house_numbers_no_area.csv', ['我的房子,主人', '1-101,张三'])
    text('no_heading.csv', ['1-101,张三,13800000001', '1-102,李四,13800000002'])
    text('unclosed_quote.csv', ['房号,姓名', '1-101,张三', '1-102,"李四', '1-103,王五'])
    text('web_page.xls', ['<html><body><table><tr><td>房号</td></tr></table></body></html>'])
    save('empty.csv', b'')
    save('picture.csv', b'\xff\xd8\xff\xe0\x00\x10JFIF\x00' + bytes(range(256)))
    save('nul.csv', '房号,姓名\n1-101,张\0三\n'.encode())
    text('wide.csv', ['房号,姓名' + ',' * 300 + 'x', '1-101,张三'])
    text('formulas.csv', ['房号,姓名,备注', "1-101,张三,'=1+2", "1-102,李四,'-a"], bom=b'\xef\xbb\xbf')


def xlsx_files():
    save('merged.xlsx', book([('总表', '', sheet([
        [TITLE] + [('s="0"', '')] * 6,
        ['楼栋', '单元', '房号', '建筑面积', '业主姓名', '联系电话', '收楼时间'],
        ['3栋', '1单元', 101, 89.5, '张三', 13800000001, ('s="1"', '<v>43634</v>')],
        [None, None, 102, ('', '<v>89.500000000000014</v>'), '李四', ('', '<v>1.3800000002E10</v>'), ('s="2"', '<v>43635.25</v>')],
        [None, '2单元', ('s="3"', '<v>201</v>'), 90, '王五', '13800000003', ('s="5"', '<v>43635</v>')],
        [None, None, None, None, '王六', 13800000004, None],
        None, None,
        [None, '合计', None, 269],
    ], ['A1:G1', 'A3:A6', 'B3:B4', 'B5:B6', 'C5:C6', 'D5:D6', 'A7:A8']))], styles=STYLES))
    save('from_1904.xlsx', book([('表', '', sheet([
        ['房号', '姓名', '电话', '面积', '交房日期'], ['1-101', '张三', 13800000001, 80, ('s="1"', '<v>42373</v>')]]))], styles=STYLES, workbook='<workbookPr date1904="1"/>'))
    rich = ('<si><t>房号</t></si><si><r><t>业主</t></r><r><rPr><b/></rPr><t>姓名</t></r><rPh sb="0" eb="1"><t>yezhu</t></rPh></si>'
            '<si><t xml:space="preserve"> 张三_x000D_\n李四 </t></si>')
    save('texts.xlsx', book([
        ('隐藏', 'state="hidden"', sheet([['房号'], ['hidden']])),
        ('明细', '', f'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
         '<x:row r="2"><x:c r="B2" t="s"><x:v>0</x:v></x:c><x:c r="D2" t="s"><x:v>1</x:v></x:c><x:c r="E2" t="inlineStr"><x:is><x:r><x:t>备</x:t></x:r><x:r><x:t>注</x:t></x:r></x:is></x:c></x:row>'
         '<x:row r="5"><x:c r="B5" t="str"><x:f>A1&amp;"-101"</x:f><x:v>1-101</x:v></x:c><x:c r="D5" t="s"><x:v>2</x:v></x:c><x:c r="E5" t="b"><x:v>1</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c></x:row>'
         '<x:row><x:c t="d"><x:v>2020-01-05T00:00:00</x:v></x:c><x:c><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row>'
         '</x:sheetData></x:worksheet>')], shared=rich))
    save('numbers.xlsx', book([('数', '', sheet([
        [('', '<v>89.5</v>'), ('', '<v>89.500000000000014</v>'), ('', '<v>1.3800001234E10</v>'), ('', '<v>330106199003071016</v>'), ('', '<v>1.5E-3</v>'),
         ('', '<v>-12.30</v>'), ('', '<v>0.1</v>'), ('', '<v>1E+20</v>'), ('', '<v>99.99999999999999</v>')],
        [('s="1"', '<v>1</v>'), ('s="1"', '<v>59</v>'), ('s="1"', '<v>60</v>'), ('s="1"', '<v>61</v>'), ('s="6"', '<v>0.5</v>'), ('s="5"', '<v>43835.999999</v>'),
         ('s="3"', '<v>7</v>'), ('s="4"', '<v>1234.5</v>'), ('s="1"', '<v>13800001234</v>'), ('s="1"', '<v>-5</v>'), ('', '<v>1e5x</v>'), ('', '<v>nan</v>')],
    ]))], styles=STYLES))
    save('whole_columns.xlsx', book([('表', '', sheet([
        ['房号', '姓名'], ['1-101', '张三']], ['C1:C1048576', 'A1048570:XFD1048576', 'B3:B9']))]))
    # refused
    doctype = ('<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
               f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&c;</t></is></c></row></sheetData></worksheet>')
    save('entities.xlsx', book([('表', '', doctype)]))
    external = f'<!DOCTYPE sst [<!ENTITY f SYSTEM "file:///etc/passwd">]><sst {MAIN}><si><t>&f;</t></si></sst>'
    parts = book([('表', '', sheet([[('t="s"', '<v>0</v>')]]))], shared='<si><t>x</t></si>')
    with zipfile.ZipFile(io.BytesIO(parts)) as z:
        save('outside_entity.xlsx', archive([(n, external if n.endswith('Strings.xml') else z.read(n)) for n in z.namelist()]))
    save('bomb.xlsx', book([('表', '', f'<worksheet {MAIN}><sheetData>' + '<row/>' * 8000000 + '</sheetData></worksheet>')]))
    save('long_token.xlsx', book([('表', '', f'<worksheet {MAIN}><!--' + 'x' * 5000000 + '--><sheetData/></worksheet>')]))
    good = book([('表', '', sheet([['房号', '姓名']] + [[f'1-{i}', f'张{i}'] for i in range(50)]))])
    save('cut_off.xlsx', good[:len(good) - 200])
    broken = bytearray(good)
    broken[good.index(b'PK\x03\x04', good.index(b'xl/worksheets')-40) + 90] ^= 0xFF
    save('bad_bytes.xlsx', bytes(broken))
    save('half_xml.xlsx', book([('表', '', sheet([['房号', '姓名'], ['1-1', '张']])[:-60])]))
    save('bad_index.xlsx', book([('表', '', sheet([[('t="s"', '<v>7</v>')]]))], shared='<si><t>x</t></si>'))
    save('rows_backwards.xlsx', book([('表', '', sheet([['a']]).replace('</sheetData>', '<row r="1"><c><v>1</v></c></row></sheetData>'))]))
    save('all_hidden.xlsx', book([('表', 'state="hidden"', sheet([['房号']])), ('二', 'state="veryHidden"', sheet([['房号']]))]))
    save('too_wide.xlsx', book([('表', '', sheet([[None] * 300 + ['x']]))]))
    locked = bytearray(good)
    at = 0
    while (at := locked.find(b'PK\x03\x04', at)) >= 0:
        locked[at + 6] |= 1
        at += 4
    at = 0
    while (at := locked.find(b'PK\x01\x02', at)) >= 0:
        locked[at + 8] |= 1
        at += 4
    save('zip_password.xlsx', bytes(locked))
    ole = bytes.fromhex('D0CF11E0A1B11AE1') + bytes(1016)
    save('old.xls', ole + 'Workbook'.encode('utf-16-le') + bytes(48))
    save('password.xlsx', ole + 'EncryptedPackage'.encode('utf-16-le') + bytes(32))
    save('document.docx', archive([('_rels/.rels', f'<Relationships><Relationship Id="rId1" Type="{REL}/officeDocument" Target="word/document.xml"/></Relationships>'),
                                   ('word/document.xml', '<w/>')]))
    save('binary.xlsb', archive([('_rels/.rels', '<Relationships/>'), ('xl/workbook.bin', 'x')]))
    save('open_document.ods', archive([('mimetype', 'application/vnd.oasis.opendocument.spreadsheet'), ('content.xml', '<x/>')]))
    save('photos.zip', archive([('a.txt', 'hello')]))


csv_files()
xlsx_files()
