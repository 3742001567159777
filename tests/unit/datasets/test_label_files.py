"""Label files: what is read, what is refused, and with which words."""

import pytest

from gluematch.models.datasets import labels

COLUMNS = [("id", "bigint"), ("name", "string"), ("city", "string")]
HEADER = "labeling_set_id,label,id,name,city\n"


def read(text: str | bytes) -> labels.LabelFile:
    data = text.encode() if isinstance(text, str) else text
    return labels.read(data, COLUMNS, "id")


def refusal(text: str | bytes) -> str:
    with pytest.raises(labels.LabelFileError) as caught:
        read(text)
    return str(caught.value)


def test_rows_keep_their_order_line_and_values() -> None:
    file = read(HEADER + "s1,A,1,Ann,Ulm\ns1,B,2,Bob,Bonn\n")
    assert [(r.line, r.set_id, r.label, r.key) for r in file.rows] == [
        (2, "s1", "A", "1"),
        (3, "s1", "B", "2"),
    ]
    assert file.rows[1].values == {"id": "2", "name": "Bob", "city": "Bonn"}


def test_what_is_written_is_read_again() -> None:
    rows = [("s1", "A", ["1", 'a "quoted", name', "Köln\nDeutz"]), ("s1", "", ["2", "", "Ulm"])]
    file = read(labels.write(["id", "name", "city"], rows))
    assert file.rows[0].values == {"id": "1", "name": 'a "quoted", name', "city": "Köln\nDeutz"}
    assert file.unlabelled == 1


def test_a_cell_may_be_long() -> None:
    file = read(HEADER + f"s1,A,1,{'x' * 1_000_000},Ulm\n")
    assert len(file.rows[0].values["name"]) == 1_000_000


def test_a_carriage_return_in_a_cell_is_written_so_that_it_can_be_read() -> None:
    file = read(labels.write(["id", "name", "city"], [("s1", "A", ["1", "An\rn", "Ulm"])]))
    assert file.rows[0].values == {"id": "1", "name": "An\rn", "city": "Ulm"}


def test_the_tables_columns_may_come_in_any_order_and_case() -> None:
    file = read("labeling_set_id,label,City,ID,name\ns1,A,Ulm,1,Ann\n")
    assert file.rows[0].values == {"id": "1", "name": "Ann", "city": "Ulm"}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("label,labeling_set_id,id,name,city", "the first two columns have to be labeling_set_id"),
        ("1,A,1,Ann,Ulm", "the first two columns have to be labeling_set_id and label"),
        ("labeling_set_id,label,id,name", "lacks the table's column: city. Add it."),
        ("labeling_set_id,label,id,name,city,age", "beside the table's, column: age. Remove it."),
        ("labeling_set_id,label,id,name,city,city", "repeats column: city"),
        ("labeling_set_id;label;id;name;city", "separated by semicolons"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_header_is_refused_and_explained(header: str, words: str) -> None:
    message = refusal(header + "\ns1,A,1,Ann,Ulm\n" if header else "")
    assert message.startswith("line 1: ")
    assert words in message


def test_a_file_without_a_header_does_not_put_records_into_the_message() -> None:
    assert "Ann" not in refusal("s1,A,1,Ann,Ulm\n")


def test_rows_without_a_label_are_counted_and_left_out() -> None:
    file = read(HEADER + "s1,,1,Ann,Ulm\ns1, ,2,Bob,Bonn\ns1,A,3,Cid,Kiel\n")
    assert (len(file.rows), file.unlabelled) == (1, 2)


def test_a_label_without_a_set_names_its_line() -> None:
    assert refusal(HEADER + "s1,A,1,Ann,Ulm\n,A,2,Bob,Bonn\n").startswith("line 3: ")


def test_a_label_without_a_key_names_its_line() -> None:
    assert "line 2: the primary key id is empty" in refusal(HEADER + "s1,A,,Ann,Ulm\n")


def test_a_contradiction_within_a_set_names_both_lines() -> None:
    message = refusal(HEADER + "s1,A,1,Ann,Ulm\ns1,A,2,Bob,Bonn\ns1,B,1,Ann,Ulm\n")
    assert message.startswith("line 4: the record of line 2")


def test_one_record_may_have_different_labels_in_different_sets() -> None:
    file = read(HEADER + "s1,A,1,Ann,Ulm\ns2,B,1,Ann,Ulm\n")
    assert len(file.rows) == 2


def test_a_repeated_row_counts_once() -> None:
    file = read(HEADER + "s1,A,1,Ann,Ulm\ns1,A,1,Ann,Ulm\n")
    assert (len(file.rows), file.repeated) == (1, (3,))


def test_bytes_that_are_not_utf_8_name_their_line() -> None:
    message = refusal((HEADER + "s1,A,1,Ann,Ulm\n").encode() + b"s1,A,2,J\xf6rg,Bonn\n")
    assert message.startswith("line 3: byte 0xf6 is not UTF-8.")


def test_a_byte_order_mark_does_not_shift_the_byte_that_is_named() -> None:
    message = refusal(b"\xef\xbb\xbf" + HEADER.encode() + b"s1,A,1,J\xfcrgen,Ulm\n")
    assert message.startswith("line 2: byte 0xfc is not UTF-8.")


def test_utf_16_is_refused_by_name() -> None:
    assert "UTF-16" in refusal((HEADER + "s1,A,1,Ann,Ulm\n").encode("utf-16"))


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    text = (HEADER + "s1,A,1,Ann,Ulm\ns1,B,2,Bob,Bonn\n").replace("\n", "\r\n")
    file = read(b"\xef\xbb\xbf" + text.encode())
    assert [row.values["city"] for row in file.rows] == ["Ulm", "Bonn"]


def test_line_numbers_count_the_lines_inside_quotes() -> None:
    message = refusal(HEADER + 's1,A,1,"Ann\nMay",Ulm\n\ns1,A,2,Bob\n')
    assert message.startswith("line 5: 4 fields, but the header names 5 columns.")


def test_an_open_quote_is_not_csv() -> None:
    assert refusal(HEADER + 's1,A,1,"Ann,Ulm\n').startswith("line 2: this is not CSV")


@pytest.mark.parametrize(
    ("text", "hive_type", "key"),
    [
        ("17", "bigint", "17"),
        ("17.0", "int", "17"),
        (" 017 ", "bigint", "17"),
        ("1.5", "bigint", "1.5"),
        ("1234567890123456789", "bigint", "1234567890123456789"),
        ("17.0", "double", "17"),
        ("1.50", "double", "1.5"),
        ("017", "string", "017"),
        ("a b", "bigint", "a b"),
        ("nan", "double", "nan"),
        ("1e999999999", "bigint", "1e999999999"),
    ],
)
def test_keys_are_compared_in_one_form(text: str, hive_type: str, key: str) -> None:
    assert labels.canonical_key(text, hive_type) == key


def test_a_set_of_thousands_of_rows_is_refused() -> None:
    rows = "".join(f"s1,A,{key},Ann,Ulm\n" for key in range(1001))
    assert "line 1002: the set of this row has more than 1000" in refusal(HEADER + rows)


def test_long_lists_of_lines_are_cut() -> None:
    assert labels.named_lines([4]) == "line 4"
    assert labels.named_lines([4, 5, 9]) == "lines 4, 5 and 9"
    assert labels.named_lines(list(range(1, 31))).endswith("10 and 20 more")
