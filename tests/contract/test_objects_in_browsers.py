"""Objects in a real browser: whatever is in one, it is no page of the origin where Glue answers."""

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.config import Config

from gluematch.server.testing import GlueServer

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ACCOUNT, BUCKET = "111122223333", "pages"
CALL = """
fetch("/", {method: "POST", headers: {"X-Amz-Target": "AWSGlue.CreateDatabase"},
    body: JSON.stringify({DatabaseInput: {Name: "by-a-page"}})});
"""
XHTML = "http://www.w3.org/1999/xhtml"
XML_SCRIPT = f'<script xmlns="{XHTML}">//<![CDATA[\n{CALL}\n//]]></script>'
PAGES = {
    "html": ("text/html", f"<p>text</p><script>{CALL}</script>"),
    "handlers": ("text/html", f"<p>text</p><body onload='{CALL}'><img src=x onerror='{CALL}'>"),
    "svg": (
        "image/svg+xml",
        f'<svg xmlns="http://www.w3.org/2000/svg"><text>text</text>{XML_SCRIPT}</svg>',
    ),
    "xhtml": (
        "application/xhtml+xml",
        f'<html xmlns="{XHTML}"><body><p>text</p>{XML_SCRIPT}</body></html>',
    ),
    "xml": ("text/xml", f'<p xmlns="{XHTML}">text{XML_SCRIPT}</p>'),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with GlueServer(data_dir=tmp_path_factory.mktemp("pages")) as running:
        s3 = running.client("s3", account=ACCOUNT)
        s3.create_bucket(Bucket=BUCKET)
        for key, (kind, text) in PAGES.items():
            s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode(), ContentType=kind)
        s3.put_object(Bucket=BUCKET, Key="script", Body=CALL.encode(), ContentType="text/plain")
        yield running


@pytest.fixture(scope="module")
def chromium():
    api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's package chromium: scripts/install_servers")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    with chromium.new_context() as context:
        yield context.new_page()


def link(server, key):
    """A URL that whoever has it may open."""
    signed = Config(signature_version="s3v4")
    s3 = server.client("s3", account=ACCOUNT, config=signed)
    return s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key})


def databases(server):
    return server.client("glue", account=ACCOUNT).get_databases()["DatabaseList"]


def in_a_frame(page, server, url):
    """Open a page of the server's own with a frame in it; the frame."""
    page.goto(f"{server.url}/_gluematch/health")
    page.evaluate(
        """url => new Promise(done => {
            const frame = document.createElement("iframe");
            frame.onload = done; frame.src = url; document.body.append(frame);
        })""",
        url,
    )
    page.wait_for_load_state("networkidle")
    return page.frames[-1]


def test_a_page_of_the_servers_own_reaches_glue(page, server):
    page.goto(f"{server.url}/_gluematch/health")
    found = page.evaluate("""() => fetch("/", {method: "POST", body: "{}",
        headers: {"X-Amz-Target": "AWSGlue.GetDatabases"}}).then(answer => answer.status)""")
    assert found == 200


@pytest.mark.parametrize("key", PAGES)
def test_a_script_in_an_object_that_is_opened_does_not_run(page, server, key):
    asked = []
    page.on("request", lambda request: asked.append(request.method))
    page.goto(link(server, key), wait_until="networkidle")
    assert page.text_content("p, text").startswith("text")
    assert "POST" not in asked
    assert databases(server) == []


@pytest.mark.parametrize("key", PAGES)
def test_a_script_in_an_object_in_a_frame_does_not_run(page, server, key):
    asked = []
    page.on("request", lambda request: asked.append(request.method))
    frame = in_a_frame(page, server, link(server, key))
    assert frame.text_content("p, text").startswith("text")
    assert "POST" not in asked
    assert databases(server) == []


def test_an_object_that_is_text_is_no_script(page, server):
    page.goto(f"{server.url}/_gluematch/health")
    became = page.evaluate(
        """url => new Promise(done => {
            const script = document.createElement("script");
            script.onload = () => done("run"); script.onerror = () => done("refused");
            script.src = url; document.head.append(script);
        })""",
        link(server, "script"),
    )
    assert became == "refused"
    assert databases(server) == []


def test_every_answer_of_s3_says_that_it_is_no_page_of_ours(server):
    place = urlsplit(link(server, "html"))
    for path in (f"{place.path}?{place.query}", place.path, f"/{BUCKET}", "/absent/x", "/?%zz"):
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("Content-Security-Policy") == "sandbox"
