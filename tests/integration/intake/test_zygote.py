from __future__ import annotations

import pytest

from ostraka.intake import DecoderUnavailableError
from ostraka.intake.jail import DecoderJail
from ostraka.limits import DEFAULT_LIMITS


@pytest.mark.parametrize("when", ["before it serves", "later"])
def test_a_zygote_with_two_threads_forks_nothing(when: str) -> None:
    start = "import threading, time; threading.Thread(target=time.sleep, args=(30,)).start()"
    program = (
        "import json, sys\n"
        "from ostraka.intake import zygote\n"
        "from ostraka.limits import Limits\n"
        f"def start(*_):\n    {start}\n"
        "if sys.argv[1] == 'later':\n"
        "    check = zygote._check_single_threaded\n"
        "    zygote._check_single_threaded = lambda: (check(), start())\n"
        "else:\n"
        "    start()\n"
        "zygote.serve(Limits(**json.loads(sys.argv[2])))\n"
    )
    jail = DecoderJail(DEFAULT_LIMITS, zygote=("-c", program, when))
    with pytest.raises(DecoderUnavailableError) as caught:
        jail.decode(b"\x89PNG\r\n\x1a\n")
    assert "must have one thread" in caught.value.detail
    jail.close()
