"""The processor time of a template: it grows with its size, and no faster."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from gluematch.server.neighbours.cloudformation import dependency_order, template_yaml, templates
from gluematch.server.neighbours.cloudformation.errors import StackError
from gluematch.server.neighbours.cloudformation.values import Values

SMALL, TIMES, SLACK, ROUNDS = 20_000, 4, 2.5, 3
TEMPLATE = templates.Template("", {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}})


def resolved(value: Any) -> Any:
    def absent(*_names: str) -> Any:
        raise StackError("absent")

    return Values(TEMPLATE, {"P": "p"}, absent, absent, absent).resolve(value)


def substituted(text: str) -> None:
    resolved({"Fn::Sub": text})


def named(text: str) -> None:
    resources = {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": text}}}}
    dependency_order.in_dependency_order(templates.Template("", {"Resources": resources}))


SHAPES: dict[str, tuple[Callable[[str], Any], Callable[[int], str]]] = {
    "places that do not end": (substituted, lambda n: "${!" * n),
    "places that begin": (substituted, lambda n: "${" * n),
    "dollars": (substituted, lambda n: "$" * n),
    "literal places": (substituted, lambda n: "${!a}" * n),
    "places that are known": (substituted, lambda n: "${P}" * n),
    "names of places that do not end": (named, lambda n: "${a" * n),
    "names of places with points": (named, lambda n: "${a." * n),
    "spaces in places": (named, lambda n: "${" + " " * n),
    "a number in base 60": (template_yaml.load, lambda n: "a: 1" + ":1" * n),
    "a fraction in base 60": (template_yaml.load, lambda n: "a: 1" + ":1" * n + ".5"),
    "hexadecimal digits": (template_yaml.load, lambda n: "a: 0x" + "f" * n),
    "digits": (template_yaml.load, lambda n: "a: 1" + "1" * n),
    "empty lists": (template_yaml.load, lambda n: "a: [" + "[]," * (n // 4) + "]"),
    "empty keys": (
        template_yaml.load,
        lambda n: "a:\n" + "".join(f" k{i}:\n" for i in range(n // 8)),
    ),
    "brackets": (template_yaml.load, lambda n: "[" * n),
    "question marks": (template_yaml.load, lambda n: "? " * (n // 8)),
    "comments": (template_yaml.load, lambda n: "a: b\n" + "#\n" * n),
    "quotes": (template_yaml.load, lambda n: 'a: "' + "\\n" * n + '"'),
    "lines of a text": (template_yaml.load, lambda n: "a: |\n" + " b\n" * n),
}


def spent(use: Callable[[str], Any], text: str) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        with suppress(StackError):
            use(text)
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_time_of_a_template_grows_with_its_size(shape: str) -> None:
    use, text = SHAPES[shape]
    small, large = spent(use, text(SMALL)), spent(use, text(TIMES * SMALL))
    assert large <= TIMES * SLACK * small + 0.05, (small, large)


def test_a_place_that_does_not_end_stays_as_it_is() -> None:
    assert resolved({"Fn::Sub": "${P} ${!P} ${P"}) == "p ${P} ${P"


@pytest.mark.parametrize("text", ["12:30", "1:1:1.5", "0x" + "f" * 200])
def test_what_is_hardly_a_number_stays_a_text(text: str) -> None:
    assert template_yaml.load(f"a: {text}") == {"a": text}


def test_numbers_are_read() -> None:
    assert template_yaml.load("a: [1, 0x10, 1.5, -3]") == {"a": [1, 16, 1.5, -3]}


def test_a_template_with_too_many_values_is_refused() -> None:
    text = "Resources: [" + "[]," * template_yaml.MOST_VALUES + "]"
    with pytest.raises(StackError, match="YAML has more than 100000 keys and values"):
        template_yaml.load(text)
