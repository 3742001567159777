"""The language of GetPartitions' Expression: a WHERE clause, read by sqlglot.

AWS reads it by JSQLParser. Every word that is no operator is a name here, so that keys may be
called `date` or `order`; what is no token of the language never reaches the parser.
"""

import re
from collections.abc import Iterable
from typing import ClassVar

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokens import Tokenizer as _Tokenizer

from gluematch.models.errors import InvalidInputException

DEPTH = 24  # how deep parentheses and negations may be nested

_CONNECTIVES = (TokenType.AND, TokenType.OR)
_OPERATORS = {
    *_CONNECTIVES,
    TokenType.NOT,
    TokenType.IN,
    TokenType.BETWEEN,
    TokenType.LIKE,
    TokenType.IS,
    TokenType.NULL,
}
_OTHERS = {
    TokenType.EQ,
    TokenType.NEQ,
    TokenType.LT,
    TokenType.LTE,
    TokenType.GT,
    TokenType.GTE,
    TokenType.L_PAREN,
    TokenType.R_PAREN,
    TokenType.COMMA,
    TokenType.DOT,
    TokenType.DASH,
    TokenType.NUMBER,
    TokenType.STRING,
    TokenType.IDENTIFIER,
}
_WORD = re.compile(r"[^\W\d]\w*")


class Glue(Dialect):
    """Names may be quoted by backticks and by double quotes; a quote is doubled in a string."""

    class Tokenizer(_Tokenizer):
        """The characters of it."""

        IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ['"', "`"]


def parse(expression: str) -> "exp.Expr":
    """The tree of an expression. Raises InvalidInputException."""
    dialect = Glue()
    try:
        tokens = _plain(_allowed(dialect.tokenize(expression)))
        trees = dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse_into(
            exp.Condition, tokens, expression
        )
    except (SqlglotError, ValueError):
        raise unsupported(expression) from None
    if len(trees) != 1 or trees[0] is None:
        raise unsupported(expression)
    return trees[0]


def unsupported(part: str) -> InvalidInputException:
    """The refusal of what the language does not have."""
    return InvalidInputException(f"Unsupported expression '{part}'")


def _allowed(tokens: Iterable[Token]) -> Iterable[Token]:
    """The tokens, with words as names. Raises ValueError for others, and for too deep a nest."""
    depth = denied = 0
    for token in tokens:
        kind = token.token_type
        depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
        denied = denied + 1 if kind in (TokenType.NOT, TokenType.DASH) else 0
        if depth + denied > DEPTH:
            raise ValueError("too deep")
        if kind in _OPERATORS or kind in _OTHERS:
            yield token
        elif _WORD.fullmatch(token.text):
            yield Token(TokenType.IDENTIFIER, token.text, start=token.start, end=token.end)
        else:
            raise ValueError(token.text)


def _plain(tokens: Iterable[Token]) -> list[Token]:
    """The tokens without parentheses around AND and OR, which Glue's clients may write."""
    plain: list[Token] = []
    for token in tokens:
        kinds = [one.token_type for one in plain[-2:]]
        if (
            token.token_type is TokenType.R_PAREN
            and len(kinds) == 2
            and kinds[0] is TokenType.L_PAREN
            and kinds[1] in _CONNECTIVES
        ):
            del plain[-2]
        else:
            plain.append(token)
    return plain
