"""Coupons: the user's own, and those they may take."""

from typing import Any

from shared.cart import Cart
from shared.coupons import claims, use
from shared.coupons import disabled as refused
from shared.coupons import wallet as wallets
from shared.coupons.queries import described, wallet, wallet_entry
from webapp import rate_limits
from webapp.auth import login_required, user
from webapp.blueprint import Blueprint
from webapp.current import after_commit, redis, session
from webapp.schemas.coupons import (
    AvailableCouponSchema,
    DisabledCouponSchema,
    EnabledCouponSchema,
    OwnCouponSchema,
    WalletEntrySchema,
)

blueprint = Blueprint("coupons", __name__, url_prefix="/coupons", description="Coupons")


@blueprint.route("/")
@login_required
@blueprint.response(200, WalletEntrySchema(many=True))
def listing() -> list[dict[str, Any]]:
    """List the coupons in one's wallet: neither over nor held by an order."""
    user_id = user().id
    entries = [wallet_entry(entry) for entry in wallet(session(), user_id)]
    session().commit()
    after_commit(wallets.resync, user_id, [entry["user_coupon_id"] for entry in entries])
    return entries


@blueprint.route("/enable/")
@login_required
@blueprint.response(200, EnabledCouponSchema(many=True))
def enabled() -> list[dict[str, Any]]:
    """List the coupons that an order of the selected courses may use, the one that saves most first."""
    selected = Cart(session(), redis(), user().id).selected()
    return [
        wallet_entry(offer.user_coupon)
        | {"enable_course": "__all__" if offer.course_ids is None else offer.course_ids, "saves": offer.saves}
        for offer in use.offers(session(), user().id, selected)
    ]


@blueprint.route("/disabled/")
@login_required
@blueprint.response(200, DisabledCouponSchema(many=True))
def disabled() -> list[dict[str, Any]]:
    """List the coupons that an order of the selected courses cannot use, each with the reason: beside `/enable/`."""
    selected = Cart(session(), redis(), user().id).selected()
    return [
        wallet_entry(each.user_coupon)
        | {"reason": each.reason.value, "missing": each.missing, "order_number": each.order_number}
        for each in refused.disabled(session(), user().id, selected)
    ]


@blueprint.route("/mine/")
@login_required
@blueprint.response(200, OwnCouponSchema(many=True))
def mine() -> list[dict[str, Any]]:
    """List all the coupons one has or had, the newest first."""
    return [
        wallet_entry(own.user_coupon) | {"state": own.state.value, "order_number": own.order_number}
        for own in use.own_coupons(session(), user().id)
    ]


@blueprint.route("/available/")
@login_required
@blueprint.response(200, AvailableCouponSchema(many=True))
def available() -> list[dict[str, Any]]:
    """List the coupons that users take themselves."""
    return [
        described(each.coupon) | {"left": each.left, "claimed": each.claimed}
        for each in claims.claimable(session(), user().id)
    ]


@blueprint.route("/<id:coupon_id>/claim/", methods=["POST"])
@login_required
@blueprint.response(201, WalletEntrySchema)
@rate_limits.of_claims
def claim(coupon_id: int) -> dict[str, Any]:
    """Take a coupon."""
    user_coupon = claims.claim(session(), user().id, coupon_id)
    entry = wallet_entry(user_coupon)
    session().commit()
    after_commit(wallets.project, [entry["user_coupon_id"]])
    return entry
