"""The CSV classifier: delimiter, header, names and types."""

import pytest

from gluematch.models.crawling.delimited_text import classify


def seen(text, *, whole=True):
    found = classify(text, whole=whole)
    assert found is not None
    return found


def columns(text, *, whole=True):
    return list(seen(text, whole=whole).columns)


@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";", "\x01"])
def test_each_delimiter_is_found(delimiter):
    text = "".join(delimiter.join(row) + "\n" for row in (["id", "name"], ["1", "a"], ["2", "b"]))
    answer = seen(text)
    form, found, records = answer.format, answer.columns, answer.records
    assert form.delimiter == delimiter
    assert form.header is True
    assert found == (("id", "bigint"), ("name", "string"))
    assert records == 2


def test_the_delimiter_is_the_one_that_splits_most_evenly():
    assert seen("a;b\n1,5;x\n2,5;y\n").format.delimiter == ";"
    assert seen('a,b\n"x;y",1\n"z",2\n').format.delimiter == ","


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one\ntwo\nthree\n",
        "a,b\n",
        "A letter, to a friend.\nIt has lines\nand, now and then, commas,\nno columns\n",
        "\n\n\n",
    ],
)
def test_text_without_two_columns_and_two_rows_is_not_csv(text):
    assert classify(text, whole=True) is None


def test_a_first_row_of_words_above_numbers_is_a_header():
    assert columns("Id,Full Name,Größe\n1,Ann,1.5\n") == [
        ("id", "bigint"),
        ("full name", "string"),
        ("größe", "double"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "name,city\nAnn,Ulm\nBob,Bonn\n",  # all text: nothing sets the first row apart
        "1,name\n2,Ann\n3,Bob\n",  # a number names no column
        ",name,age\n0,Ann,30\n1,Bob,31\n",  # a column without a name
        "x" * 150 + ",n\na,1\nb,2\n",  # too long for a name
        '"a\nb",n\nx,1\ny,2\n',  # two lines
    ],
)
def test_a_first_row_that_breaks_the_guides_rule_is_data(text):
    answer = seen(text)
    form, found, records = answer.format, answer.columns, answer.records
    assert form.header is False
    assert [name for name, _ in found] == [f"col{at}" for at in range(len(found))]
    assert records == 3


def test_a_long_last_name_is_still_a_header():
    assert seen("n," + "x" * 150 + "\n1,a\n2,b\n").format.header is True


def test_a_delimiter_may_end_every_row():
    assert columns("id,name,\n1,a,\n2,b,\n") == [
        ("id", "bigint"),
        ("name", "string"),
        ("col2", None),
    ]


def test_names_that_are_equal_in_lower_case_get_their_position():
    assert [name for name, _ in columns("A,a,b\n1,2,3\n")] == ["a", "a_1", "b"]


def test_types_are_those_of_all_rows_and_empty_cells_say_nothing():
    text = "a,b,c,d,e\n1,1,true,2020-01-01,\n,2.5,FALSE,x,\n3,,,,\n"
    assert [kind for _, kind in columns(text)] == ["bigint", "double", "boolean", "string", None]


def test_quotes_are_noticed():
    assert seen('a,b\n"x, y",1\nz,2\n').format.quoted is True
    assert seen('a,b\nx"y,1\nz,2\n').format.quoted is False


def test_a_row_that_the_sample_cuts_off_does_not_count():
    text = 'id,name\n1,a\n2,b\n3,"cut off here\nand so'
    answer = seen(text, whole=False)
    form, found, records = answer.format, answer.columns, answer.records
    assert form.header
    assert found == (("id", "bigint"), ("name", "string"))
    assert records == 2


def test_a_few_uneven_rows_do_not_change_the_format():
    rows = ["id,name"] + [f"{n},x" for n in range(30)] + ["1,2,3", "7"]
    assert columns("\n".join(rows)) == [("id", "bigint"), ("name", "string")]
