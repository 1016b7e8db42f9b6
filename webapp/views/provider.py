"""Who takes the money, for the page to say so."""

from webapp.blueprint import Blueprint
from webapp.current import settings
from webapp.schemas.payments import ProviderSchema

blueprint = Blueprint("provider", __name__, url_prefix="/payments/provider", description="Who takes the money")


@blueprint.route("/")
@blueprint.response(200, ProviderSchema)
def provider() -> dict[str, str]:
    """Say who takes the money: `alipay`, or the `sandbox`, which takes none."""
    return {"name": settings().payment_provider}
