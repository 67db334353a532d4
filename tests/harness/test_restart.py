"""A server that stopped and is back: who was signed in shows again who she is; what was signed out stays so."""

import pytest
from running import Visitor, running

pytestmark = pytest.mark.slow


def test_a_session_does_not_outlive_the_server(in_memory):
    with running(in_memory / "shop") as server:
        ana, gone = Visitor(server), Visitor(server)
        ana.set_up()
        gone.sign_in()
        hers = dict(gone.cookies)
        gone.post("/sign-out", "text/html")
        assert ana.visit("/office").status == 200

        server.kill()
        server.start()

        for visitor in (ana, gone):
            visitor.leave()
        gone.cookies = hers
        assert [visitor.visit("/office").status for visitor in (ana, gone)] == [303, 303]
        ana.sign_in()
        assert ana.visit("/till").status == 200
        assert ana.visit("/office").status == 200
