"""What a script prints: cut into lines, bounded, nothing lost of little."""

from collections.abc import Sequence

from gluematch.models.tasks.bodies.printing import KEPT_BYTES, LONGEST_LINE, TAIL_BYTES, Lines
from gluematch.models.tasks.work import LogLine


class Sink:
    """Remembers what was written, and how much at a time."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.batches: list[int] = []

    def __call__(self, lines: Sequence[LogLine]) -> None:
        self.lines += [line.text for line in lines]
        self.batches.append(sum(len(line.text) for line in lines))


def printed(*pieces: bytes) -> Sink:
    sink = Sink()
    lines = Lines(sink)
    for piece in pieces:
        lines.feed(piece)
    lines.close()
    return sink


def test_lines_are_cut_wherever_the_pieces_end() -> None:
    assert printed(b"on", b"e\ntw", b"o\r\n\n", b"three").lines == ["one", "two", " ", "three"]


def test_nothing_printed_is_nothing_written() -> None:
    assert printed().batches == []


def test_signs_that_are_no_text_are_replaced() -> None:
    assert printed(b"a\xffb\n").lines == ["a\N{REPLACEMENT CHARACTER}b"]


def test_a_line_without_end_is_cut_into_events_that_are_allowed() -> None:
    piece = b"x" * 100_000
    lines = printed(*[piece] * 10).lines
    assert sum(map(len, lines)) == 1_000_000
    assert max(map(len, lines)) == LONGEST_LINE


def test_of_much_the_beginning_and_the_end_are_kept_and_the_rest_is_counted() -> None:
    block = b"".join(b"%07d\n" % number for number in range(100_000))
    sink = printed(b"first\n", *[block] * 20, b"last\n")
    assert (sink.lines[0], sink.lines[-1]) == ("first", "last")
    whole = 6 + 20 * len(block) + 5
    kept = sum(len(line) + 1 for line in sink.lines if not line.startswith("[gluematch]"))
    (beyond, left_out) = [line for line in sink.lines if line.startswith("[gluematch]")]
    assert "only the last lines are kept" in beyond
    assert left_out == f"[gluematch] {whole - kept:,} bytes are left out here."
    assert KEPT_BYTES + TAIL_BYTES - 100 < kept <= KEPT_BYTES + TAIL_BYTES
    assert max(sink.batches) < 2**17
