"""A member of the staff who is logged in."""

import pytest

from tests.desk import Desk


@pytest.fixture
def desk(app, school_data) -> Desk:
    """A browser of somebody who is not logged in."""
    return Desk(app.test_client())


@pytest.fixture
def boss(desk) -> Desk:
    """A browser of a member of the staff."""
    assert desk.log_in().status_code == 303
    return desk
