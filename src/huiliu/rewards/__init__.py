"""What a brand gives back: promotions and coupons, points and tiers, codes, bringing friends."""
