from __future__ import annotations

import pytest

from ostraka.assembly import command_line
from ostraka.errors import OperatorError, OstrakaError

HOSTILE = "x\x1b[2J\x1b]0;pwned\x07\u202e\nostraka: all is well"


@pytest.mark.parametrize("debug", [False, True], ids=["plainly", "with --debug"])
@pytest.mark.parametrize("fault", [OperatorError(HOSTILE, detail=HOSTILE), ValueError(HOSTILE)])
def test_a_fault_that_quotes_a_stranger_commands_no_terminal(
    fault: Exception, capsys: pytest.CaptureFixture[str], *, debug: bool
) -> None:
    """Attack: a folder from elsewhere holds a file whose name clears the screen."""
    command_line._explain(fault, debug=debug)
    said = capsys.readouterr().err
    assert "pwned" in said
    assert all(character.isprintable() or character == "\n" for character in said)
    if not debug:
        assert said.count("\n") == 1
    if debug and isinstance(fault, OstrakaError):
        assert "detail: x\\x1b" in said
