"""CSV bytes to columns of text and back, cell by cell."""

import pandas as pd
import pytest

from gluematch.models.datasets import delimited
from gluematch.models.datasets.dialects import Dialect
from gluematch.models.datasets.errors import FormatError

HEADER = Dialect(skipped=1)


def read(data: bytes, dialect: Dialect = HEADER, columns: tuple[str, ...] | None = None):
    cells, uneven = delimited.read(data, dialect, columns)
    return {name: column.to_pylist() for name, column in cells.items()}, uneven


def test_text_is_kept_to_the_letter() -> None:
    cells, _ = read(b"a,b\n007, x \n1.50,NULL\n")
    assert cells == {"a": ["007", "1.50"], "b": [" x ", "NULL"]}


def test_quotes_protect_delimiters_quotes_and_line_breaks() -> None:
    cells, uneven = read(b'a,b\r\n"x,\r\ny","say ""hi"""\r\n1,2\r\n')
    assert cells == {"a": ["x,\r\ny", "1"], "b": ['say "hi"', "2"]}
    assert uneven == 0


def test_a_cell_may_be_long_in_even_and_in_ragged_files() -> None:
    cell = "x" * 1_000_000
    assert read(f"a,b\n1,{cell}\n".encode())[0] == {"a": ["1"], "b": [cell]}
    assert read(f"a,b\n1,{cell}\n2\n".encode())[0] == {"a": ["1", "2"], "b": [cell, None]}


def test_an_empty_cell_is_null() -> None:
    assert read(b'a,b\n,""\n1,2\n')[0] == {"a": [None, "1"], "b": [None, "2"]}


def test_a_byte_order_mark_is_not_part_of_the_first_name() -> None:
    assert read(b"\xef\xbb\xbfa,b\n1,2\n")[0] == {"a": ["1"], "b": ["2"]}


def test_columns_are_found_by_the_header_in_whatever_order() -> None:
    assert read(b"B,extra,A\n1,x,2\n", HEADER, ("a", "b"))[0] == {"a": ["2"], "b": ["1"]}


def test_columns_go_by_position_where_the_header_does_not_name_them() -> None:
    assert read(b"x,y\n1,2\n", HEADER, ("a", "b"))[0] == {"a": ["1"], "b": ["2"]}


def test_columns_go_by_position_where_there_is_no_header() -> None:
    assert read(b"1,2\n3,4\n", Dialect(), ("a", "b"))[0] == {"a": ["1", "3"], "b": ["2", "4"]}


def test_a_column_beyond_the_file_is_null() -> None:
    assert read(b"1\n3\n", Dialect(), ("a", "b"))[0] == {"a": ["1", "3"], "b": [None, None]}


def test_rows_of_another_width_are_kept_and_counted() -> None:
    cells, uneven = read(b"a,b\n1,2\n3\n4,5,6\n\n7,8\n")
    assert cells == {"a": ["1", "3", "4", "7"], "b": ["2", None, "5", "8"]}
    assert uneven == 2


@pytest.mark.parametrize("sign", ["|", "\t", ";", "\x01"])
def test_the_delimiter_is_the_dialects(sign: str) -> None:
    data = f"a{sign}b\n1,5{sign}2\n".encode()
    assert read(data, Dialect(delimiter=sign, skipped=1))[0] == {"a": ["1,5"], "b": ["2"]}


def test_the_quote_and_escape_are_the_dialects() -> None:
    dialect = Dialect(quote="'", escape="\\", skipped=1)
    assert read(b"a,b\n'x,y',it\\'s\n", dialect)[0] == {"a": ["x,y"], "b": ["it's"]}


def test_the_null_text_of_the_dialect_is_null() -> None:
    assert read(b"a,b\n\\N,x\n", Dialect(skipped=1, null_text="\\N"))[0] == {
        "a": [None],
        "b": ["x"],
    }


@pytest.mark.parametrize("data", [b"", b"a,b\n", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_rows_has_no_rows(data: bytes) -> None:
    assert read(data, HEADER, ("a", "b")) == ({"a": [], "b": []}, 0)


def test_a_header_with_a_line_break_is_skipped_whole() -> None:
    assert read(b'"a\nb",c\n1,2\n')[0] == {"a\nb": ["1"], "c": ["2"]}


@pytest.mark.parametrize("body", [b"1,2\n3,\xff\n", b"1,2\n3,\xff\n4\n", b"1,2\n3,4,\xff\n"])
def test_bytes_that_are_not_utf_8_are_refused_with_their_line(body: bytes) -> None:
    with pytest.raises(FormatError, match=r"line 3: byte 0xff is not UTF-8"):
        read(b"a,b\n" + body)


def test_utf_16_is_refused_by_name() -> None:
    with pytest.raises(FormatError, match="UTF-16"):
        read("a,b\n1,2\n".encode("utf-16"))


def test_what_is_written_reads_the_same() -> None:
    frame = pd.DataFrame(
        {
            "text": ["007", " x ", 'a,"b"', "line\nbreak", "return\rhere", None, "ü"],
            "whole": pd.array([1, None, -(2**63), 2**63 - 1, 0, 5, 6], dtype="Int64"),
            "part": [0.1, 1e300, float("nan"), -0.0, 33.6, 1 / 3, 5e-324],
            "flag": pd.array([True, None, False, True, True, False, None], dtype="boolean"),
        }
    )
    cells, uneven = read(delimited.write(frame))
    assert uneven == 0
    assert cells["text"] == frame["text"].tolist()
    assert cells["whole"][2:4] == ["-9223372036854775808", "9223372036854775807"]
    assert cells["part"][0] == "0.1"
    assert [None if one is None else float(one) for one in cells["part"]][3:] == [
        -0.0,
        33.6,
        1 / 3,
        5e-324,
    ]
    assert cells["flag"][:3] == ["true", None, "false"]
