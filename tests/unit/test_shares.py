"""Fair shares: who may come in while others flood the server."""

from collections import Counter
from contextlib import suppress

from gluematch.models.scope import Scope
from gluematch.server.protocol import identity
from gluematch.server.shares import Shares, shared


def flood(shares: Shares, account: str) -> int:
    """Take places until there are none for the account; how many it got."""
    number = 0
    while shares.take(account):
        number += 1
    return number


def test_a_flood_leaves_room_for_whoever_comes_next() -> None:
    shares = Shares(120)
    got = [flood(shares, account) for account in ("a", "b", "c", "d")]
    assert got[0] == 96
    assert all(number > 0 for number in got[:3])
    assert sum(got) <= 120


def test_those_that_come_by_turns_get_the_same() -> None:
    shares = Shares(120)
    got = Counter(dict.fromkeys("abc", 0))
    refused: set[str] = set()
    while len(refused) < len(got):
        for account in got:
            if shares.take(account):
                got[account] += 1
            else:
                refused.add(account)
    assert max(got.values()) - min(got.values()) <= 1
    assert 100 < got.total() <= 120


def test_what_is_given_back_is_there_for_others() -> None:
    shares = Shares(10)
    got = flood(shares, "a")
    for _ in range(got):
        shares.give_back("a")
    assert flood(shares, "b") == got


def answered(application, account):
    """Status, headers and body of a request of the account, whose answer is not closed yet."""
    environ = {"REQUEST_METHOD": "POST", "HTTP_X_AMZ_TARGET": "AWSGlue.GetTable"}
    identity.note(environ, Scope(account, "us-east-1"))
    told = []
    body = application(environ, lambda status, headers: told.append((status, dict(headers))))
    return *told[0], body


def test_a_request_holds_its_place_until_its_answer_has_ended() -> None:
    refusals: list[None] = []

    def inside(_environ, start_response):
        start_response("200 OK", [])
        return [b"{}"]

    application = shared(inside, Shares(1), lambda: refusals.append(None))
    _, _, body = answered(application, "1")
    status, headers, refusal = answered(application, "2")
    assert status == "400 ThrottlingException"
    assert headers["Retry-After"] == "1"
    assert b'"__type": "ThrottlingException"' in b"".join(refusal)
    assert len(refusals) == 1
    body.close()
    assert answered(application, "2")[0] == "200 OK"


def test_a_request_that_fails_gives_its_place_back() -> None:
    def fails(_environ, _start_response):
        raise KeyError

    shares = Shares(1)
    application = shared(fails, shares, lambda: None)
    for _ in range(3):
        with suppress(KeyError):
            answered(application, "1")
    assert shares.take("1")
