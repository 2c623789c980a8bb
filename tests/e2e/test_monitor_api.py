"""What the monitor page is made of: its files, its stream of events, and who may ask for them."""

import re

from http_api import api, start_api, start_api_with  # noqa: F401 (fixtures)

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
    "img-src": "'self' data:", "connect-src": "'self'", "base-uri": "'none'",
    "form-action": "'none'", "frame-ancestors": "'none'",
}


def policy_of(answer):
    parts = answer.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts)


def test_the_page_may_load_nothing_from_elsewhere(api):
    page = api("GET", "/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    chart = api("GET", "/monitor/assets/chart.min.js")
    assert chart.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert b"Chart.js v3" in chart.body
    for answer in (page, chart):
        assert policy_of(answer) == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert api("GET", "/monitor").body == page.body


def test_every_file_that_the_page_names_is_there(api):
    pages = [api("GET", "/").body.decode()]
    seen = set()
    while pages:
        for name in re.findall(r"(?:/monitor/assets/|\./)([\w.-]+\.(?:js|css|svg|png))", pages.pop()):
            if name not in seen:
                seen.add(name)
                asset = api("GET", f"/monitor/assets/{name}")
                assert asset.status == 200, name
                pages.append(asset.body.decode(errors="replace"))


def test_what_a_browser_has_is_not_sent_again(api):
    first = api("GET", "/monitor/assets/chart.min.js")
    tag = first.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]{32}"', tag)
    again = api("GET", "/monitor/assets/chart.min.js", If_None_Match=f'"old", W/{tag}')
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert api("GET", "/monitor/assets/chart.min.js", If_None_Match='"old"').body == first.body
    head = api("HEAD", "/monitor/assets/chart.min.js")
    assert (head.body, int(head.headers["Content-Length"])) == (b"", len(first.body))


def test_what_the_page_does_not_have_is_said(api):
    missing = api("GET", "/monitor/assets/<b>.js".replace("<", "%3C").replace(">", "%3E"))
    assert (missing.status, missing.code) == (404, "not_found")
    assert "'<b>.js'" in missing.json["detail"]
    assert api("POST", "/").status == 405


def test_a_route_of_the_root_goes_before_the_page(start_api_with):
    api = start_api_with(routes=[{"path": "/{rest*}", "queue": "q", "time_out_s": 0.05}])
    assert api("GET", "/").status == 504
    assert api("GET", "/monitor").status == 200
    assert api("GET", "/monitor/assets/index.html").status == 200


def test_what_is_built_in_is_no_route(start, tmp_path):
    for path in ("/metrics", "/monitor/x", "/openapi.json", "/v1/x"):
        config = tmp_path / "gateway.json"
        config.write_text('{"gateway": {"routes": [{"path": "%s", "queue": "q"}]}}' % path)
        refused = start("gateway", "--http", "127.0.0.1:0", "--config", config)
        assert refused.wait() != 0
        assert any(path in line and "built in" in line for line in refused.errors.lines)
