"""What cannot be written of one account costs no other account anything, and nothing that was
acknowledged is lost."""

import json
import logging

import pytest
from moto.sns.models import sns_backends

from gluematch.server.neighbours.kept.keeping import Keeping
from gluematch.server.neighbours.kept.steadily import ChangesLost, Steadily
from gluematch.server.neighbours.s3.files import NotKept

ME, OTHER, REGION = "510000000031", "510000000032", "us-east-1"


class Unknown:
    """A class that no module of moto's defines."""

    def __init__(self):
        self.secret = "what nobody may read"


def topics_in(folder):
    found = json.loads((folder / "sns.json").read_text())["backends"]
    return {one["account"]: [*held(one)] for one in found}


def held(one):
    topics = one["held"]["topics"]
    return [arn.rpartition(":")[2] for arn, _ in topics["items"]]


@pytest.fixture(autouse=True)
def _emptied(gluematch_server):
    """Tests share moto's memory."""
    yield
    for account in (ME, OTHER):
        sns_backends[account][REGION].reset()


@pytest.fixture
def steadily(gluematch_server, tmp_path):
    kept = Steadily(Keeping(tmp_path), tmp_path)
    yield kept
    kept.close()


def create(server, steadily, account, name):
    with steadily.changing("sns", account):
        return server.client("sns", account=account).create_topic(Name=name)["TopicArn"]


def test_an_object_that_cannot_be_written_refuses_its_own_account_alone(
    gluematch_server, steadily, tmp_path, caplog
):
    mine = create(gluematch_server, steadily, ME, "first")
    create(gluematch_server, steadily, OTHER, "first")
    topic = sns_backends[ME][REGION].topics[mine]
    why = f"account {ME} has in sns.*an? Unknown cannot be kept"
    with pytest.raises(NotKept, match=why), steadily.changing("sns", ME):
        topic.foreign = Unknown()
    create(gluematch_server, steadily, OTHER, "second")
    with pytest.raises(NotKept, match="Unknown"):
        create(gluematch_server, steadily, ME, "refused")
    assert topics_in(tmp_path) == {ME: ["first"], OTHER: ["first", "second"]}
    errors = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    (told,) = [text for text in errors if ME in text]
    assert "Unknown" in told
    assert "what nobody may read" not in caplog.text
    with caplog.at_level(logging.INFO), steadily.changing("sns", ME):
        del topic.foreign
    assert f"what account {ME} has in sns is kept again" in caplog.text
    assert topics_in(tmp_path) == {ME: ["first", "refused"], OTHER: ["first", "second"]}


def test_what_was_kept_of_an_account_survives_a_start_with_others_that_cannot_be_written(
    gluematch_server, tmp_path
):
    """The line of the last file is found again by the server that reads it."""
    before = Steadily(Keeping(tmp_path), tmp_path)
    arn = create(gluematch_server, before, ME, "first")
    create(gluematch_server, before, OTHER, "first")
    before.close()
    topic = sns_backends[ME][REGION].topics[arn]
    after = Steadily(Keeping(tmp_path), tmp_path)
    topic.foreign = Unknown()
    create(gluematch_server, after, OTHER, "second")
    assert topics_in(tmp_path) == {ME: ["first"], OTHER: ["first", "second"]}
    after.changed("sns", OTHER)
    after.close()


def test_the_end_names_what_it_has_lost_of_an_account(gluematch_server, tmp_path):
    steadily = Steadily(Keeping(tmp_path), tmp_path)
    arn = create(gluematch_server, steadily, ME, "first")
    sns_backends[ME][REGION].topics[arn].foreign = Unknown()
    steadily.changed("sns", ME)
    with pytest.raises(ChangesLost, match=r"lost.*sns \(an? Unknown cannot be kept\)"):
        steadily.close()


def test_an_account_that_was_never_written_is_left_out(gluematch_server, steadily, tmp_path):
    create(gluematch_server, steadily, OTHER, "first")
    backend = sns_backends[ME][REGION]
    with pytest.raises(NotKept, match="Unknown"), steadily.changing("sns", ME):
        backend.topics["a:b"] = Unknown()
    create(gluematch_server, steadily, OTHER, "second")
    assert topics_in(tmp_path) == {OTHER: ["first", "second"]}


def test_a_file_of_an_earlier_version_stays_where_an_account_cannot_be_told_apart_in_it(
    gluematch_server, tmp_path
):
    first = Steadily(Keeping(tmp_path), tmp_path)
    arn = create(gluematch_server, first, ME, "first")
    create(gluematch_server, first, OTHER, "first")
    first.close()
    path = tmp_path / "sns.json"
    text = path.read_text().replace("\n", "")
    path.write_text(text)
    second = Steadily(Keeping(tmp_path), tmp_path)
    sns_backends[ME][REGION].topics[arn].foreign = Unknown()
    with pytest.raises(NotKept, match=f"account {ME}"):
        create(gluematch_server, second, OTHER, "second")
    assert path.read_text() == text
    del sns_backends[ME][REGION].topics[arn].foreign
    second.close()
    assert topics_in(tmp_path) == {ME: ["first"], OTHER: ["first", "second"]}


def test_a_large_line_is_taken_back_whole(gluematch_server, steadily, tmp_path):
    """More than is gathered before it goes to the file."""
    arn = create(gluematch_server, steadily, ME, "first")
    create(gluematch_server, steadily, OTHER, "first")
    topic = sns_backends[ME][REGION].topics[arn]
    topic.large, topic.foreign = "x" * 2**24, Unknown()
    create(gluematch_server, steadily, OTHER, "second")
    assert topics_in(tmp_path) == {ME: ["first"], OTHER: ["first", "second"]}
    assert (tmp_path / "sns.json").stat().st_size < 2**20
    del topic.foreign
    create(gluematch_server, steadily, OTHER, "third")
    assert (tmp_path / "sns.json").stat().st_size > 2**24
    topic.large = ""
