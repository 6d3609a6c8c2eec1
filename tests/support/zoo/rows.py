"""The registry: every checkpoint of the zoo."""

from tests.support.zoo import Row
from tests.support.zoo.kinds import KINDS
from tests.support.zoo.others import ROWS as OTHERS
from tests.support.zoo.plain import ROWS as PLAIN
from tests.support.zoo.routers import ROWS as ROUTERS
from tests.support.zoo.routes import ROWS as ROUTES
from tests.support.zoo.settings import ROWS as SETTINGS

ROWS: list[Row] = [*PLAIN, *ROUTERS, *ROUTES, *SETTINGS, *OTHERS]


def of_kind(*kinds: str) -> list[Row]:
    """The rows of these kinds, in their order."""
    assert not set(kinds) - set(KINDS)
    return [row for row in ROWS if row.kind in kinds]
