"""What of cheroot's inside our HTTP server relies on: a new release must still have it."""

import inspect

import pytest
from cheroot import connections, errors, server, wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (server.HTTPConnection, "_conditional_error"),
        (server.HTTPConnection, "close"),
        (server.HTTPRequest, "parse_request"),
        (server.HTTPRequest, "read_request_line"),
        (server.HTTPRequest, "read_request_headers"),
        (server.HTTPRequest, "header_reader"),
        (server.HTTPRequest, "simple_response"),
        (server.HTTPRequest, "ensure_headers_sent"),
        (server.HTTPServer, "bind_socket"),
        (server.HTTPServer, "can_add_keepalive_connection"),
        (server.HTTPServer, "error_log"),
        (server.HTTPServer, "put_conn"),
        (wsgi.Gateway_10, "get_environ"),
        (wsgi.Gateway_10, "respond"),
        (wsgi.Gateway_10, "write"),
        (BuiltinSSLAdapter, "wrap"),
        (errors, "MaxSizeExceeded"),
    ],
)
def test_what_we_override_or_call_is_there(owner: object, name: str) -> None:
    assert hasattr(owner, name)


def test_the_server_keeps_its_selector_and_its_threads_where_ours_take_their_place() -> None:
    prepare, serve, stop = (
        inspect.getsource(getattr(server.HTTPServer, name)) for name in ("prepare", "serve", "stop")
    )
    assert "self._connections = connections.ConnectionManager(self)" in prepare
    assert "self.requests.start()" in prepare
    assert "self._connections.run(self.expiration_interval)" in serve
    assert "self._connections.stop()" in stop
    assert "self._connections.close()" in stop
    assert "self.requests.stop(self.shutdown_timeout)" in stop
    assert "self._connections.put(conn)" in inspect.getsource(server.HTTPServer.put_conn)
    assert callable(connections.ConnectionManager.close)
