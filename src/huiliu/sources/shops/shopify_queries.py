"""What is asked of Shopify's GraphQL: one set of fields whether a thing is listed or fetched."""

from __future__ import annotations

from typing import Final

from huiliu.ports.shops import CHECKOUT, ORDER, PRODUCT

__all__ = ["QUERIES", "SEARCH"]

_MONEY: Final = "{ shopMoney { amount currencyCode } }"

_ORDER: Final = f"""
  id legacyResourceId name createdAt updatedAt processedAt cancelledAt closedAt test
  displayFinancialStatus displayFulfillmentStatus currencyCode email phone discountCodes
  totalPriceSet {_MONEY} totalReceivedSet {_MONEY} totalDiscountsSet {_MONEY}
  totalShippingPriceSet {_MONEY}
  customer {{ legacyResourceId displayName
    defaultEmailAddress {{ emailAddress }} defaultPhoneNumber {{ phoneNumber }} }}
  billingAddress {{ countryCodeV2 }}
  shippingAddress {{ province city countryCodeV2 }}
  lineItems(first: 50) {{ nodes {{ sku name quantity variantTitle
    product {{ legacyResourceId }} variant {{ legacyResourceId }}
    image {{ url }} originalUnitPriceSet {_MONEY} }} }}
  transactions(first: 20) {{ kind status processedAt }}
  fulfillments(first: 20) {{ legacyResourceId status createdAt inTransitAt deliveredAt
    displayStatus trackingInfo(first: 1) {{ company number url }}
    events(first: 20) {{ nodes {{ status happenedAt }} }} }}
  refunds(first: 20) {{ legacyResourceId createdAt totalRefundedSet {_MONEY} }}
  disputes {{ id status }}
"""

_CHECKOUT: Final = f"""
  id createdAt updatedAt completedAt abandonedCheckoutUrl
  totalPriceSet {_MONEY}
  customer {{ legacyResourceId displayName
    defaultEmailAddress {{ emailAddress }} defaultPhoneNumber {{ phoneNumber }} }}
  lineItems(first: 50) {{ nodes {{ sku title quantity product {{ legacyResourceId }}
    variant {{ legacyResourceId }} image {{ url }} originalUnitPriceSet {_MONEY} }} }}
"""

_PRODUCT: Final = """
  id legacyResourceId title status productType vendor tags updatedAt onlineStoreUrl
  media(first: 5) { nodes { preview { image { url } } } }
  variants(first: 100) { nodes { legacyResourceId title sku barcode price compareAtPrice
    inventoryQuantity inventoryItem { tracked } image { url } } }
"""

#: Kind -> the query that lists what changed.
SEARCH: Final = {
    ORDER: "query ($n: Int!, $after: String, $query: String!) { found: orders("
    "first: $n, after: $after, query: $query, sortKey: UPDATED_AT) "
    f"{{ nodes {{ {_ORDER} }} pageInfo {{ hasNextPage endCursor }} }} }}",
    CHECKOUT: "query ($n: Int!, $after: String, $query: String!) { found: abandonedCheckouts("
    "first: $n, after: $after, query: $query) "
    f"{{ nodes {{ {_CHECKOUT} }} pageInfo {{ hasNextPage endCursor }} }} }}",
    PRODUCT: "query ($n: Int!, $after: String, $query: String!) { found: products("
    "first: $n, after: $after, query: $query, sortKey: UPDATED_AT) "
    f"{{ nodes {{ {_PRODUCT} }} pageInfo {{ hasNextPage endCursor }} }} }}",
}

#: Kind -> the query that fetches things by their ids.
QUERIES: Final = {
    kind: f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_} {{ {fields} }} }} }}"
    for kind, type_, fields in (
        (ORDER, "Order", _ORDER),
        (CHECKOUT, "AbandonedCheckout", _CHECKOUT),
        (PRODUCT, "Product", _PRODUCT),
    )
}
