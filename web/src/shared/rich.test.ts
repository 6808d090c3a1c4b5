import { expect, test } from "vitest";
import { isEmptyRich, richHtml, richOf, richText } from "./rich";

test("only what is on the list comes through, whatever it stands in", () => {
    const cases: [string, string][] = [
        ["<p onclick='x()' style='color:red'>一<b>二</b><i>三</i></p>", "<p>一<strong>二</strong><em>三</em></p>"],
        ["<script>alert(1)</script><style>p{}</style>x", "x"],
        ["<img src=x onerror=alert(1)><img src='/api/v1/files/12'><img src='/api/v1/files/1/../2'>", "<img src=\"/api/v1/files/12\" alt=\"\">"],
        ["<a href='javascript:alert(1)'>a</a><a href='data:text/html,x'>b</a><a href='//evil.example'>c</a>", "abc"],
        ["<div>一</div><div><p>二</p></div>", "<p>一</p><p>二</p>"],
        ["<h1>t</h1><object data='/'></object><form><input value=x>f</form>", "<h2>t</h2>f"],
    ];
    for (const [dirty, clean] of cases) {
        expect(richHtml(dirty)).toBe(clean);
        expect(richHtml(clean)).toBe(clean);
    }
    expect(richHtml("<a href='https://www.example.com/' target=_blank>x</a>")).toContain("noopener");
});

test("plain text becomes paragraphs, and nothing is empty", () => {
    expect(richOf("a<b>\nc & d")).toBe("<p>a&lt;b&gt;</p><p>c &amp; d</p>");
    expect(richText(richOf("1 < 2"))).toBe("1 < 2");
    expect(isEmptyRich("<p><br></p>")).toBe(true);
    expect(isEmptyRich("<p><img src=\"/api/v1/files/1\"></p>")).toBe(false);
});
